"""The metal exchange as arithmetic: what a trade costs, and how the posted rates move.

A rate is whole cents for one unit of metal. Costs are computed on the total and rounded once,
against the player, so an order never gets cheaper by being split. Pure functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from desperados.economy.bank.documents import ExchangedResource as Metal
from desperados.ledger.money.rules import as_proceeds, at_cost

SPREAD = 5  # percent, on both sides; it is burned
MOST_UNITS = 10_000
PRESSURE = 3  # percent, when as much was bought (or sold) as PRESSURE_UNITS
PRESSURE_UNITS = 10_000
DRIFT = 500  # a step drifts by up to this many hundredths of a percent, either way
PULL = 20  # percent of the distance to the base, once a week

_CENTS = 100
_HUNDREDTHS = 10_000  # hundredths of a percent in a whole


@dataclass(frozen=True, slots=True)
class MetalRule:
    """The bounds of one metal: cents for a unit, and the largest step in percent."""

    base: int
    lowest: int
    highest: int
    largest_step: int


RULES: Mapping[Metal, MetalRule] = MappingProxyType(
    {
        Metal.GOLD: MetalRule(base=10_000, lowest=5_000, highest=20_000, largest_step=20),
        Metal.SILVER: MetalRule(base=1_000, lowest=500, highest=2_500, largest_step=15),
    }
)


class MetalEvent(StrEnum):
    """What can move the rates at once."""

    GOLD_RUSH = "gold_rush"
    SILVER_STRIKE = "silver_strike"
    MINE_COLLAPSE = "mine_collapse"
    BANDIT_RAIDS = "bandit_raids"
    HIGH_DEMAND = "high_demand"
    MARKET_FLOOD = "market_flood"
    NEW_VEIN_FOUND = "new_vein_found"
    ECONOMIC_BOOM = "economic_boom"


@dataclass(frozen=True, slots=True)
class EventRule:
    """By how many percent an event moves each metal: the two ends of a range.

    ``one_metal`` events strike one of them. ``both`` is the movement of an event that may strike
    one or both, when it strikes both.
    """

    moves: Mapping[Metal, tuple[int, int]]
    one_metal: bool = False
    both: tuple[int, int] | None = None


def _event(
    gold: tuple[int, int] | None = None,
    silver: tuple[int, int] | None = None,
    *,
    one_metal: bool = False,
    both: tuple[int, int] | None = None,
) -> EventRule:
    moves = {metal: span for metal, span in ((Metal.GOLD, gold), (Metal.SILVER, silver)) if span}
    return EventRule(MappingProxyType(moves), one_metal, both)


EVENTS: Mapping[MetalEvent, EventRule] = MappingProxyType(
    {
        MetalEvent.GOLD_RUSH: _event(gold=(15, 25)),
        MetalEvent.SILVER_STRIKE: _event(silver=(10, 20)),
        MetalEvent.MINE_COLLAPSE: _event((5, 15), (5, 15)),
        MetalEvent.BANDIT_RAIDS: _event((10, 10), (10, 10)),
        MetalEvent.HIGH_DEMAND: _event((5, 10), (5, 10), one_metal=True),
        MetalEvent.MARKET_FLOOD: _event((-20, -10), (-20, -10), one_metal=True, both=(-15, -15)),
        MetalEvent.NEW_VEIN_FOUND: _event((-15, -5), (-15, -5), one_metal=True),
        MetalEvent.ECONOMIC_BOOM: _event((-5, -5), (-5, -5)),
    }
)


def buy_cost(units: int, rate: int) -> int:
    """Dollars for ``units`` of metal at ``rate``, spread included, rounded up."""
    return at_cost(units * rate, 100 + SPREAD, 100 * _CENTS)


def sell_proceeds(units: int, rate: int) -> int:
    """Dollars that ``units`` of metal bring at ``rate``, spread taken off, rounded down."""
    return as_proceeds(units * rate, 100 - SPREAD, 100 * _CENTS)


def buy_fee(units: int, rate: int) -> int:
    """The part of a cost that is above the metal's value."""
    return buy_cost(units, rate) - units * rate // _CENTS


def sell_fee(units: int, rate: int) -> int:
    """The part of the metal's value that a seller does not get."""
    return -(-units * rate // _CENTS) - sell_proceeds(units, rate)


def pressure(net_units: int) -> int:
    """How trade moves a rate, in hundredths of a percent: at most ``PRESSURE`` percent either way.

    ``net_units`` is what was bought less what was sold since the step before.
    """
    bounded = max(-PRESSURE_UNITS, min(PRESSURE_UNITS, net_units))
    return int(bounded * PRESSURE * 100 / PRESSURE_UNITS)


def moved(metal: Metal, rate: int, hundredths: int) -> int:
    """``rate`` moved by ``hundredths`` of a percent: within the largest step, then the range."""
    rule = RULES[metal]
    most = rate * rule.largest_step // 100
    change = round(rate * hundredths / _HUNDREDTHS)
    return max(rule.lowest, min(rule.highest, rate + max(-most, min(most, change))))


def stepped(metal: Metal, rate: int, drift: int, net_units: int) -> int:
    """The rate after a step: ``drift`` (hundredths of a percent) and the pressure of trade."""
    return moved(metal, rate, drift + pressure(net_units))


def pulled(metal: Metal, rate: int) -> int:
    """The rate after the weekly pull: a fifth of the way back to the base."""
    distance = RULES[metal].base - rate
    return rate + int(distance * PULL / 100)


def cents_of(rate_per_dollar: float) -> int:
    """The rate that a row without ``centsPerUnit`` stands for."""
    return max(1, round(_CENTS / rate_per_dollar)) if rate_per_dollar > 0 else 0


def per_dollar(rate: int) -> float:
    """Units of metal for a dollar, for display."""
    return _CENTS / rate
