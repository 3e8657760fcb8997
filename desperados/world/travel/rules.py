"""The rules of travel: where one may go from where, what it costs, and what may happen on the way.
Pure functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from desperados.play.outcome import Outcome
from desperados.play.rewards import Reward
from desperados.world.places import Place

SAME_ZONE = 5
"""Energy to a place of the same zone that no road leads to."""
HUB_TO_HUB = 15
"""Energy from a hub to any other hub."""
MOST_FACTOR = 3.0
"""What weather, season and events multiply the cost of a road by, at most."""
MOST_DISCOUNT = -50
"""What effects (a mount) take off the cost, at most, in percent."""

NIGHT_HOURS = (22, 6)
AT_NIGHT = 1.5
OF_WANTED = 2
MOST_PERCENT = 50
SAFE_HUB = 3
"""On the way to hubs of this danger or less nothing happens."""

QUESTION_TIME = timedelta(minutes=30)
FLEE = "flee"


@dataclass(frozen=True, slots=True)
class Road:
    """A way from one place to another: its cost in energy before anything changes it, how long it
    takes, and what it requires (as stored). ``indoors`` is into a building, or out of it."""

    energy: int
    seconds: int = 0
    needs: Any = None
    indoors: bool = False


def road(here: Place, there: Place) -> Road | None:
    """The way from ``here`` to ``there``; None if there is none.

    Within a settlement, from the street into a building and back or from door to door, it is no
    journey. Else a road leads there, or one goes across country: from a place of a zone to every
    other one of it that lies open, and from hub to hub.
    """
    if here.settlement == there.settlement:
        return Road(0, indoors=True)
    if here.parent is not None or there.parent is not None:
        return None  # first to the street
    known = next((found for found in here.connections if found.target == there.code), None)
    if known is not None:
        return Road(known.energy, known.seconds, known.needs)
    if here.travel_zone is not None and here.travel_zone == there.travel_zone:
        return Road(SAME_ZONE)
    return Road(HUB_TO_HUB) if here.hub and there.hub else None


def travel_cost(base: int, factor: float, percent: int) -> int:
    """The energy of a road for a beginner: its base times ``factor`` (weather, season and events;
    at most 3), rounded up, and at most half of it less for ``percent`` of effects; 1 at least, and
    nothing where the way is no journey."""
    if base <= 0:
        return 0
    cost = math.ceil(round(base * min(MOST_FACTOR, factor), 6))
    return max(1, -(-cost * (100 + max(MOST_DISCOUNT, percent)) // 100))


def travel_time(seconds: int, factor: float) -> timedelta:
    """How long a road takes: its time times ``factor`` (at most 3), rounded up to a second."""
    return timedelta(seconds=math.ceil(round(seconds * min(MOST_FACTOR, factor), 6)))


def encounter_percent(
    there: Place, hour: int, wanted: int, factor: float = 1.0, percent: int = 0
) -> int:
    """How likely something happens on the way to a place: its danger, half as much again at night
    (22 to 6), and twice the wanted level; times ``factor`` (weather, season and events), and
    ``percent`` of effects. At most 50. Nothing ever happens on the way into a building, or to a hub
    that is safe.
    """
    if there.parent is not None or (there.hub and there.danger <= SAFE_HUB):
        return 0
    chance = there.danger * (AT_NIGHT if is_night(hour) else 1.0) + OF_WANTED * wanted
    chance *= factor * (100 + percent) / 100
    return max(0, min(MOST_PERCENT, math.floor(round(chance, 6))))


def is_night(hour: int) -> bool:
    """Whether an hour of the day is from 22 to 6."""
    dusk, dawn = NIGHT_HOURS
    return hour >= dusk or hour < dawn


def flee_percent(combat_level: int, danger: int) -> int:
    """How likely it is to get away from a fight: 50, two for each combat level, five less for each
    point of danger; 20 to 85."""
    return max(20, min(85, 50 + 2 * combat_level - 5 * danger))


def caught_damage(danger: int, share: int) -> int:
    """The health that it costs to be caught fleeing: five for each point of danger, of which 10 to
    30 percent (``share``) tell; 1 at least."""
    return max(1, danger * 5 * share // 100)


# Encounters


@dataclass(frozen=True, slots=True)
class WayOut:
    """One thing that can be done about an encounter. ``chance`` is in percent: where it fails,
    ``failure`` comes of it instead of ``success``. What it requires is as stored. ``fight`` is the
    code of whom it leads to a fight with."""

    code: str
    label: str
    success: Reward
    failure: Reward
    chance: int = 100
    needs: Any = None
    fight: str | None = None


@dataclass(frozen=True, slots=True)
class Meeting:
    """An encounter, as content: where, when and to whom it happens, and its ways out."""

    code: str
    name: str
    type: str
    danger: tuple[int, int]
    time: str
    levels: tuple[int, int]
    weight: int
    ways_out: tuple[WayOut, ...]

    def suits(self, danger: int, night: bool, level: int) -> bool:
        """Whether it may happen on a way of this danger, at this time, to somebody of ``level``."""
        return (
            self.danger[0] <= danger <= self.danger[1]
            and self.time in ("any", "night" if night else "day")
            and self.levels[0] <= level <= self.levels[1]
        )

    @property
    def safest(self) -> WayOut:
        """What is done for whoever does nothing: of what anybody can do without luck or a fight,
        what costs least."""
        open_to_all = [way for way in self.ways_out if not way.needs and way.fight is None]
        return min(open_to_all, key=lambda way: (way.chance < 100, _harm(way.success)))


def _harm(reward: Reward) -> int:
    """What an outcome costs, in points that can be compared with each other."""
    lost = losses(reward)
    return 100 * lost.wanted - lost.health - lost.dollars - lost.energy


def losses(reward: Reward) -> Outcome:
    """What an outcome is sure to cost, without what it gives."""
    dollars = reward.dollars if isinstance(reward.dollars, int) else 0
    return Outcome(
        health=min(0, reward.health),
        dollars=min(0, dollars),
        energy=min(0, reward.energy),
        wanted=max(0, reward.wanted),
    )


def draw(pool: Sequence[Meeting], roll: int) -> Meeting | None:
    """The encounter of a pool that ``roll`` (1 to the sum of their weights) falls upon; None of an
    empty one."""
    for meeting in pool:
        roll -= meeting.weight
        if roll <= 0:
            return meeting
    return None
