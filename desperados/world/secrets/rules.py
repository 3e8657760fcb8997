"""The rules of secrets: how far somebody has come towards one, and who finds what is hidden. Pure
functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

SEARCH_ENERGY = 5
SEARCH_COOLDOWN = timedelta(minutes=10)
LEAST, OF_SKILL, MOST = 20, 2, 95
XP_OF_FIND = 25


def search_percent(tracking: int) -> int:
    """How likely a search finds what can be found: 20 and two for each level of tracking, 95 at
    most."""
    return min(MOST, LEAST + OF_SKILL * tracking)


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of a secret's requirements are met."""

    met: int
    needed: int

    @property
    def half(self) -> bool:
        """Whether half of them are, from where on its hint is told."""
        return 2 * self.met >= self.needed

    @property
    def whole(self) -> bool:
        """Whether all of them are."""
        return self.met == self.needed
