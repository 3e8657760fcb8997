"""What moves the exchange but trade: the steps of the posted rates, and events.

Each adds one row per metal, made from the row before it. ``slot`` says what it is the row of, and
is unique: a step that is done again by another worker, or after a crash, finds its row. ``number``
is unique too, so of two movements that start from the same row one fails and is done again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from desperados.accounts.acts import SELF_DEALING, may_act
from desperados.accounts.audit import flag_now
from desperados.accounts.documents import UserRole
from desperados.accounts.inputs import Reason
from desperados.characters.documents import Character
from desperados.characters.rules import ALIVE, MOST_SLOTS
from desperados.economy.bank import curve, exchange, prices, rates
from desperados.economy.bank.documents import ExchangedResource as Metal
from desperados.economy.bank.documents import MetalTrade, ResourceExchangeRate
from desperados.economy.bank.exchange import RateView
from desperados.economy.bank.rates import MetalEvent
from desperados.economy.events import RatesMoved
from desperados.engine import clock, dice
from desperados.engine.commands import command
from desperados.engine.errors import InvalidInput
from desperados.engine.live.events import broadcast
from desperados.engine.staging import StagedInsert
from desperados.engine.storage.collection import aggregate_all, find_all
from desperados.engine.storage.reads import alone
from desperados.engine.transactions import SETTLING_IN, stage, transactional

STEP = timedelta(hours=4)

_MILLISECOND = timedelta(milliseconds=1)
_UNITS = {metal.value: 1 for metal in Metal}


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
        before, pressure = await _newest(metal), await alone(prices.pressure_on(metal))
        rate = prices.rate_in(metal, before)
        most = rates.largest_drift(metal, rate)
        fields = {
            "currency": metal.value,
            "effectiveAt": period,
            "centsPerUnit": rate + dice.between(-most, most),
            "eventType": "step",
            "pressure": pressure.value,
            "volume": await net_units(metal, settled - STEP, settled),
            "slot": slot,
        }
        _add_row(before, fields)


@command
async def announce_event(
    staff: ObjectId,
    event: MetalEvent,
    *,
    reason: Reason,
    metal: Metal | None = None,
    key: str | None = None,
) -> list[RateView]:
    """Let an event press on the prices of the exchange. Returns the rates that it presses on.

    Events that strike one metal strike ``metal``, or one by chance. A market flood without a metal
    may strike both. The posted rates stay; the pressure adds to what is there, and fades.

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
    pressed = {view.metal.value: view.pressure for view in moved}
    act.note(
        "RATES_MOVED",
        event=MetalEvent(event).value,
        pressure=pressed,
        before={view.metal.value: view.pressure for view in before},
        after=pressed,
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
    """Press on the prices for ``event``, once for each ``event_id``. Returns the rates concerned.

    Raises:
        InvalidInput: there is no such event or metal, or the event does not touch this metal.
    """
    event = _check_event(event)
    now = clock.now()
    moved = []
    for struck, (low, high) in _strikes(event, metal).items():
        slot = f"event:{event_id}"
        row = await _row_in(struck, slot)
        if row is None:
            hundredths = rates.event_push(struck, dice.between(low * 100, high * 100))
            before, pressure = await _newest(struck), await alone(prices.pressure_on(struck))
            fields = {
                "currency": struck.value,
                "effectiveAt": now,
                "centsPerUnit": prices.rate_in(struck, before),
                "eventType": event.value,
                "pressure": prices.push(struck, pressure, curve.value_of(hundredths)),
                "slot": slot,
            }
            row = _add_row(before, fields)
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


def _add_row(before: prices.Row | None, fields: prices.Row) -> prices.Row:
    """The row of a metal after ``before``, with these ``fields``.

    Made up late, it takes effect after the rows that were there: time never runs backwards in the
    history of a rate.
    """
    row: prices.Row = {
        "_id": dice.new_id(),
        **fields,
        "ratePerDollar": rates.per_dollar(fields["centsPerUnit"]),
        "number": int((before or {}).get("number") or 0) + 1,
    }
    if before is not None:
        row["effectiveAt"] = max(row["effectiveAt"], before["effectiveAt"] + _MILLISECOND)
    stage(StagedInsert(ResourceExchangeRate.collection_name(), row))
    broadcast(
        RatesMoved(
            metal=Metal(row["currency"]),
            cents_per_unit=row["centsPerUnit"],
            pressure=curve.hundredths_of(row["pressure"]),
            reason=row["eventType"],
            effective_at=row["effectiveAt"],
        )
    )
    return row


def _strikes(event: MetalEvent, metal: Metal | None) -> dict[Metal, tuple[int, int]]:
    """Which metals an event strikes this time, and the range of each push."""
    named = None if metal is None else exchange.check_metal(metal)
    options = rates.strikes(event, named)
    if not options:
        raise InvalidInput("This event does not touch this metal.", path="metal")
    return dice.choice(options)


def _check_event(event: Any) -> MetalEvent:
    try:
        return MetalEvent(event)
    except ValueError:
        raise InvalidInput("There is no such event.", path="event") from None
