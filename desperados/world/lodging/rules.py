"""The rules of rest: where one rests how, what it costs and what it gives. Tables and pure
functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from desperados.characters.effects import Effect, Stat


class RestKind(StrEnum):
    """A way to rest."""

    DRINK = "drink"
    BED = "bed"
    CAMPFIRE = "campfire"
    BATH = "bath"
    PRAYER = "prayer"
    CARE = "care"


@dataclass(frozen=True, slots=True)
class Rest:
    """What a way to rest is: at which types of place, for how many dollars, how long until the
    next time. It gives energy and health at once, and for ``lasting`` what is in ``stats``."""

    places: frozenset[str]
    dollars: int
    cooldown: timedelta
    energy: int = 0
    health: int = 0
    stats: Mapping[Stat, int] = field(default_factory=dict)
    lasting: timedelta = timedelta()

    def effect(self, now: datetime) -> tuple[Effect, ...]:
        """What lasts from ``now`` on. All of it has one name: who rests again, in whatever way,
        rests no better for having rested before."""
        return (Effect(EFFECT, self.stats, now + self.lasting),) if self.stats else ()


EFFECT = "rest"
HOUR = timedelta(hours=1)

RESTS: Mapping[RestKind, Rest] = {
    RestKind.DRINK: Rest(
        frozenset({"saloon", "cantina", "elite_club"}),
        dollars=4,
        cooldown=2 * HOUR,
        stats={Stat.ENERGY_REGEN: 25, Stat.HEALTH_REGEN: 50},
        lasting=HOUR,
    ),
    RestKind.BED: Rest(
        frozenset({"hotel"}),
        dollars=15,
        cooldown=8 * HOUR,
        energy=30,
        health=30,
        stats={Stat.ENERGY_REGEN: 50, Stat.HEALTH_REGEN: 200},
        lasting=2 * HOUR,
    ),
    RestKind.CAMPFIRE: Rest(
        frozenset({"camp", "outpost", "wilderness", "ranch", "council_fire", "hideout"}),
        dollars=0,
        cooldown=6 * HOUR,
        energy=10,
        health=10,
    ),
    RestKind.BATH: Rest(
        frozenset({"springs"}),
        dollars=0,
        cooldown=8 * HOUR,
        health=25,
        stats={Stat.HEALTH_REGEN: 100},
        lasting=2 * HOUR,
    ),
    RestKind.PRAYER: Rest(
        frozenset({"church", "shrine", "sacred_site", "spirit_lodge"}),
        dollars=0,
        cooldown=8 * HOUR,
        stats={Stat.ENERGY_REGEN: 20},
        lasting=2 * HOUR,
    ),
    RestKind.CARE: Rest(
        frozenset({"doctors_office", "medicine_lodge"}),
        dollars=20,
        cooldown=4 * HOUR,
        health=60,
    ),
}


def offered_at(place_type: str) -> list[RestKind]:
    """The ways to rest at a type of place."""
    return [kind for kind, rest in RESTS.items() if place_type in rest.places]
