"""What a deed takes from who does it, before it gives anything."""

from __future__ import annotations

import math
from typing import Any

from desperados.characters.effects import Stat
from desperados.characters.energy import energy_cost, spans
from desperados.ledger.items.holders import pack
from desperados.ledger.items.movement import Transfer
from desperados.play.errors import NotEnoughEnergy, TooWeak
from desperados.play.settling.sheet import Sheet


def take_costs(sheet: Sheet) -> None:
    """Take the cost of the share.

    Raises:
        NotEnoughEnergy: there is less energy than it costs.
        TooWeak: it would take the last of the health.
    """
    cost, who = sheet.share.cost, sheet.who
    if cost.energy:
        base = math.ceil(cost.energy * cost.energy_percent / 100)
        needed = max(1, energy_cost(base, who.level, sheet.effects, sheet.now))
        if sheet.energy.value < needed:
            raise _too_tired(sheet, needed)
        sheet.energy = sheet.energy.changed(-needed)
        sheet.given["energy_spent"] = needed
    if cost.health:
        if sheet.health.value <= cost.health:
            raise TooWeak(have=sheet.health.value, need=cost.health + 1)
        sheet.health = sheet.health.changed(-cost.health)
    if cost.dollars:
        sheet.burn(cost.dollars, sheet.deed.spending)
    if cost.items:
        sheet.transfers.append(Transfer(cost.items, sheet.deed.used, pack(who.id)))


def _too_tired(sheet: Sheet, needed: int) -> NotEnoughEnergy:
    """The refusal, with when there will be enough of it, if ever."""
    meter = sheet.energy
    facts: dict[str, Any] = {"have": meter.value, "need": needed}
    if needed <= meter.high:
        rates = spans(sheet.effects, Stat.ENERGY_REGEN, meter.high, meter.at)
        ready_at = meter.reaches(needed, sheet.now, rates)
        if ready_at is not None:
            wait = math.ceil((ready_at - sheet.now).total_seconds())
            facts |= {"ready_at": ready_at.isoformat(), "retry_after": max(1, wait)}
    return NotEnoughEnergy(**facts)
