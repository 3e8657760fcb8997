"""Where one lies low, what that costs, and what disguises hide. Tables and pure functions.

Source: the design of the game, crime: "Wanted, disguise, bribes" and "Disguise, bribes".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from desperados.characters.effects import Effect, Stat
from desperados.engine.allowances import Limit

HIDING_PLACES = frozenset({"hideout", "cave", "smugglers_den", "camp"})
HIDDEN_FOR = timedelta(minutes=30)
HUSH_MONEY = 50  # dollars
LYING_LOW = Limit("lie_low", 1, timedelta(hours=6))

DISGUISE = "disguise"
"""The name of the effect: one disguise takes the place of another."""


class LieLowMethod(StrEnum):
    """How one lies low: half an hour out of sight, or at once, for money."""

    HIDE = "hide"
    PAY = "pay"


class DisguiseKind(StrEnum):
    """Whom one may pass for."""

    SETTLER = "settler"
    NAHI = "nahi"
    FRONTERA = "frontera"
    MERCHANT = "merchant"
    DEPUTY = "deputy"
    PRIEST = "priest"


@dataclass(frozen=True, slots=True)
class Disguise:
    """Clothes and a way to walk: their price in dollars, how long they convince, and how many
    wanted levels guards do not see."""

    dollars: int
    minutes: int
    levels: int

    def effect(self, now: datetime) -> Effect:
        """What it does from ``now`` on."""
        until = now + timedelta(minutes=self.minutes)
        return Effect(DISGUISE, {Stat.DISGUISE: self.levels}, until)


_CLOTHES = Disguise(50, 30, 2)
DISGUISES: Mapping[DisguiseKind, Disguise] = {
    DisguiseKind.SETTLER: _CLOTHES,
    DisguiseKind.NAHI: _CLOTHES,
    DisguiseKind.FRONTERA: _CLOTHES,
    DisguiseKind.MERCHANT: Disguise(75, 45, 2),
    DisguiseKind.DEPUTY: Disguise(100, 20, 3),
    DisguiseKind.PRIEST: Disguise(125, 25, 3),
}
