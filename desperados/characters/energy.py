"""Energy and health: what they grow by, what they bear, and what a deed costs. Pure functions.

Energy is full after five hours, health after ten; effects make it faster or slower.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from desperados.characters.effects import Effect, Stat, ends_of, percent, points
from desperados.engine.meters import Meter, Rate, Span, per_hour

ENERGY_HOURS = 5
HEALTH_HOURS = 10
# From which level on a deed costs how many percent of its base.
COST_BY_LEVEL = ((41, 200), (26, 150), (11, 125), (1, 100))


def energy_of(stored: Mapping[str, Any], effects: Sequence[Effect], now: datetime) -> Meter:
    """The energy of a stored character at ``now``."""
    most = _most(stored.get("maxEnergy"), 150) + points(effects, Stat.MAX_ENERGY, now)
    meter = Meter(_whole(stored.get("energy"), most), _since(stored, "energyAt", now), 0, most)
    return meter.after(now, spans(effects, Stat.ENERGY_REGEN, most, meter.at))


def health_of(stored: Mapping[str, Any], effects: Sequence[Effect], now: datetime) -> Meter:
    """The health of a stored character at ``now``."""
    most = _most(stored.get("maxHealth"), 100) + points(effects, Stat.MAX_HEALTH, now)
    meter = Meter(_whole(stored.get("health"), most), _since(stored, "healthAt", now), 0, most)
    return meter.after(now, spans(effects, Stat.HEALTH_REGEN, most, meter.at))


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


def _since(stored: Mapping[str, Any], field: str, now: datetime) -> datetime:
    """Up to when a meter is counted. Who was never seen by us is counted from its last activity."""
    for name in (field, "lastActive"):
        if isinstance(stored.get(name), datetime):
            moment: datetime = stored[name]
            return moment
    return now


def _most(value: object, otherwise: int) -> int:
    return max(1, int(value)) if isinstance(value, int | float) else otherwise


def _whole(value: object, otherwise: int) -> int:
    return int(value) if isinstance(value, int | float) else otherwise
