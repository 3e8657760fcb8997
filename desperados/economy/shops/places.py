"""Where trade happens, and what moves the prices there at this moment.

Game time is UTC: shops and merchants keep their hours by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from desperados.economy.shops import pricing
from desperados.economy.shops.documents import PriceHistory
from desperados.engine import clock
from desperados.engine.collection import find_all
from desperados.engine.errors import Contention
from desperados.engine.game import collection_of
from desperados.engine.staging import StagedUpdate
from desperados.engine.transactions import stage
from desperados.world.places import Place

WORLD_EVENTS = "worldevents"
CALENDARS = "gamecalendars"
WINDOW_HOURS = 24
MOST_EVENTS = 20


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


async def read_climate() -> Climate:
    """The market events and the season of this moment."""
    now = clock.now()
    rows = await find_all(
        collection_of(WORLD_EVENTS),
        {"status": "active", "startsAt": {"$lte": now}, "endsAt": {"$gt": now}},
        projection={"categories": 1, "effects": 1, "locationId": 1, "regionId": 1},
        limit=MOST_EVENTS,
    )
    calendar = await collection_of(CALENDARS).find_one({}, {"season": 1})
    return Climate(
        tuple(effects for effects in map(_effects, rows) if effects),
        calendar.get("season") if calendar else None,
    )


def _effects(event: Mapping[str, Any]) -> Mapping[str, int]:
    """What an event adds to prices, by tag. One that names no goods means all, everywhere."""
    if categories := event.get("categories"):
        return dict(categories)
    modifier = (event.get("effects") or {}).get("priceModifier")
    if modifier is None or event.get("locationId") or event.get("regionId"):
        return {}
    return {"all": round(100 * pricing.outside_factor(modifier)) - 100}


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
