"""What is shot at, and what is shot with: tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class TargetMovement(StrEnum):
    """How a target moves, and by how many points that lowers the chance to hit it."""

    STILL = "still"
    LINEAR = "linear"
    PENDULUM = "pendulum"
    ARC = "arc"
    RANDOM = "random"


MOVING: Mapping[TargetMovement, int] = {
    TargetMovement.STILL: 0,
    TargetMovement.LINEAR: -15,
    TargetMovement.PENDULUM: -25,
    TargetMovement.ARC: -30,
    TargetMovement.RANDOM: -35,
}


class TargetSize(StrEnum):
    """How large a target is, and what that adds to the chance to hit it."""

    SMALL = "small"
    MIDDLE = "middle"
    LARGE = "large"


SIZES: Mapping[TargetSize, int] = {
    TargetSize.SMALL: -20,
    TargetSize.MIDDLE: 0,
    TargetSize.LARGE: 10,
}


@dataclass(frozen=True, slots=True)
class Target:
    """Something to shoot at: how far away it is, and what its middle is worth."""

    name: str
    feet: int
    points: int
    size: TargetSize = TargetSize.MIDDLE
    movement: TargetMovement = TargetMovement.STILL


_S, _L = TargetSize.SMALL, TargetSize.LARGE
_M = TargetMovement
TARGETS: Mapping[str, Target] = {
    "silhouette_20": Target("A tin man, near", 20, 100, _L),
    "silhouette_50": Target("A tin man across the yard", 50, 100, _L),
    "silhouette_100": Target("A tin man at the fence", 100, 100, _L),
    "silhouette_300": Target("A tin man on the ridge", 300, 100, _L),
    "bull_50": Target("A painted bull's-eye", 50, 100),
    "bull_100": Target("A bull's-eye at the far wall", 100, 100),
    "bull_300": Target("A bull's-eye by the creek", 300, 100),
    "bull_600": Target("A bull's-eye beyond the creek", 600, 100, _L),
    "bull_1000": Target("A barn door with a ring on it", 1_000, 100, _L),
    "bottle_20": Target("A whiskey bottle", 20, 75, _S),
    "bottle_50": Target("A bottle on the rail", 50, 75, _S),
    "apple_20": Target("An apple on a post", 20, 125, _S),
    "apple_50": Target("An apple on a far post", 50, 125, _S),
    "clay_30": Target("A clay bird", 30, 100, movement=_M.ARC),
    "clay_60": Target("A clay bird, high", 60, 100, movement=_M.ARC),
    "coin_20": Target("A silver dollar in the air", 20, 150, _S, _M.ARC),
    "card_20": Target("A playing card, edge on", 20, 200, _S),
    "card_50": Target("A playing card across the yard", 50, 200, _S),
    "rail_50": Target("A plate on a rail", 50, 150, movement=_M.LINEAR),
    "swing_50": Target("A bell on a rope", 50, 150, movement=_M.PENDULUM),
    "rat_20": Target("A clockwork rat", 20, 150, movement=_M.RANDOM),
}


class GunKind(StrEnum):
    """What kind a weapon is of; the subtype of its item."""

    REVOLVER = "revolver"
    RIFLE = "rifle"
    SHOTGUN = "shotgun"


@dataclass(frozen=True, slots=True)
class Gun:
    """A weapon: what it adds to the chance to hit, and by how many percent it is quicker."""

    kind: GunKind
    accuracy: int = 0
    speed: int = 0


GUNS: Mapping[GunKind, Gun] = {
    GunKind.REVOLVER: Gun(GunKind.REVOLVER),
    GunKind.RIFLE: Gun(GunKind.RIFLE, 5),
    GunKind.SHOTGUN: Gun(GunKind.SHOTGUN, -5, 5),
}
SPECIAL_GUNS: Mapping[str, Gun] = {
    "volcanic-pistol": Gun(GunKind.REVOLVER, -10, 25),
    "quality-revolver": Gun(GunKind.REVOLVER, 15, -5),
    "sharps-buffalo-rifle": Gun(GunKind.RIFLE, 20, -10),
    "championship-rifle": Gun(GunKind.RIFLE, 25, -10),
}
"""Items that are other than their kind."""

# Up to so many feet, by how many points it lowers the chance; beyond the last by 50.
REACH: Mapping[GunKind, tuple[tuple[int, int], ...]] = {
    GunKind.REVOLVER: ((50, 0), (100, -15), (200, -40)),
    GunKind.RIFLE: ((100, 0), (300, -10), (800, -25)),
    GunKind.SHOTGUN: ((30, 0), (60, -20)),
}
BEYOND = -50


def gun_of(item: str, subtype: str | None) -> Gun | None:
    """The weapon that an item is; None if it cannot be shot with."""
    if subtype not in set(GunKind):
        return None
    return SPECIAL_GUNS.get(item) or GUNS[GunKind(subtype)]
