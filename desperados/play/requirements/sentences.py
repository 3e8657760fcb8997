"""What a player is told of a requirement: one sentence, the same in a refusal and in a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from desperados.play.requirements.kinds import STANDINGS, Kind, Requirement, Window

Have = int | str | None

_WORD_OF_POINTS = {points: word for word, points in STANDINGS.items()}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LEAST_WORDED = STANDINGS["neutral"]


def in_words(code: str | None) -> str:
    """A code as words: ``town_square`` and ``red-gulch`` are read as they are spoken."""
    return (code or "").replace("_", " ").replace("-", " ").replace(":", " ")


def weekday(number: int) -> str:
    """The name of a day of the week; 1 is Monday."""
    return _WEEKDAYS[number - 1]


def sentence_of(requirement: Requirement, have: Have) -> str:
    """The sentence for a requirement that is unmet, with what the character has instead."""
    return _SENTENCES[requirement.kind](requirement, have)


def _measure(what: str) -> Callable[[Requirement, Have], str]:
    def sentence(need: Requirement, have: Have) -> str:
        return f"{what.format(in_words(need.target))} {need.number} is needed; you have {have}."

    return sentence


def _capitalised(need: Requirement, have: Have) -> str:
    name = in_words(need.target).capitalize()
    return f"{name} {need.number} is needed; you have {have}."


def _standing(need: Requirement, have: Have) -> str:
    word = _WORD_OF_POINTS.get(need.number) if need.number >= _LEAST_WORDED else None
    needed = f"{need.number} ({word})" if word else str(need.number)
    return f"A standing of {needed} with {in_words(need.target)} is needed; yours is {have}."


def _hours(need: Requirement, have: Have) -> str:
    window = need.value
    assert isinstance(window, Window)
    return f"Only from {window.opens}:00 to {window.closes}:00; it is past {have}:00."


def _wanted_max(need: Requirement, have: Have) -> str:
    if need.number == 0:
        return f"Only for those whom the law does not want; you are wanted at {have}."
    return f"Only for those wanted at {need.number} or less; you are wanted at {have}."


def _times(what: str) -> Callable[[Requirement, Have], str]:
    def sentence(need: Requirement, have: Have) -> str:
        return (
            f"{what.format(in_words(need.target))} {need.number} times is needed; so far: {have}."
        )

    return sentence


def _plain(what: str) -> Callable[[Requirement, Have], str]:
    def sentence(need: Requirement, _have: Have) -> str:
        return what.format(in_words(need.target))

    return sentence


_SENTENCES: Mapping[Kind, Callable[[Requirement, Have], str]] = {
    Kind.LEVEL: _measure("Level"),
    Kind.SKILL: _capitalised,
    Kind.POWER: lambda need, have: (
        f"A mean of {need.number} in the skills of {in_words(need.target)} is needed; "
        f"you have {have}."
    ),
    Kind.CRIMINAL_SKILL: _capitalised,
    Kind.CRIMINAL_REPUTATION: _measure("A criminal reputation of"),
    Kind.FACTION: _plain("Only for members of {}."),
    Kind.STANDING: _standing,
    Kind.MORAL: _measure("A moral reputation of"),
    Kind.WANTED_MAX: _wanted_max,
    Kind.WANTED_MIN: lambda need, have: (
        f"Only for those wanted at {need.number} or more; you are wanted at {have}."
    ),
    Kind.AT: _plain("Only at {}."),
    Kind.PLACE_TYPE: _plain("Only at a place of this sort: {}."),
    Kind.HOURS: _hours,
    Kind.PERIOD: _plain("Only at this time of the day: {}."),
    Kind.WEEKDAY: lambda need, _have: f"Only on a {weekday(need.number)}.",
    Kind.SEASON: _plain("Only in {}."),
    Kind.MOON: _plain("Only under this moon: {}."),
    Kind.WEATHER: _plain("Only in this weather: {}."),
    Kind.EVENT: _plain("Only while this goes on here: {}."),
    Kind.ITEM: lambda need, have: (
        f"You need {need.number} of {in_words(need.target)}; you carry {have}."
    ),
    Kind.QUEST_DONE: _plain("This quest must be done first: {}."),
    Kind.TALLY: _times("Having done this ({})"),
    Kind.VISITED: _times("Having been at {}"),
    # What else is hidden is not named.
    Kind.SECRET_KNOWN: lambda _need, _have: "There is something else to find out first.",
    Kind.ACHIEVEMENT: _plain("This achievement is needed: {}."),
    Kind.NPC_TRUST: lambda need, have: (
        f"{in_words(need.target).title()} must trust you at {need.number}; it is {have}."
    ),
    Kind.GANG_ROLE: _plain("Only for those who are in a gang, as {} or above."),
    Kind.HOLDS_ZONE: _plain("Only for those whose gang holds {}."),
}
