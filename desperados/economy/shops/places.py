"""What moves the prices at a place at this moment, and how trade there is counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from desperados.economy.shops import pricing
from desperados.economy.shops.documents import PriceHistory
from desperados.engine import clock
from desperados.engine.driver import collection_of, find_all
from desperados.engine.errors import Contention
from desperados.engine.staging import StagedUpdate
from desperados.engine.transactions import stage
from desperados.world.ongoing import ongoing_events
from desperados.world.places import Place

CALENDARS = "gamecalendars"
WINDOW_HOURS = 24


@dataclass(frozen=True, slots=True)
class Climate:
    """What moves the prices of all goods: the market events that are on, and the season."""

    events: tuple[Mapping[str, int], ...]
    season: str | None

    def percent(self, tags: tuple[str, ...]) -> int:
        """What the events add to the price of goods with these tags."""
        return pricing.event_percent(self.events, tags)

    def factors(self, tags: tuple[str, ...]) -> dict[str, object]:
        """The factors on goods with these tags."""
        return {
            "events": (100 + self.percent(tags)) / 100,
            "season": pricing.season_factor(self.season, tags),
        }


async def read_climate(place: Place, tags: Iterable[str]) -> Climate:
    """The season, and the events at a place that move the prices of goods with these tags."""
    words = [f"categories.{tag}" for tag in dict.fromkeys(("all", *tags))]
    rows = await ongoing_events(
        place,
        {
            "$or": [
                *({word: {"$exists": True}} for word in words),
                # One that names no goods means all.
                {
                    "categories": {"$in": [None, {}]},
                    "effects.priceModifier": {"$exists": True},
                },
            ]
        },
        {"categories": 1, "effects": 1},
    )
    calendar = await collection_of(CALENDARS).find_one({}, {"season": 1})
    return Climate(
        tuple(effects for effects in map(_effects, rows) if effects),
        calendar.get("season") if calendar else None,
    )


def _effects(event: Mapping[str, Any]) -> Mapping[str, int]:
    """What an event adds to prices, by tag."""
    if categories := event.get("categories"):
        return dict(categories)
    modifier = (event.get("effects") or {}).get("priceModifier")
    return {} if modifier is None else {"all": round(100 * pricing.outside_factor(modifier)) - 100}


async def read_markets(
    place: Place, items: Mapping[str, tuple[str, ...]], climate: Climate
) -> dict[str, pricing.Market]:
    """What moves the price of each item (with its tags) at a place, in one query."""
    since = hour_of(clock.now()) - timedelta(hours=WINDOW_HOURS - 1)
    rows = await find_all(
        PriceHistory.collection(),
        {
            "itemId": {"$in": list(items)},
            "locationId": place.id,
            "bucket": {"$type": "date", "$gte": since},
        },
        projection={"itemId": 1, "supply": 1, "demand": 1},
        limit=max(1, len(items) * WINDOW_HOURS),
    )
    supply = dict.fromkeys(items, 0)
    demand = dict.fromkeys(items, 0)
    for row in rows:
        supply[row["itemId"]] += row.get("supply") or 0
        demand[row["itemId"]] += row.get("demand") or 0
    return {
        item: pricing.Market(supply[item], demand[item], climate.factors(tags))
        for item, tags in items.items()
    }


def hour_of(moment: datetime) -> datetime:
    """The start of the hour."""
    return moment.replace(minute=0, second=0, microsecond=0)


def stage_purchase(item: str, place: Place, price: int, units: int, counted: int) -> None:
    """Stage a purchase from a shop in the row of its hour: ``units`` at ``price`` each.

    ``counted`` of them count for the price.
    """
    change = {
        "$inc": {"demand": counted, "supply": 0, "volume": units, "salesCount": 1},
        "$set": {"price": price, "close": price},
        "$max": {"high": price},
        "$min": {"low": price},
    }
    _stage_hour(item, place, change, {"open": price})


def stage_sale(item: str, place: Place, price: int, units: int, counted: int) -> None:
    """Stage a sale to a shop in the row of its hour.

    The row keeps the prices that are asked; ``price`` stands in only where none was asked yet.
    """
    change = {"$inc": {"demand": 0, "supply": counted, "volume": units, "salesCount": 1}}
    _stage_hour(item, place, change, {"price": price})


def _stage_hour(item: str, place: Place, change: dict[str, Any], first: dict[str, Any]) -> None:
    hour = hour_of(clock.now())
    stage(
        StagedUpdate(
            PriceHistory.collection_name(),
            {"itemId": item, "locationId": place.id, "bucket": hour},
            {**change, "$setOnInsert": {**first, "recordedAt": hour}},
            otherwise=Contention(retry_after=1),
            upsert=True,
        )
    )
