"""Requirements as documents hold them: as lists of today, and in the shapes that came before.

Databases that another program wrote, and those that were seeded by an earlier version, say the
same in other words: ``{level: 10, skills: {tracking: 3}}``, ``{minLevel: 10}``, ``[{kind: time,
open: 22, close: 2}]``. They are read as they are; whoever seeds again has the new form.

What cannot be read is refused, and not passed over: a gate that nobody understands stays shut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from desperados.characters.rules import SkillGroup
from desperados.engine.errors import CorruptValue
from desperados.play.requirements.kinds import Kind, Requirement
from desperados.world.clock import HOURS_OF_DAY

SUITS: Mapping[str, SkillGroup] = {
    "clubs": SkillGroup.COMBAT,
    "spades": SkillGroup.CUNNING,
    "hearts": SkillGroup.SPIRIT,
    "diamonds": SkillGroup.CRAFT,
}
"""The group of skills that each suit of the deck stands for."""

_REQUIREMENT = TypeAdapter(Requirement)
_FORMER_KINDS: Mapping[str, Kind] = {
    "skill_level": Kind.SKILL,
    "faction_standing": Kind.STANDING,
    "quest_complete": Kind.QUEST_DONE,
    "item_owned": Kind.ITEM,
    "location_visit": Kind.VISITED,
    "time": Kind.HOURS,
}
Row = Mapping[str, Any]


def read_requirements(stored: object, *, suit: object = None) -> list[Requirement]:
    """The requirements in a stored value of any of the shapes; none where there is nothing.

    ``suit`` is that of the action: ``suitSkill`` means its group of skills.

    Raises:
        CorruptValue: the value has none of the shapes, or a part that nobody knows.
    """
    match stored:
        case None:
            return []
        case list():
            return [made for part in stored for made in _of_list(part)]
        case dict():
            return [made for name, value in stored.items() for made in _of_map(name, value, suit)]
    raise _corrupt(stored)


def quest_requirements(quest: Row) -> list[Requirement]:
    """What a stored ``Quest`` requires: its level, and the quests before it."""
    before = (Requirement(Kind.QUEST_DONE, code) for code in quest.get("prerequisites") or ())
    return [*_level(quest.get("level")), *before]


def item_requirements(item: Row) -> list[Requirement]:
    """What a stored ``Item`` requires of whoever uses it: its level."""
    return list(_level(item.get("levelRequired")))


def _of_list(part: object) -> Iterator[Requirement]:
    if not isinstance(part, dict):
        raise _corrupt(part)
    kind, values = part.get("kind"), dict(part)
    if isinstance(kind, str) and kind in _FORMER_KINDS:
        values["kind"] = _FORMER_KINDS[kind].value
    if kind == "time":
        hours = {name: values.pop(name, None) for name in ("open", "close")}
        yield from _hours(hours)
    else:
        yield _made(values)


def _of_map(name: str, value: Any, suit: object) -> Iterator[Requirement]:
    """What one field of a former map requires."""
    if name not in _FIELDS and name != "suitSkill":
        raise _corrupt({name: value})
    if value is None:
        return
    if name == "suitSkill":
        if not isinstance(suit, str) or suit not in SUITS:
            raise _corrupt({name: value})
        yield _made({"kind": Kind.POWER.value, "target": SUITS[suit].value, "value": value})
        return
    try:
        yield from _FIELDS[name](value)
    except (AttributeError, KeyError, TypeError) as error:
        raise _corrupt({name: value}) from error


def _level(value: Any) -> Iterator[Requirement]:
    """A level; everybody has the first, and a missing one asks for nothing."""
    if value is not None and value != 0:
        yield _made({"kind": Kind.LEVEL.value, "value": value})


def _each(kind: Kind) -> Callable[[Any], Iterable[Requirement]]:
    """A map of targets to values."""
    return lambda values: [
        _made({"kind": kind.value, "target": target, "value": value})
        for target, value in values.items()
    ]


def _value(kind: Kind) -> Callable[[Any], Iterable[Requirement]]:
    return lambda value: [_made({"kind": kind.value, "value": value})]


def _target(kind: Kind) -> Callable[[Any], Iterable[Requirement]]:
    return lambda target: [_made({"kind": kind.value, "target": target})]


def _hours(hours: Any) -> Iterator[Requirement]:
    """Hours of the game; the same twice meant always."""
    opens, closes = _whole(hours["open"]), _whole(hours["close"])
    if not (isinstance(opens, int) and isinstance(closes, int)) or (opens - closes) % HOURS_OF_DAY:
        yield _made({"kind": Kind.HOURS.value, "value": {"open": opens, "close": closes}})


def _items(items: Any) -> list[Requirement]:
    return [
        _made({"kind": Kind.ITEM.value, "target": part["itemId"], "value": part.get("quantity")})
        for part in items
    ]


def _gang(member: Any) -> list[Requirement]:
    return [Requirement(Kind.GANG_ROLE, "prospect")] if member else []


def _record(reputation: Any) -> list[Requirement]:
    """The reputation of a criminal; nobody has less than none."""
    return list(_value(Kind.CRIMINAL_REPUTATION)(reputation)) if reputation else []


_FIELDS: Mapping[str, Callable[[Any], Iterable[Requirement]]] = {
    "level": _level,
    "minLevel": _level,
    "skills": _each(Kind.SKILL),
    "skill": _each(Kind.SKILL),
    "crimeSkills": _each(Kind.CRIMINAL_SKILL),
    "standing": _each(Kind.STANDING),
    "hours": _hours,
    "maxWanted": lambda most: [] if most == 5 else _value(Kind.WANTED_MAX)(most),
    "minCriminalRep": _record,
    "faction": _target(Kind.FACTION),
    "secret": _target(Kind.SECRET_KNOWN),
    "items": _items,
    "gangMember": _gang,
}


def _made(values: dict[str, Any]) -> Requirement:
    if "value" in values:
        values["value"] = _whole(values["value"])
    try:
        return _REQUIREMENT.validate_python(values)
    except ValidationError as error:
        raise _corrupt(values) from error


def _whole(value: Any) -> Any:
    """JavaScript has one sort of numbers: a whole one may be stored as any."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _corrupt(found: object) -> CorruptValue:
    return CorruptValue(
        f"No requirement: {found!r:.200}. The content must be seeded again, or mended."
    )
