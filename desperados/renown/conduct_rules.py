"""Conduct in numbers: what repeats are worth, how the moral score moves and fades. Pure functions.

Limits against grinding: the same deed counts full three times in an hour, then half, after ten
times not at all. The score moves by 30 for a deed and by 50 in a UTC day at most, and passes 50 in
either direction only from level 15 on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta

from desperados.renown.conduct_table import (
    BAD_TIERS,
    CONDUCT,
    GODS,
    GOOD_TIERS,
    RELATIONS,
    Dimension,
    MoralTier,
)

LEAST, MOST = -100, 100
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FULL_REPEATS, MOST_REPEATS = 3, 10
MOST_MORAL, MOST_MORAL_A_DAY = 30, 50
FAR_MORAL, FAR_LEVEL = 50, 15
FADES_ABOVE, MOST_FADED = 10, 3


@dataclass(frozen=True, slots=True)
class Repeated:
    """How often a deed was done within an hour of ``since``."""

    since: datetime
    times: int


@dataclass(frozen=True, slots=True)
class Conduct:
    """What somebody's deeds weigh: -100 to 100 in each dimension, and the moral score, which counts
    as of ``moral_at``. ``used`` is the sum of the sizes of its changes on the UTC day ``day``."""

    dimensions: Mapping[Dimension, float] = field(default_factory=dict)
    moral: float = 0
    moral_at: datetime | None = None
    day: datetime | None = None
    used: int = 0
    recent: Mapping[str, Repeated] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a deed really changed."""

    action: str
    dimensions: Mapping[Dimension, float]
    moral: float


def share_percent(times: int) -> int:
    """What a deed counts for that was done ``times`` within the hour, this one included."""
    if times <= FULL_REPEATS:
        return 100
    return 50 if times <= MOST_REPEATS else 0


def act(conduct: Conduct, action: str, now: datetime, level: int) -> tuple[Conduct, Weighed]:
    """What a deed of somebody of ``level`` makes of the conduct, and what it changed.

    Raises:
        ValueError: the table has no such deed.
    """
    if action not in CONDUCT:
        raise ValueError(f"The table of conduct has no {action!r}.")
    weight = CONDUCT[action]
    known = {name: told for name, told in conduct.recent.items() if now < told.since + HOUR}
    before = known.get(action, Repeated(now, 0))
    known[action] = Repeated(before.since, before.times + 1)
    share = share_percent(before.times + 1)
    dimensions = dict(conduct.dimensions)
    changed: dict[Dimension, float] = {}
    for dimension, delta in weight.dimensions.items():
        old = dimensions.get(dimension, 0)
        dimensions[dimension] = _clamp(old + _share(delta, share))
        changed[dimension] = dimensions[dimension] - old
    faded = fade(conduct, now)
    moral, used = _moral(faded, _share(weight.moral, share), level, _day(now))
    after = replace(
        faded, dimensions=dimensions, moral=moral, day=_day(now), used=used, recent=known
    )
    moved = {dimension: by for dimension, by in changed.items() if by}
    return after, Weighed(action, moved, moral - faded.moral)


def _moral(conduct: Conduct, delta: int, level: int, day: datetime) -> tuple[float, int]:
    """The score after a change, and how much of the day is used with it."""
    used = conduct.used if conduct.day == day else 0
    size = max(0, min(abs(delta), MOST_MORAL, MOST_MORAL_A_DAY - used))
    edge = MOST if level >= FAR_LEVEL else FAR_MORAL
    # Who is beyond the edge already is not pulled back, and goes no further.
    low, high = min(-edge, conduct.moral), max(edge, conduct.moral)
    moral = _clamp(min(high, max(low, conduct.moral + (size if delta > 0 else -size))))
    return moral, used + size


def fade(conduct: Conduct, now: datetime) -> Conduct:
    """The conduct at ``now``: a score of more than 10 in size loses a point for each full day,
    three at most, however long nobody looked."""
    if conduct.moral_at is None:
        return replace(conduct, moral_at=now)
    days = max(0, (now - conduct.moral_at) // DAY)
    size = abs(conduct.moral)
    if size > FADES_ABOVE:
        size = max(FADES_ABOVE, size - min(days, MOST_FADED))
    moral = size if conduct.moral >= 0 else -size
    return replace(conduct, moral=moral, moral_at=conduct.moral_at + days * DAY)


def tier_of(moral: float) -> MoralTier:
    """What people call somebody with a score of -100 to 100."""
    for least, tier in GOOD_TIERS:
        if moral >= least:
            return tier
    for most, tier in BAD_TIERS:
        if moral <= most:
            return tier
    return MoralTier.NEUTRAL


def affinity(dimensions: Mapping[Dimension, float], god: str) -> int:
    """How near a god feels to somebody: the weighted sum, rounded toward 0, -100 to 100."""
    total = sum(dimensions.get(dimension, 0) * weight for dimension, weight in GODS[god].items())
    return int(_clamp(int(total / 100)))


def relation_of(points: int) -> str:
    """The word for an affinity of -100 to 100."""
    return next((word for least, word in RELATIONS if points >= least), RELATIONS[-1][1])


def _share(delta: int, percent: int) -> int:
    size = abs(delta) * percent // 100
    return size if delta >= 0 else -size


def _clamp(value: float) -> float:
    return max(LEAST, min(MOST, value))


def _day(now: datetime) -> datetime:
    return datetime.combine(now.date(), time(), UTC)
