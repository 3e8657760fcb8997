"""What a character has of what each kind asks for. Pure functions of a situation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from desperados.characters.actor import Actor
from desperados.characters.effects import Stat
from desperados.characters.rules import SkillGroup
from desperados.law.wanted import falling, wanted_of
from desperados.play.requirements.kinds import Kind, Requirement, Window
from desperados.play.requirements.sentences import Have
from desperados.play.requirements.situations import Situation
from desperados.play.requirements.sources import Source
from desperados.renown.rules import points_of
from desperados.world.clock import (
    DAYS_OF_MONTH,
    ERA,
    HOURS_OF_DAY,
    MONTHS_OF_YEAR,
    GameTime,
    game_time,
    in_hours,
    next_hour,
    next_hour_of_week,
)
from desperados.world.places import is_open

CONDITIONS: Mapping[Kind, Callable[[Actor], None]] = {
    Kind.ALIVE: Actor.must_be_alive,
    Kind.FREE: Actor.must_be_free,
    Kind.IDLE: Actor.must_be_idle,
}
"""Kinds that are a condition: the actor itself refuses them."""


def have(need: Requirement, situation: Situation) -> Have:
    """What the character has of it: a number, a word, or None where there is only yes or no."""
    return _HAVE[need.kind](need, situation) if need.kind in _HAVE else None


def is_met(need: Requirement, situation: Situation, having: Have) -> bool:
    """Whether that is enough. ``having`` is what ``have`` says."""
    return _MET.get(need.kind, _enough)(need, situation, having)


def ready_at(need: Requirement, situation: Situation) -> datetime | None:
    """When an unmet requirement is met next by the passing of time; None if by that alone never."""
    moment = situation.at
    match need.kind:
        case Kind.WANTED_MAX:
            person = situation.participant
            meter = wanted_of(person, moment)
            unseen = need.number + person.points(Stat.DISGUISE)
            return meter.reaches(unseen, moment, falling(person, meter.at))
        case Kind.HOURS:
            return next_hour(moment, _window(need).opens)
        case Kind.WEEKDAY:
            return next_hour_of_week(moment, (need.number - 1) * HOURS_OF_DAY)
        case Kind.PERIOD:
            return _next(in_hours(moment, 1), 1, lambda time: time.period == need.target)
        case Kind.SEASON:
            return _next(next_hour(moment, 0), 24, lambda time: time.season == need.target)
        case Kind.MOON:
            return _next(next_hour(moment, 0), 24, lambda time: time.moon == need.target)
    return None


def contradiction(needs: Iterable[Requirement]) -> str | None:
    """Why nobody can ever meet all of these at once; None if that is not so."""
    by_kind: dict[Kind, list[Requirement]] = defaultdict(list)
    for need in needs:
        by_kind[need.kind].append(need)
    for kind in _ONE_AT_A_TIME:
        if len({(need.target, need.value) for need in by_kind[kind]}) > 1:
            return f"nobody has two at once: {kind.value}"
    hours = (game_time(in_hours(ERA, hour)) for hour in range(HOURS_OF_DAY))
    if not any(_at_that_hour(time, by_kind) for time in hours):
        return "no hour of the day fits all hours and periods"
    return None


_ONE_AT_A_TIME = (Kind.FACTION, Kind.PLACE_TYPE, Kind.WEEKDAY, Kind.SEASON, Kind.MOON, Kind.WEATHER)


def _at_that_hour(time: GameTime, by_kind: Mapping[Kind, list[Requirement]]) -> bool:
    windows = (_window(need) for need in by_kind[Kind.HOURS])
    return all(is_open(time.hour, window.opens, window.closes) for window in windows) and all(
        time.period == need.target for need in by_kind[Kind.PERIOD]
    )


def _next(moment: datetime, hours: int, fits: Callable[[GameTime], bool]) -> datetime:
    """The first moment that fits, in steps of some hours; within a year there is one."""
    for step in range(DAYS_OF_MONTH * MONTHS_OF_YEAR + 1):
        if fits(game_time(candidate := in_hours(moment, step * hours))):
            return candidate
    raise AssertionError("A year has every period, moon and season.")


def _window(need: Requirement) -> Window:
    assert isinstance(need.value, Window)
    return need.value


# What the character has


def _standing(need: Requirement, situation: Situation) -> int:
    person, newest = situation.participant, situation.needs.newest_standing(need.name)
    cached = person.standings.get(need.name)
    return points_of(cached, newest, own=person.faction == need.name)


def _wanted(_need: Requirement, situation: Situation) -> int:
    """The level, which falls by itself."""
    return wanted_of(situation.participant, situation.at).value


def _wanted_shown(need: Requirement, situation: Situation) -> int:
    """What guards see of it: a disguise hides some."""
    return max(0, _wanted(need, situation) - situation.participant.points(Stat.DISGUISE))


def _weather(_need: Requirement, situation: Situation) -> Have:
    assert situation.needs.weather, "The weather was not read: name the requirement before."
    return situation.weather.kind.value if situation.weather is not None else None


def _pieces(need: Requirement, situation: Situation) -> int:
    return sum(
        situation.needs.of(source).get(need.name, 0) for source in (Source.STACKS, Source.PIECES)
    )


def _role(_need: Requirement, situation: Situation) -> Have:
    member = situation.needs.of(Source.MEMBERSHIP)
    return member.role.value if member is not None else None


_HAVE: Mapping[Kind, Callable[[Requirement, Situation], Have]] = {
    Kind.LEVEL: lambda _need, now: now.participant.level,
    Kind.SKILL: lambda need, now: now.participant.skill(need.name),
    Kind.POWER: lambda need, now: now.participant.power(SkillGroup(need.name)),
    Kind.CRIMINAL_SKILL: lambda need, now: int(now.needs.of(Source.RECORD).skill(need.name)),
    Kind.CRIMINAL_REPUTATION: lambda _need, now: int(now.needs.of(Source.RECORD).reputation),
    Kind.FACTION: lambda _need, now: now.participant.faction,
    Kind.STANDING: _standing,
    Kind.MORAL: lambda _need, now: int(now.needs.of(Source.MORAL)),
    Kind.WANTED_MAX: _wanted_shown,
    Kind.WANTED_MIN: _wanted,
    Kind.AT: lambda _need, now: now.place.code if now.place is not None else None,
    Kind.PLACE_TYPE: lambda _need, now: now.place.type if now.place is not None else None,
    Kind.HOURS: lambda _need, now: game_time(now.at).hour,
    Kind.PERIOD: lambda _need, now: game_time(now.at).period.value,
    Kind.WEEKDAY: lambda _need, now: game_time(now.at).weekday,
    Kind.SEASON: lambda _need, now: game_time(now.at).season.value,
    Kind.MOON: lambda _need, now: game_time(now.at).moon.value,
    Kind.WEATHER: _weather,
    Kind.ITEM: _pieces,
    Kind.TALLY: lambda need, now: int(now.needs.of(Source.TALLIES).count(need.name)),
    Kind.VISITED: lambda need, now: int(
        now.needs.of(Source.TALLIES).times("visits", f"location:{need.name}")
    ),
    Kind.NPC_TRUST: lambda need, now: int(now.needs.of(Source.TRUST).get(need.name, 0)),
    Kind.GANG_ROLE: _role,
}


# Whether it is enough


def _enough(need: Requirement, _situation: Situation, having: Have) -> bool:
    return isinstance(having, int) and having >= need.number


def _same(need: Requirement, _situation: Situation, having: Have) -> bool:
    return having == need.target


def _there(need: Requirement, situation: Situation, _having: Have) -> bool:
    """At the place, or in a building of the settlement that it is."""
    place = situation.place
    return place is not None and need.name in (place.code, place.parent)


def _ranks(need: Requirement, situation: Situation, _having: Have) -> bool:
    member = situation.needs.of(Source.MEMBERSHIP)
    return member is not None and member.ranks(need.name)


def _holds(need: Requirement, situation: Situation, _having: Have) -> bool:
    gang = situation.participant.gang_id
    return gang is not None and situation.needs.of(Source.LAND).get(need.name) == gang


def _is_on(need: Requirement, situation: Situation, _having: Have) -> bool:
    return any(
        event.type == need.name and event.concerns(situation.place)
        for event in situation.needs.of(Source.EVENTS)
    )


_MET: Mapping[Kind, Callable[[Requirement, Situation, Have], bool]] = {
    Kind.FACTION: _same,
    Kind.WANTED_MAX: lambda need, _now, having: isinstance(having, int) and having <= need.number,
    Kind.AT: _there,
    Kind.PLACE_TYPE: _same,
    Kind.HOURS: lambda need, now, _having: is_open(
        game_time(now.at).hour, _window(need).opens, _window(need).closes
    ),
    Kind.PERIOD: _same,
    Kind.WEEKDAY: lambda need, _now, having: having == need.number,
    Kind.SEASON: _same,
    Kind.MOON: _same,
    Kind.WEATHER: _same,
    Kind.EVENT: _is_on,
    Kind.QUEST_DONE: lambda need, now, _having: need.name in now.needs.of(Source.QUESTS),
    Kind.SECRET_KNOWN: lambda need, now, _having: now.needs.of(Source.TALLIES).has(
        "secret_found", f"secret:{need.name}"
    ),
    Kind.ACHIEVEMENT: lambda need, now, _having: need.name in now.needs.of(Source.ACHIEVEMENTS),
    Kind.GANG_ROLE: _ranks,
    Kind.HOLDS_ZONE: _holds,
}
