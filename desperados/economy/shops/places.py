"""What moves the prices at a place at this moment, and how trade there is counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from desperados.economy.goods import Goods
from desperados.economy.shops import pricing
from desperados.economy.shops.documents import PriceHistory
from desperados.engine import clock, dice
from desperados.engine.errors import Contention
from desperados.engine.staging import StagedUpdate
from desperados.engine.storage.reads import Read, alone
from desperados.engine.transactions import stage
from desperados.world.clock import Season, game_time
from desperados.world.ongoing import ongoing_events
from desperados.world.places import Place

WINDOW_HOURS = 24

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Climate:
    """What moves the prices of all goods: the market events that are on, and the season."""

    events: tuple[Mapping[str, int], ...]
    season: Season

    def percent(self, tags: tuple[str, ...]) -> int:
        """What the events add to the price of goods with these tags."""
        return pricing.event_percent(self.events, tags)

    def factors(self, tags: tuple[str, ...]) -> dict[str, object]:
        """The factors on goods with these tags."""
        return {
            "events": (100 + self.percent(tags)) / 100,
            "season": pricing.season_factor(self.season, tags),
        }


class ClimateAt:
    """The climate at a place for goods with some tags: ``reads`` that may leave with others."""

    def __init__(self, place: Place, tags: Iterable[str]) -> None:
        words = [f"categories.{tag}" for tag in dict.fromkeys(("all", *tags))]
        self._events = ongoing_events(
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
        self.reads: tuple[Read[Any], ...] = (self._events,)

    def climate(self) -> Climate:
        """What was read."""
        effects = map(_effects, self._events.result)
        season = game_time(clock.now()).season
        return Climate(tuple(some for some in effects if some), season)


async def read_climate(place: Place, tags: Iterable[str]) -> Climate:
    """The season, and the events at a place that move the prices of goods with these tags."""
    found = ClimateAt(place, tags)
    for read in found.reads:
        await alone(read)
    return found.climate()


def _effects(event: Mapping[str, Any]) -> Mapping[str, int]:
    """What an event adds to prices, by tag."""
    if categories := event.get("categories"):
        return dict(categories)
    modifier = (event.get("effects") or {}).get("priceModifier")
    return {} if modifier is None else {"all": round(100 * pricing.outside_factor(modifier)) - 100}


class MarketsAt:
    """What moves the prices of goods at a place: ``reads`` that may leave with others."""

    def __init__(self, place: Place, goods: Iterable[Goods]) -> None:
        self._tags = {good.code: good.tags for good in goods}
        self._climate = ClimateAt(place, (tag for tags in self._tags.values() for tag in tags))
        since = hour_of(clock.now()) - timedelta(hours=WINDOW_HOURS - 1)
        self._hours: Read[list[Row]] = Read(
            PriceHistory,
            {
                "itemId": {"$in": list(self._tags)},
                "locationId": place.id,
                "bucket": {"$gte": since},
            },
            list,
            {"itemId": 1, "supply": 1, "demand": 1},
            limit=max(1, len(self._tags) * WINDOW_HOURS),
        )
        self.reads: tuple[Read[Any], ...] = (*self._climate.reads, self._hours)

    def markets(self) -> dict[str, pricing.Market]:
        """The market of each item, by its code."""
        climate = self._climate.climate()
        supply = dict.fromkeys(self._tags, 0)
        demand = dict.fromkeys(self._tags, 0)
        for row in self._hours.result:
            supply[row["itemId"]] += row.get("supply") or 0
            demand[row["itemId"]] += row.get("demand") or 0
        return {
            item: pricing.Market(supply[item], demand[item], climate.factors(tags))
            for item, tags in self._tags.items()
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
            {**change, "$setOnInsert": {"_id": dice.new_id(), **first, "recordedAt": hour}},
            otherwise=Contention(retry_after=1),
            upsert=True,
        )
    )
