"""What moves the exchange but trade: the steps of the posted rates, and events.

Each adds one row per metal, made from the row before it. ``slot`` says what it is the row of, and
is unique: a step that is done again by another worker, or after a crash, finds its row. ``number``
is unique too, so of two movements that start from the same row one fails and is done again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from desperados.accounts.acts import note_act
from desperados.economy.bank import curve, exchange, prices, rates
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
from desperados.engine.storage.collection import aggregate_all
from desperados.engine.storage.reads import alone
from desperados.engine.transactions import SETTLING_IN, stage, transactional

STEP = timedelta(hours=4)

_MILLISECOND = timedelta(milliseconds=1)


@transactional
async def step(period: datetime) -> None:
    """Move both rates for the four hours that begin at ``period``, by chance.

    What was bought and sold in four hours stands in the row, up to the moment before which nothing
    can still commit: a trade at the edge is in one step whenever the step is made.
    """
    settled = period - SETTLING_IN
    for metal in Metal:
        slot = f"step:{period:%Y-%m-%dT%H}"
        if await _row_in(metal, slot) is not None:
            continue
        net = await net_units(metal, settled - STEP, settled)
        before, pressure = await _newest(metal), await alone(prices.pressure_on(metal))
        rate = prices.rate_in(metal, before)
        most = rates.largest_drift(metal, rate)
        after = rate + dice.between(-most, most)
        _add_row(metal, before, slot, "step", period, after, pressure.value, net)


@command
async def announce_event(
    staff: ObjectId, event: MetalEvent, *, metal: Metal | None = None, key: str | None = None
) -> list[RateView]:
    """Let an event press on the prices of the exchange. Returns the rates that it presses on.

    Events that strike one metal strike ``metal``, or one by chance. A market flood without a metal
    may strike both. The posted rates stay; the pressure adds to what is there, and fades.

    Raises:
        InvalidInput: there is no such event or metal, or the event does not touch this metal.
        KeyReused: the key was used with another request.
    """
    moved = await apply_event(event, dice.new_id(), metal)
    note_act(
        staff,
        "RATES_MOVED",
        {
            "event": MetalEvent(event).value,
            "pressure": {view.metal.value: view.pressure for view in moved},
        },
    )
    return moved


@transactional
async def apply_event(
    event: MetalEvent, event_id: ObjectId, metal: Metal | None = None
) -> list[RateView]:
    """Press on the prices for ``event``, once for each ``event_id``. Returns the rates concerned.

    Raises:
        InvalidInput: there is no such event or metal, or the event does not touch this metal.
    """
    rule = _rule_of(event)
    now = clock.now()
    moved = []
    for struck, (low, high) in _strikes(rule, metal).items():
        slot = f"event:{event_id}"
        row = await _row_in(struck, slot)
        if row is None:
            hundredths = rates.event_push(struck, dice.between(low * 100, high * 100))
            before, pressure = await _newest(struck), await alone(prices.pressure_on(struck))
            pressed = prices.push(struck, pressure, curve.value_of(hundredths))
            rate = prices.rate_in(struck, before)
            row = _add_row(struck, before, slot, MetalEvent(event).value, now, rate, pressed)
        moved.append(exchange.rate_view(struck, row))
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


async def _row_in(metal: Metal, slot: str) -> prices.Row | None:
    """The row that a slot has already."""
    row: prices.Row | None = await ResourceExchangeRate.collection().find_one(
        {"currency": metal.value, "slot": slot}
    )
    return row


async def _newest(metal: Metal) -> prices.Row | None:
    """The last row of a metal, in effect or not."""
    row: prices.Row | None = await ResourceExchangeRate.collection().find_one(
        {"currency": metal.value}, sort=[("effectiveAt", -1), ("_id", -1)]
    )
    return row


def _add_row(
    metal: Metal,
    before: prices.Row | None,
    slot: str,
    event: str,
    effective_at: datetime,
    rate: int,
    pressure: int,
    volume: int | None = None,
) -> prices.Row:
    """The row of ``metal`` after ``before``.

    Made up late, it takes effect after the rows that were there: time never runs backwards in the
    history of a rate.
    """
    if before is not None:
        effective_at = max(effective_at, before["effectiveAt"] + _MILLISECOND)
    row: prices.Row = {
        "_id": dice.new_id(),
        "currency": metal.value,
        "ratePerDollar": rates.per_dollar(rate),
        "effectiveAt": effective_at,
        "centsPerUnit": rate,
        "eventType": event,
        "pressure": pressure,
        "number": int((before or {}).get("number") or 0) + 1,
        "slot": slot,
    }
    if volume is not None:
        row["volume"] = volume
    stage(StagedInsert(ResourceExchangeRate.collection_name(), row))
    broadcast(
        RatesMoved(
            metal=metal,
            cents_per_unit=rate,
            pressure=curve.hundredths_of(pressure),
            reason=event,
            effective_at=effective_at,
        )
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
