"""What moves the rates of the metal exchange: steps, the weekly pull, events.

Each adds one row per metal, made from the row before it. ``slot`` says what it is the row of, and
is unique: a step that is done again by another worker, or after a crash, finds its row. ``number``
is unique too, so of two movements that start from the same row one fails and is done again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from desperados.accounts.acts import SELF_DEALING, may_act
from desperados.accounts.audit import flag_now
from desperados.accounts.documents import UserRole
from desperados.accounts.inputs import Reason
from desperados.characters.documents import Character
from desperados.characters.rules import ALIVE, MOST_SLOTS
from desperados.economy.bank import exchange, rates
from desperados.economy.bank.documents import ExchangedResource as Metal
from desperados.economy.bank.documents import MetalTrade, ResourceExchangeRate
from desperados.economy.bank.exchange import RateView
from desperados.economy.bank.rates import EVENTS, EventRule, MetalEvent
from desperados.economy.events import RatesMoved
from desperados.engine import clock, dice
from desperados.engine.commands import command
from desperados.engine.errors import InvalidInput
from desperados.engine.live.events import broadcast
from desperados.engine.staging import StagedInsert
from desperados.engine.storage.collection import aggregate_all, find_all
from desperados.engine.transactions import SETTLING_IN, stage, transactional

STEP = timedelta(hours=4)
WEEK = timedelta(days=7)
SUNDAY = timedelta(days=6)  # from Monday on

_MILLISECOND = timedelta(milliseconds=1)
_UNITS = {metal.value: 1 for metal in Metal}


@transactional
async def step(period: datetime) -> None:
    """Move both rates for the four hours that begin at ``period``: drift and pressure of trade.

    Trade of four hours counts, up to the moment before which nothing can still commit: a trade at
    the edge is in one step whenever the step is made.
    """
    settled = period - SETTLING_IN
    for metal in Metal:
        net = await net_units(metal, settled - STEP, settled)
        drift = dice.between(-rates.DRIFT, rates.DRIFT)

        def move(rate: int, metal: Metal = metal, drift: int = drift, net: int = net) -> int:
            return rates.stepped(metal, rate, drift, net)

        await _add_row(metal, f"step:{period:%Y-%m-%dT%H}", "step", period, move, net)


@transactional
async def pull(period: datetime) -> None:
    """Move both rates a fifth of the way back to their base, for the week that ends."""
    for metal in Metal:

        def move(rate: int, metal: Metal = metal) -> int:
            return rates.pulled(metal, rate)

        await _add_row(metal, f"pull:{period:%Y-%m-%d}", "weekly_pull", period, move)


@command
async def announce_event(
    staff: ObjectId,
    event: MetalEvent,
    *,
    reason: Reason,
    metal: Metal | None = None,
    key: str | None = None,
) -> list[RateView]:
    """Let an event move the rates of the exchange. Returns the rates that moved.

    Events that strike one metal strike ``metal``, or one by chance. A market flood without a metal
    may strike both.

    Raises:
        InvalidInput: there is no such event or metal, or the event does not touch this metal.
        InvalidReason: the reason is not 5 to 500 characters.
        Forbidden: you are no admin.
        KeyReused: the key was used with another request.
    """
    act = await may_act(staff, (), needed=UserRole.ADMIN, reason=reason)
    await _flag_interest(staff)
    before = await exchange.metal_rates()
    moved = await apply_event(event, dice.new_id(), metal)
    rates_after = {view.metal.value: view.cents_per_unit for view in moved}
    act.note(
        "RATES_MOVED",
        event=MetalEvent(event).value,
        rates=rates_after,
        before={view.metal.value: view.cents_per_unit for view in before},
        after=rates_after,
    )
    return moved


async def _flag_interest(staff: ObjectId) -> None:
    """Whoever moves the rates and owns metal may gain by it: others of the staff should know."""
    owned = await find_all(
        Character.collection(),
        {"userId": staff, **ALIVE},
        dict.fromkeys(Metal, 1),
        limit=MOST_SLOTS,
    )
    units = {metal: sum(int(row.get(metal) or 0) for row in owned) for metal in _UNITS}
    if any(units.values()):
        held = " and ".join(f"{count:,} {metal}" for metal, count in units.items() if count)
        detail = f"staff {staff} moved the rates and owns {held}"
        await flag_now(SELF_DEALING, detail, by=staff, about=staff, character_id=None)


@transactional
async def apply_event(
    event: MetalEvent, event_id: ObjectId, metal: Metal | None = None
) -> list[RateView]:
    """Move the rates for ``event``, once for each ``event_id``. Returns the rates that moved.

    Raises:
        InvalidInput: there is no such event or metal, or the event does not touch this metal.
    """
    rule = _rule_of(event)
    now = clock.now()
    moved = []
    for struck, (low, high) in _strikes(rule, metal).items():
        hundredths = dice.between(low * 100, high * 100)

        def move(rate: int, struck: Metal = struck, hundredths: int = hundredths) -> int:
            return rates.moved(struck, rate, hundredths)

        row = await _add_row(struck, f"event:{event_id}", MetalEvent(event).value, now, move)
        moved.append(exchange.rate_view(row))
    return moved


async def net_units(metal: Metal, since: datetime, until: datetime) -> int:
    """Units bought less units sold at the exchange from ``since`` until before ``until``."""
    found = await aggregate_all(
        MetalTrade.collection(),
        [
            {"$match": {"metal": metal.value, "createdAt": {"$gte": since, "$lt": until}}},
            {"$group": {"_id": None, "units": {"$sum": "$units"}}},
        ],
    )
    return int(found[0]["units"]) if found else 0


async def _add_row(
    metal: Metal,
    slot: str,
    event: str,
    effective_at: datetime,
    move: Callable[[int], int],
    volume: int | None = None,
) -> dict[str, Any]:
    """The next row of ``metal``; the row that the slot has, if it has one.

    Made up late, it takes effect after the rows that were there: time never runs backwards in the
    history of a rate.
    """
    collection = ResourceExchangeRate.collection()
    done: dict[str, Any] | None = await collection.find_one({"currency": metal.value, "slot": slot})
    if done is not None:
        return done
    before = await collection.find_one(
        {"currency": metal.value}, sort=[("effectiveAt", -1), ("_id", -1)]
    )
    rate = exchange.base_of(metal) if before is None else exchange.cents_in(before)
    if before is not None:
        effective_at = max(effective_at, before["effectiveAt"] + _MILLISECOND)
    after = move(rate)
    row: dict[str, Any] = {
        "_id": dice.new_id(),
        "currency": metal.value,
        "ratePerDollar": rates.per_dollar(after),
        "effectiveAt": effective_at,
        "centsPerUnit": after,
        "eventType": event,
        "number": int((before or {}).get("number") or 0) + 1,
        "slot": slot,
    }
    if volume is not None:
        row["volume"] = volume
    stage(StagedInsert(ResourceExchangeRate.collection_name(), row))
    broadcast(
        RatesMoved(metal=metal, cents_per_unit=after, reason=event, effective_at=effective_at)
    )
    return row


def _rule_of(event: Any) -> EventRule:
    try:
        return EVENTS[MetalEvent(event)]
    except ValueError:
        raise InvalidInput("There is no such event.", path="event") from None


def _strikes(rule: EventRule, metal: Metal | None) -> dict[Metal, tuple[int, int]]:
    """Which metals an event strikes this time, and the range of each movement."""
    if metal is not None:
        struck = exchange.check_metal(metal)
        if struck not in rule.moves:
            raise InvalidInput("This event does not touch this metal.", path="metal")
        return {struck: rule.moves[struck]}
    if not rule.one_metal:
        return dict(rule.moves)
    options = [{struck: span} for struck, span in rule.moves.items()]
    if rule.both is not None:
        options.append(dict.fromkeys(rule.moves, rule.both))
    return dice.choice(options)
