"""Ways as a character finds them now: what they cost it, how long they take, what they require."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from desperados.characters.effects import Stat
from desperados.characters.energy import energy_cost
from desperados.characters.participant import Participant
from desperados.play.requirements import Kind, Requirement, Window
from desperados.world.lands import Land, Zone, read_land, read_zone
from desperados.world.places import Needs, Place
from desperados.world.travel.rules import Road, road, travel_cost, travel_time


@dataclass(frozen=True, slots=True)
class Way:
    """A way to ``there``: its energy and time for who asked, and what it requires. ``base`` is the
    energy that it costs a beginner now; ``encounters`` is what weather and events multiply the
    danger by."""

    there: Place
    road: Road
    base: int
    energy: int
    time: timedelta
    requirements: tuple[Requirement, ...]
    encounters: float = 1.0


@dataclass(frozen=True, slots=True)
class Lands:
    """The region and the zone that a place lies in."""

    region: Land | None
    zone: Zone | None

    @classmethod
    async def of(cls, place: Place) -> Lands:
        """Those of a place."""
        return cls(await read_land(place.region), await read_zone(place.travel_zone))


async def find_way(person: Participant, here: Place, there: Place, *, let_in: bool) -> Way | None:
    """The way from ``here`` to ``there``, if there is one; who is ``let_in`` needs nothing at the
    door. The weather is that of where it leads."""
    found = road(here, there)
    if found is None:
        return None
    factors: tuple[float, ...] = ()
    base = travel_cost(found.energy, factors, person.percent(Stat.TRAVEL_COST))
    required = [*requirements_of(found.needs)]
    if not let_in and there.code != here.parent:  # whoever is inside may always leave
        required += at_the_door(there)
    if not found.indoors:
        required += _across_borders(await Lands.of(here), await Lands.of(there))
    return Way(
        there,
        found,
        base,
        energy_cost(base, person.level, person.effects, person.at),
        travel_time(found.seconds, factors),
        tuple(dict.fromkeys(required)),
    )


def at_the_door(place: Place) -> list[Requirement]:
    """What whoever comes into a place must meet: that it is open, and what it asks for itself."""
    opens, closes = place.hours
    hours = [] if opens == closes else [Requirement(Kind.HOURS, value=Window(opens, closes))]
    return [*hours, *requirements_of(place.needs)]


def _across_borders(here: Lands, there: Lands) -> list[Requirement]:
    """What is asked on the borders of the region and the zone that ``there`` is in; within them,
    nothing is asked again."""
    found: list[Requirement] = []
    if there.region is not None and there.region != here.region:
        found += requirements_of(there.region.needs)
    if there.zone is not None and there.zone != here.zone:
        found += requirements_of(there.zone.needs)
    return found


def requirements_of(needs: Needs) -> list[Requirement]:
    """Requirements as content has them."""
    return [Requirement(**need) for need in needs]
