"""A strategy, and what it brings on the mean."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Strategy:
    """``play`` plays it once, and returns the dollars that were won, negative if lost."""

    name: str
    play: Callable[[Random], float]


@dataclass(frozen=True, slots=True)
class Outcome:
    """``mean`` of the runs, ``error`` its standard error, and the ``best`` run."""

    mean: float
    error: float
    best: float


def outcome_of(strategy: Strategy, runs: int, seed: int = 1866) -> Outcome:
    """Play ``strategy`` so many times."""
    chance = Random(f"{strategy.name}:{seed}")
    gains = [strategy.play(chance) for _ in range(runs)]
    error = statistics.stdev(gains) / math.sqrt(runs)
    return Outcome(statistics.fmean(gains), error, max(gains))
