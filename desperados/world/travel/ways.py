"""Ways as a character finds them now: what they cost it, how long they take, what they require."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from desperados.characters.effects import Stat
from desperados.characters.energy import energy_cost
from desperados.characters.participant import Participant
from desperados.play.requirements import Requirement
from desperados.play.requirements.stored import read_requirements
from desperados.world.gates import GateKind, find_gate
from desperados.world.modifiers import Modifiers
from desperados.world.places import Place
from desperados.world.travel.rules import Road, road, travel_cost, travel_time


@dataclass(frozen=True, slots=True)
class Way:
    """A way to ``there``: its energy and time for who asked, and what it requires. ``base`` is the
    energy that it costs a beginner now, and ``danger`` what multiplies the danger of the way."""

    there: Place
    road: Road
    base: int
    energy: int
    time: timedelta
    requirements: tuple[Requirement, ...]
    danger: float


async def find_way(
    person: Participant, here: Place, there: Place, climate: Modifiers, *, let_in: bool
) -> Way | None:
    """The way from ``here`` to ``there``, if there is one, in the climate in which one sets out;
    who is ``let_in`` needs nothing at the door."""
    found = road(here, there)
    if found is None:
        return None
    base = travel_cost(found.energy, climate.travel, person.percent(Stat.TRAVEL_COST))
    required = read_requirements(found.needs)
    if not found.indoors:
        required += await _at_the_border(GateKind.REGIONS, here.region, there.region)
        required += await _at_the_border(GateKind.ZONES, here.travel_zone, there.travel_zone)
    if not let_in and there.code != here.parent:  # whoever is inside may always leave
        required += await at_the_door(there)
    return Way(
        there,
        found,
        base,
        energy_cost(base, person.level, person.effects, person.at),
        travel_time(found.seconds, climate.travel),
        tuple(dict.fromkeys(required)),
        climate.encounter,
    )


async def at_the_door(place: Place) -> list[Requirement]:
    """What whoever comes into a place must meet: what it asks for, and that it is open."""
    gate = await find_gate(GateKind.LOCATIONS, place.code)
    return list(gate.requirements) if gate is not None else []


async def _at_the_border(kind: GateKind, here: str | None, there: str | None) -> list[Requirement]:
    """What is asked of whoever comes into a region or a zone; within it, nothing is asked again."""
    gate = await find_gate(kind, there) if there is not None and there != here else None
    return list(gate.requirements) if gate is not None else []
