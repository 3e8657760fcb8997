"""The price of a metal at this moment: the posted rate and the pressure on it, read and pushed.

The pressure is one document for each metal. Whoever trades writes it, so two orders at once never
begin at the same price.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desperados.economy.bank import curve, rates
from desperados.economy.bank.documents import ExchangedResource as Metal
from desperados.economy.bank.documents import MetalPressure, ResourceExchangeRate
from desperados.engine import clock
from desperados.engine.errors import Contention
from desperados.engine.staging import StagedUpdate
from desperados.engine.storage.reads import Read, together
from desperados.engine.transactions import stage

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pressure:
    """What is left of it now, in cents of value. ``at`` is now, or later where another host's clock
    is ahead: nothing fades twice."""

    value: int
    at: datetime


def newest_row(metal: Metal) -> Read[Row | None]:
    """The rate that is in effect, as stored; None while none was posted."""
    return Read(
        ResourceExchangeRate,
        {"currency": metal.value, "effectiveAt": {"$lte": clock.now()}},
        lambda rows: rows[0] if rows else None,
        sort={"effectiveAt": -1, "_id": -1},
    )


def pressure_on(metal: Metal) -> Read[Pressure]:
    """The pressure on the price of ``metal``."""
    return Read(MetalPressure, {"_id": metal.value}, _faded)


async def read_price(metal: Metal) -> tuple[Row | None, Pressure]:
    """The rate that is in effect, as stored, and the pressure on it."""
    row, pressure = newest_row(metal), pressure_on(metal)
    await together(row, pressure)
    return row.result, pressure.result


def rate_in(metal: Metal, row: Row | None) -> int:
    """Cents for a unit in a stored rate; the base rate where there is none.

    Rows that Mongoose wrote only have the rate per dollar.
    """
    if row is None:
        return rates.RULES[metal].base
    cents = row.get("centsPerUnit")
    return rates.posted(
        metal, int(cents) if cents is not None else rates.cents_of(row["ratePerDollar"])
    )


def push(metal: Metal, pressure: Pressure, value: int) -> int:
    """Stage the pressure that ``value`` (cents; negative for a sale) leaves, and return it.

    Of two transactions that push at once one runs again, for both write the document.
    """
    after = curve.pushed(pressure.value, value)
    stage(
        StagedUpdate(
            MetalPressure.collection_name(),
            {"_id": metal.value},
            {"$set": {"value": after, "at": pressure.at}},
            otherwise=Contention(retry_after=1),
            upsert=True,
        )
    )
    return after


def _faded(rows: list[Row]) -> Pressure:
    now = clock.now()
    if not rows:
        return Pressure(0, now)
    at = rows[0]["at"]
    return Pressure(curve.faded(int(rows[0]["value"]), now - at), max(now, at))
