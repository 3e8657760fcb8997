"""The rules of shooting: the chance to hit, a shot, scores, who goes on and who has won. Pure.

A shot follows from the seed of the contest, who fires it, the round and its number, and from
nothing that anybody chooses but the target: whoever knows the seed can fire it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from bson import ObjectId

from desperados.combat.shooting.targets import (
    BEYOND,
    MOVING,
    REACH,
    SIZES,
    Gun,
    GunKind,
    Target,
)
from desperados.engine.dice import Draws
from desperados.world.weather import Weather, WeatherKind

SKILL = "ranged_combat"
LOWEST, HIGHEST = 5, 95  # percent
BASE, PER_LEVEL, MOST_SKILL = 30, 60, 90  # percent; 0.6 of a percent for each level
TIRING, MOST_TIRED = 2, 20  # points for each shot before, in the round
MOST_WEATHER = 40
MOST_SHOOTOFFS = 3
SPARE = timedelta(minutes=2)
PATIENCE = 3
"""A round is open for so many times the seconds that its shots are meant to take, and SPARE."""

WEATHER_POINTS: Mapping[WeatherKind, int] = {
    WeatherKind.RAIN: 5,
    WeatherKind.THUNDERSTORM: 15,
    WeatherKind.DUST_STORM: 25,
    WeatherKind.SANDSTORM: 25,
    WeatherKind.THUNDERBIRD_STORM: 15,
    WeatherKind.REALITY_DISTORTION: 25,
}


def weather_penalty(weather: Weather, *, roofed: bool) -> int:
    """By how many points a weather lowers the chance to hit, 0 to 40: wind and wet, and a fifth of
    the percent that cannot be seen. Under a roof there is none."""
    if roofed:
        return 0
    unseen = max(0, round(100 * (1 - weather.factors.visibility)))
    return min(MOST_WEATHER, WEATHER_POINTS.get(weather.kind, 0) + unseen // 5)


def reach_penalty(kind: GunKind, feet: int) -> int:
    """What a distance takes of the chance to hit, 0 to -50."""
    return next((points for limit, points in REACH[kind] if feet <= limit), BEYOND)


def chance(level: int, gun: Gun, target: Target, *, weather: int, before: int) -> int:
    """The chance to hit in percent, 5 to 95, at a level of ``SKILL``, after ``before`` shots in the
    round, when the weather takes ``weather`` points."""
    points = (
        min(MOST_SKILL, BASE + PER_LEVEL * level // 100)
        + gun.accuracy
        + reach_penalty(gun.kind, target.feet)
        + SIZES[target.size]
        + MOVING[target.movement]
        - weather
        - min(MOST_TIRED, TIRING * before)
    )
    return max(LOWEST, min(HIGHEST, points))


class Zone(NamedTuple):
    """A part of a target: what percent of its points it is worth, and how many of 34 hits are
    there."""

    name: str
    percent: int
    weight: int


ZONES = (
    Zone("bullseye", 100, 4),
    Zone("inner", 75, 7),
    Zone("middle", 50, 10),
    Zone("outer", 25, 13),
)


@dataclass(frozen=True, slots=True)
class Shot:
    """What came of a shot."""

    roll: int
    hit: bool
    zone: str | None
    points: int
    milliseconds: int


def shoot(
    seed: str, shooter: ObjectId, round_: int, number: int, percent: int, target: Target, gun: Gun
) -> Shot:
    """The shot that a seed (hexadecimal digits) gives somebody."""
    name = f"{shooter}:{round_}:{number}".encode()
    draws = Draws(hashlib.sha256(bytes.fromhex(seed) + name).digest())
    roll = draws.randint(1, 100)
    (zone,) = draws.choices(ZONES, [zone.weight for zone in ZONES])
    hurry = draws.randint(90, 110)
    milliseconds = (1_000 + 2 * target.feet) * (100 - gun.speed) * hurry // 10_000
    if roll > percent:
        return Shot(roll, False, None, 0, milliseconds)
    return Shot(roll, True, zone.name, target.points * zone.percent // 100, milliseconds)


# Scores


class Scoring(StrEnum):
    """What a round is counted by."""

    POINTS = "points"
    ACCURACY = "accuracy"
    TIME = "time"


class Fired(NamedTuple):
    """What of a shot counts."""

    hit: bool
    points: int
    milliseconds: int


class Mark(NamedTuple):
    """How good somebody was in a round: the greater is better. Who has not fired has the least."""

    score: int
    hits: int
    haste: int  # less than 0: the mean time of a shot in milliseconds


NOTHING = Mark(0, 0, -(10**9))


def mark(shots: Sequence[Fired], most: int, scoring: Scoring) -> Mark:
    """How good these shots of a round of ``most`` were; those that were not fired missed."""
    if not shots:
        return NOTHING
    hits = sum(shot.hit for shot in shots)
    mean = sum(shot.milliseconds for shot in shots) // len(shots)
    match scoring:
        case Scoring.POINTS:
            points = sum(shot.points for shot in shots)
            score = points * (100 + bonus(shots, most, mean)) // 100
        case Scoring.ACCURACY:
            score = 1_000 * hits // most
        case Scoring.TIME:
            score = 10_000 * hits // max(1, mean)
    return Mark(score, hits, -mean)


def bonus(shots: Sequence[Fired], most: int, mean: int) -> int:
    """What is added to points, in percent, 100 at most: for a round without a miss, for three hits
    and more on end, and for who is quick."""
    flawless = 50 if sum(shot.hit for shot in shots) == most else 0
    longest = run = 0
    for shot in shots:
        run = run + 1 if shot.hit else 0
        longest = max(longest, run)
    streak = min(50, 10 * max(0, longest - 2))
    quick = 25 if mean < 2_000 else 10 if mean < 4_000 else 0
    return min(100, flawless + streak + quick)


def going_on(marks: Mapping[ObjectId, Mark], advance: int) -> list[ObjectId]:
    """Who goes on when ``advance`` may: the best, and whoever is as good as the last of them."""
    ordered = sorted(marks.values(), reverse=True)
    least = ordered[min(advance, len(ordered)) - 1]
    return [who for who, found in marks.items() if found >= least]


def are_to_shoot_off(marks: Mapping[ObjectId, Mark], shootoffs: int) -> list[ObjectId]:
    """Who is as good as any after the last round and shoots once more; nobody, if one has won, if
    nobody has hit anything, or after three times."""
    best = max(marks.values())
    equal = [who for who, found in marks.items() if found == best]
    return equal if len(equal) > 1 and best.score > 0 and shootoffs < MOST_SHOOTOFFS else []


def ranked(last: Iterable[tuple[ObjectId, int, Mark]]) -> list[tuple[ObjectId, ...]]:
    """The ranking, of everybody with its last round and how good it was in that. The equal share a
    place."""
    ordered = sorted(last, key=lambda one: one[1:], reverse=True)
    ranking: list[list[ObjectId]] = []
    before: tuple[int, Mark] | None = None
    for who, round_, found in ordered:
        if (round_, found) == before:
            ranking[-1].append(who)
        else:
            ranking.append([who])
        before = round_, found
    return [tuple(rank) for rank in ranking]


def window(shots: int, seconds: int) -> timedelta:
    """How long a round is open, when a shot is meant to take so many seconds."""
    return PATIENCE * shots * timedelta(seconds=seconds) + SPARE
