"""Energy and health: what they grow by, what they bear, and what a deed costs. Pure functions.

Energy is full after five hours, health after ten; effects make it faster or slower.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from desperados.characters.effects import Effect, Stat, ends_of, percent, points
from desperados.engine.meters import Meter, Rate, Span, per_hour

ENERGY_HOURS = 5
HEALTH_HOURS = 10
# From which level on a deed costs how many percent of its base.
COST_BY_LEVEL = ((41, 200), (26, 150), (11, 125), (1, 100))


def energy_of(
    value: int, most: int, at: datetime, effects: Sequence[Effect], now: datetime
) -> Meter:
    """Energy at ``now`` that was ``value`` of ``most`` at ``at``; effects may add to the most."""
    high = most + points(effects, Stat.MAX_ENERGY, now)
    return Meter(value, at, 0, high).after(now, spans(effects, Stat.ENERGY_REGEN, high, at))


def health_of(
    value: int, most: int, at: datetime, effects: Sequence[Effect], now: datetime
) -> Meter:
    """Health at ``now`` that was ``value`` of ``most`` at ``at``; effects may add to the most."""
    high = most + points(effects, Stat.MAX_HEALTH, now)
    return Meter(value, at, 0, high).after(now, spans(effects, Stat.HEALTH_REGEN, high, at))


def full_at(meter: Meter, effects: Sequence[Effect], speed: Stat, now: datetime) -> datetime | None:
    """When a meter, which is as of ``now``, will be full; None if it is."""
    if meter.value >= meter.high:
        return None
    return meter.reaches(meter.high, now, spans(effects, speed, meter.high, meter.at))


def rate(effects: Iterable[Effect], stat: Stat, most: int, moment: datetime) -> Rate:
    """How fast a meter of ``most`` points grows at ``moment``."""
    hours = ENERGY_HOURS if stat is Stat.ENERGY_REGEN else HEALTH_HOURS
    return per_hour(most, 100 + percent(effects, stat, moment), parts=hours)


def spans(effects: Sequence[Effect], stat: Stat, most: int, since: datetime) -> list[Span]:
    """How fast a meter of ``most`` points grows from ``since`` on: effects end meanwhile."""
    ends = ends_of(effects, stat, since)
    starts = [since, *ends]
    return [
        Span(rate(effects, stat, most, start), end)
        for start, end in zip(starts, [*ends, None], strict=True)
    ]


def energy_cost(base: int, level: int, effects: Iterable[Effect], now: datetime) -> int:
    """What a deed costs that costs a beginner ``base``: 1.25, 1.5, 2 times as much from levels 11,
    26 and 41 on, and what effects add; rounded up."""
    band = next(share for least, share in COST_BY_LEVEL if level >= least)
    return -(-base * band * (100 + percent(effects, Stat.ENERGY_COST, now)) // 10_000)
