"""Market events: what happens in the world and moves the prices of goods for some days.

An hourly tick ends what is over and may start something new, at most three at once. Some of it
moves the rates of the metal exchange, too, when it starts. The tick of an hour has its effect once,
whoever runs it and however often: the hour of the last tick is kept in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from desperados.economy.bank.rate_moves import apply_event
from desperados.economy.bank.rates import MetalEvent
from desperados.economy.events import MarketTurn
from desperados.engine import clock, dice
from desperados.engine.commands import command
from desperados.engine.errors import Contention
from desperados.engine.live.events import broadcast
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.paging import read_page
from desperados.engine.transactions import stage
from desperados.engine.views import Cursor, Id, Limit, Page, View
from desperados.world.documents import WorldEvent, WorldState

STATE_KEY = "economy.market"
MOST_AT_ONCE = 3
SHORTEST, LONGEST = 6, 120  # hours
MOST_SEVERE = 3
MOST_READ = 20


@dataclass(frozen=True, slots=True)
class EventKind:
    """A kind of event. ``chance`` is per mille in an hour; ``effects`` percent by tag.

    The effects are those of a medium severity; "all" is for goods with none of the tags. An event
    never meets those in ``not_with``.
    """

    code: str
    name: str
    description: str
    chance: int
    effects: Mapping[str, int]
    not_with: frozenset[str] = field(default_factory=frozenset)


def _kind(
    code: str, chance: int, description: str, not_with: str = "", **effects: int
) -> EventKind:
    name = code.replace("_", " ").capitalize()
    return EventKind(code, name, description, chance, effects, frozenset(not_with.split()))


KINDS: tuple[EventKind, ...] = (
    _kind(
        "gold_rush",
        20,
        "Everybody wants a pan and a claim.",
        "mining_strike",
        mining=40,
        tools=25,
        provisions=15,
    ),
    _kind(
        "trade_boom",
        30,
        "Wagons roll in day and night.",
        "bandit_blockade",
        all=-10,
        luxury=-20,
    ),
    _kind(
        "railroad_expansion", 15, "The railroad buys steel and hands.", materials=35, tools=20
    ),
    _kind("cattle_boom", 25, "The herds sell before they arrive.", livestock=30, provisions=-15),
    _kind("harvest_bounty", 30, "The barns are full.", "drought", provisions=-25),
    _kind(
        "drought",
        20,
        "The wells are low and the fields are dust.",
        "harvest_bounty",
        provisions=45,
        livestock=-20,
    ),
    _kind("bank_panic", 10, "Nobody trusts the bank, and everybody sells.", all=-20, luxury=-40),
    _kind(
        "mining_strike", 15, "The miners have put down their picks.", "gold_rush",
        mining=-30, materials=25,
    ),
    _kind(
        "supply_shortage", 25, "The freight is late.", provisions=30, medicine=35, ammunition=25
    ),
    _kind(
        "bandit_blockade",
        20,
        "The road is not safe.",
        "trade_boom",
        all=15,
        weapons=25,
        ammunition=30,
    ),
    _kind("trade_caravan", 40, "A caravan unloads its wares.", luxury=-25, materials=-15),
    _kind("market_speculation", 30, "Easterners buy up warehouses.", materials=20),
    _kind(
        "government_contract", 20, "The Army is buying.", materials=25, provisions=15
    ),
    _kind("foreign_investors", 15, "Money from across the ocean.", all=10, luxury=30),
)  # fmt: skip
BY_CODE = {kind.code: kind for kind in KINDS}
# What these events are for the metal exchange. The rest of its events come from elsewhere.
AT_THE_EXCHANGE: Mapping[str, MetalEvent] = {
    "gold_rush": MetalEvent.GOLD_RUSH,
    "mining_strike": MetalEvent.MINE_COLLAPSE,
    "bandit_blockade": MetalEvent.BANDIT_RAIDS,
    "foreign_investors": MetalEvent.HIGH_DEMAND,
    "trade_boom": MetalEvent.ECONOMIC_BOOM,
}


class MarketEventView(View):
    """A market event. ``categories`` is what it adds to prices by tag, in percent."""

    id: Id
    kind: str
    name: str
    description: str
    severity: int
    categories: dict[str, int]
    starts_at: datetime
    ends_at: datetime


def scaled(effects: Mapping[str, int], severity: int) -> dict[str, int]:
    """Effects at a severity of 1 to 3: 80%, 100% and 120% of them, towards zero."""
    tenths = 6 + 2 * severity
    return {
        tag: (abs(percent) * tenths // 10) * (1 if percent > 0 else -1)
        for tag, percent in effects.items()
    }


def may_start(kind: EventKind, active: set[str]) -> bool:
    """Whether there is room for an event of this kind beside those that are on."""
    return (
        len(active) < MOST_AT_ONCE
        and kind.code not in active
        and not kind.not_with & active
        and not any(kind.code in BY_CODE[code].not_with for code in active if code in BY_CODE)
    )


async def market_events(*, limit: Limit = 50, after: Cursor | None = None) -> Page[MarketEventView]:
    """The market events that are on.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await read_page(
        WorldEvent.collection(),
        {"status": "active", "severity": {"$gt": 0}, "endsAt": {"$gt": clock.now()}},
        sort="startsAt",
        limit=limit,
        after=after,
        view=lambda row: MarketEventView(
            id=row["_id"],
            kind=row["eventType"],
            name=row["name"],
            description=row.get("description", ""),
            severity=row["severity"],
            categories=row.get("categories") or {},
            starts_at=row["startsAt"],
            ends_at=row["endsAt"],
        ),
    )


@command
async def tick(hour: datetime) -> list[str]:
    """The tick of an hour. Returns the codes of the events that it started.

    It does nothing where the tick of that hour, or of a later one, was done.
    """
    state = await WorldState.collection().find_one({"stateKey": STATE_KEY})
    if state is not None and state["value"]["tick"] >= hour:
        return []
    rows = await find_all(
        WorldEvent.collection(),
        {"status": "active", "severity": {"$gt": 0}},
        sort=[("endsAt", 1)],
        limit=MOST_READ,
    )
    active = set()
    for row in rows:
        if row["endsAt"] <= hour:
            _expire(row)
        else:
            active.add(row["eventType"])
    started = []
    for kind in KINDS:
        if dice.roll(1000) <= kind.chance and may_start(kind, active):
            event_id = _start(kind, hour)
            if kind.code in AT_THE_EXCHANGE:
                await apply_event(AT_THE_EXCHANGE[kind.code], event_id)
            active.add(kind.code)
            started.append(kind.code)
    _note_tick(state, hour)
    return started


def _expire(row: dict[str, Any]) -> None:
    stage(
        StagedUpdate(
            WorldEvent.collection_name(),
            {"_id": row["_id"], "status": "active"},
            {"$set": {"status": "expired"}},
            otherwise=Contention(retry_after=1),
        )
    )
    _tell(row, ended=True)


def _start(kind: EventKind, hour: datetime) -> ObjectId:
    """Stage an event; returns its id."""
    event_id = dice.new_id()
    severity = dice.roll(MOST_SEVERE)
    effects = scaled(kind.effects, severity)
    event = {
        "_id": event_id,
        "eventType": kind.code,
        "name": kind.name,
        "description": kind.description,
        "effects": {"priceModifier": (100 + effects.get("all", 0)) / 100},
        "status": "active",
        "startsAt": hour,
        "endsAt": hour + timedelta(hours=dice.between(SHORTEST, LONGEST)),
        "categories": effects,
        "severity": severity,
    }
    stage(StagedInsert(WorldEvent.collection_name(), event))
    _tell(event, ended=False)
    return event_id


def _tell(event: dict[str, Any], *, ended: bool) -> None:
    broadcast(
        MarketTurn(
            id=event["_id"],
            kind=event["eventType"],
            name=event["name"],
            severity=event["severity"],
            categories=event.get("categories") or {},
            ends_at=event["endsAt"],
            ended=ended,
        )
    )


def _note_tick(state: dict[str, Any] | None, hour: datetime) -> None:
    """Keep the hour of this tick, if the state still is as it was read."""
    now = clock.now()
    if state is None:
        row = {
            "_id": dice.new_id(),
            "stateKey": STATE_KEY,
            "value": {"tick": hour},
            "updatedAt": now,
        }
        stage(StagedInsert(WorldState.collection_name(), row))
        return
    stage(
        StagedUpdate(
            WorldState.collection_name(),
            {"_id": state["_id"], "value.tick": state["value"]["tick"]},
            {"$set": {"value.tick": hour, "updatedAt": now}},
            otherwise=Contention(retry_after=1),
        )
    )
