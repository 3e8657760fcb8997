"""The posted rates of the metal exchange: how they move, and what events do. Pure functions.

A rate is whole cents for one unit of metal. It is a fair game: at each step it is as likely to rise
as to fall, by as much, so that on the mean it is tomorrow what it is today, for whoever waits for
whatever he waits for. Nothing draws it back to where it began, for metal costs nothing to keep: of
a rate that is known to come back, everybody earns who buys when it is low, however slowly it comes.

What is known to pass, trade and events, moves no rate. It presses on the price (``curve``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from desperados.economy.bank.documents import ExchangedResource as Metal

MOST_UNITS = 10_000  # in one order
DRIFT = 100  # a step drifts by up to this many hundredths of a percent, either way

_CENTS = 100
_HUNDREDTHS = 10_000  # hundredths of a percent in a whole


@dataclass(frozen=True, slots=True)
class MetalRule:
    """What one metal is worth at first and within which bounds, in cents for a unit, and by how
    many percent one event presses on its price at most."""

    base: int
    lowest: int
    highest: int
    largest_push: int


RULES: Mapping[Metal, MetalRule] = MappingProxyType(
    {
        Metal.GOLD: MetalRule(base=10_000, lowest=5_000, highest=20_000, largest_push=20),
        Metal.SILVER: MetalRule(base=1_000, lowest=500, highest=2_500, largest_push=15),
    }
)


class MetalEvent(StrEnum):
    """What can press on the prices at once."""

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
    """By how many percent an event moves the price of each metal: the two ends of a range.

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


def strikes(event: MetalEvent, metal: Metal | None = None) -> list[dict[Metal, tuple[int, int]]]:
    """What ``event`` may strike, each as likely: metals, with the range of percents for each.

    With ``metal`` it is this one; without options, the event does not touch it.
    """
    rule = EVENTS[event]
    if metal is not None:
        return [{metal: rule.moves[metal]}] if metal in rule.moves else []
    if not rule.one_metal:
        return [dict(rule.moves)]
    options = [{struck: span} for struck, span in rule.moves.items()]
    if rule.both is not None:
        options.append(dict.fromkeys(rule.moves, rule.both))
    return options


def posted(metal: Metal, cents: int) -> int:
    """The rate that stored ``cents`` stand for: what others wrote counts within the bounds."""
    rule = RULES[metal]
    return max(rule.lowest, min(rule.highest, cents))


def largest_drift(metal: Metal, rate: int) -> int:
    """By how many cents a step may move ``rate``, up or down.

    It is less near a bound: a walk that were cut there would be more likely to turn back than to
    go on, and so worth waiting for.
    """
    rule = RULES[metal]
    room = min(rate - rule.lowest, rule.highest - rate)
    return min(rate * DRIFT // _HUNDREDTHS, room // 2)


def event_push(metal: Metal, hundredths: int) -> int:
    """The hundredths of a percent by which an event presses, within the largest push."""
    most = RULES[metal].largest_push * _HUNDREDTHS // 100
    return max(-most, min(most, hundredths))


def cents_of(rate_per_dollar: float) -> int:
    """The rate that a row without ``centsPerUnit`` stands for."""
    return max(1, round(_CENTS / rate_per_dollar)) if rate_per_dollar > 0 else 0


def per_dollar(rate: int) -> float:
    """Units of metal for a dollar, for display."""
    return _CENTS / rate
