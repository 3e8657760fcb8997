"""Requirements as content and code name them: what each kind asks for, and what it needs to say so.

A kind that names a thing has a ``target``; one that measures has a ``value``. Both are checked when
a requirement is made, in code and in a seed file alike, so that a wrong one is found where it is
written and not where somebody plays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import ConfigDict, model_validator
from pydantic.dataclasses import dataclass as content_dataclass

from desperados.characters.rules import SKILLS, SkillGroup
from desperados.characters.tallies.counters import COUNTERS
from desperados.crime.records import SKILLS as SKILLS_OF_CRIME
from desperados.engine.manifest.content import Tagged
from desperados.gangs.membership import ROLES
from desperados.renown.rules import FACTIONS, WORDS
from desperados.vocabulary import LOCATION_TYPES
from desperados.world.clock import HOURS_OF_DAY, Moon, Period, Season
from desperados.world.weather import WeatherKind

STANDINGS: Mapping[str, int] = {word.value: points for points, word, _ in WORDS}
"""The words for a standing, and from how many points on each holds."""

CRIMINAL_SKILLS = frozenset(SKILLS_OF_CRIME)

_WORD = re.compile(r"[a-z][a-z0-9_]*")
_LONGEST = 100

EVENTS = "events"
"""What is named by any word: the types of events are no content."""


class Kind(StrEnum):
    """What a requirement asks for."""

    ALIVE = "alive"
    FREE = "free"
    IDLE = "idle"
    LEVEL = "level"
    SKILL = "skill"
    POWER = "power"
    CRIMINAL_SKILL = "criminal_skill"
    CRIMINAL_REPUTATION = "criminal_reputation"
    FACTION = "faction"
    STANDING = "standing"
    MORAL = "moral"
    WANTED_MAX = "wanted_max"
    WANTED_MIN = "wanted_min"
    AT = "at"
    PLACE_TYPE = "place_type"
    HOURS = "hours"
    PERIOD = "period"
    WEEKDAY = "weekday"
    SEASON = "season"
    MOON = "moon"
    WEATHER = "weather"
    EVENT = "event"
    ITEM = "item"
    QUEST_DONE = "quest_done"
    TALLY = "tally"
    VISITED = "visited"
    SECRET_KNOWN = "secret_known"  # noqa: S105 - no password
    ACHIEVEMENT = "achievement"
    NPC_TRUST = "npc_trust"
    GANG_ROLE = "gang_role"
    HOLDS_ZONE = "holds_zone"


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of the game, from ``opens`` (0 to 23) until before ``closes``, round midnight too."""

    opens: int
    closes: int


Value = int | Window


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a kind takes. ``target`` says what it names: a kind of content, or what is one of
    ``words``; None if it names nothing. ``value`` reads the value, or refuses it."""

    target: str | None = None
    value: Callable[[Any], Value] | None = None
    default: int | None = None
    words: frozenset[str] | None = None


def _within(low: int, high: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise ValueError(f"the value is a whole number from {low} to {high}")
        return value

    return read


def _points(value: Any) -> int:
    if isinstance(value, str) and value in STANDINGS:
        return STANDINGS[value]
    if type(value) is not int or not -100 <= value <= 100:
        words = ", ".join(STANDINGS)
        raise ValueError(f"the value is a whole number from -100 to 100, or one of {words}")
    return value


def _window(value: Any) -> Window:
    if isinstance(value, Window):
        value = {"open": value.opens, "close": value.closes}
    if not isinstance(value, dict) or set(value) != {"open", "close"}:
        raise ValueError("the value has two fields, open and close")
    opens, closes = value["open"], value["close"]
    if any(type(hour) is not int or not 0 <= hour <= HOURS_OF_DAY for hour in (opens, closes)):
        raise ValueError(f"open and close are whole hours from 0 to {HOURS_OF_DAY}")
    if opens % HOURS_OF_DAY == closes % HOURS_OF_DAY:
        raise ValueError("open and close are the same hour: that is always, and requires nothing")
    return Window(opens % HOURS_OF_DAY, closes)


_COUNT = _within(1, 1_000_000_000)
_SKILLS = frozenset(skill for group in SKILLS.values() for skill in group)
_FACTIONS = frozenset(FACTIONS)

MEANINGS: Mapping[Kind, Meaning] = {
    Kind.ALIVE: Meaning(),
    Kind.FREE: Meaning(),
    Kind.IDLE: Meaning(),
    Kind.LEVEL: Meaning(value=_within(1, 50)),
    Kind.SKILL: Meaning("skills", _within(1, 99), words=_SKILLS),
    Kind.POWER: Meaning("skill groups", _within(1, 99), words=frozenset(SkillGroup)),
    Kind.CRIMINAL_SKILL: Meaning("criminal skills", _within(1, 50), words=CRIMINAL_SKILLS),
    Kind.CRIMINAL_REPUTATION: Meaning(value=_within(1, 100)),
    Kind.FACTION: Meaning("factions", words=_FACTIONS),
    Kind.STANDING: Meaning("factions", _points, words=_FACTIONS),
    Kind.MORAL: Meaning(value=_within(-100, 100)),
    Kind.WANTED_MAX: Meaning(value=_within(0, 4)),
    Kind.WANTED_MIN: Meaning(value=_within(1, 5)),
    Kind.AT: Meaning("locations"),
    Kind.PLACE_TYPE: Meaning("types of locations", words=LOCATION_TYPES),
    Kind.HOURS: Meaning(value=_window),
    Kind.PERIOD: Meaning("periods", words=frozenset(Period)),
    Kind.WEEKDAY: Meaning(value=_within(1, 7)),
    Kind.SEASON: Meaning("seasons", words=frozenset(Season)),
    Kind.MOON: Meaning("moons", words=frozenset(Moon)),
    Kind.WEATHER: Meaning("kinds of weather", words=frozenset(WeatherKind)),
    Kind.EVENT: Meaning(EVENTS),
    Kind.ITEM: Meaning("items", _within(1, 100), default=1),
    Kind.QUEST_DONE: Meaning("quests"),
    Kind.TALLY: Meaning("counters", _COUNT, default=1, words=frozenset(COUNTERS)),
    Kind.VISITED: Meaning("locations", _COUNT, default=1),
    Kind.SECRET_KNOWN: Meaning("secrets"),
    Kind.ACHIEVEMENT: Meaning("achievements"),
    Kind.NPC_TRUST: Meaning("npcs", _within(1, 100)),
    Kind.GANG_ROLE: Meaning("roles of a gang", words=ROLES),
    Kind.HOLDS_ZONE: Meaning("territory_zones"),
}


@content_dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Requirement:
    """Something that a character needs: ``Requirement(Kind.SKILL, "tracking", 10)``.

    In content it is ``{kind: skill, target: tracking, value: 10}``. ``value`` is as ``MEANINGS``
    reads it: the points of a standing, the window of hours, the default where none was given.

    Raises (when it is made):
        ValueError: the kind takes another target or value.
    """

    kind: Kind
    target: str | None = None
    value: Any = None

    @model_validator(mode="after")
    def _means_something(self) -> Requirement:
        meaning = MEANINGS[self.kind]
        _check_target(self.kind, meaning, self.target)
        object.__setattr__(self, "value", _value(self.kind, meaning, self.value))
        return self

    @property
    def number(self) -> int:
        """The value of a kind that measures."""
        assert isinstance(self.value, int)
        return self.value

    @property
    def name(self) -> str:
        """The target of a kind that names something."""
        assert self.target is not None
        return self.target

    def stored(self) -> dict[str, Any]:
        """As content stores it."""
        value = self.value
        if isinstance(value, Window):
            value = {"open": value.opens, "close": value.closes}
        parts = {"kind": self.kind.value, "target": self.target, "value": value}
        return {name: part for name, part in parts.items() if part is not None}


def _check_target(kind: Kind, meaning: Meaning, target: str | None) -> None:
    if meaning.target is None:
        if target is not None:
            raise ValueError(f"{kind.value} takes no target")
    elif not target:
        raise ValueError(f"{kind.value} needs a target")
    elif meaning.words is not None and target not in meaning.words:
        raise ValueError(f"{kind.value}: no entry {target!r} in {meaning.target}")
    elif meaning.target == EVENTS and not (len(target) <= _LONGEST and _WORD.fullmatch(target)):
        raise ValueError(f"{target!r} is no name: small letters, digits and underscores")


def _value(kind: Kind, meaning: Meaning, value: Any) -> Value | None:
    if meaning.value is None:
        if value is not None:
            raise ValueError(f"{kind.value} takes no value")
        return None
    if value is None:
        if meaning.default is None:
            raise ValueError(f"{kind.value} needs a value")
        return meaning.default
    try:
        return meaning.value(value)
    except ValueError as error:
        raise ValueError(f"{kind.value}: {error}") from None


def targets_at(path: str) -> Tagged:
    """The link of content that has requirements at ``path`` (``requirements[]``): each target that
    is content is there. Words are checked where a requirement is made."""
    known = {
        kind.value: meaning.target
        for kind, meaning in MEANINGS.items()
        if meaning.target not in (None, EVENTS) and meaning.words is None
    }
    return Tagged(path, "kind", "target", known)
