"""Checks requirements: the first unmet one as its own error, or all unmet ones for display."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desperados.characters.errors import CharacterUnavailable
from desperados.characters.participant import Participant
from desperados.engine.errors import GameError
from desperados.play.requirements.errors import ERRORS
from desperados.play.requirements.kinds import Kind, Requirement, Window
from desperados.play.requirements.rules import CONDITIONS, have, is_met, ready_at
from desperados.play.requirements.sentences import Have, sentence_of
from desperados.play.requirements.situations import Situation, situation_of

Shown = int | Window | None


@dataclass(frozen=True, slots=True)
class Unmet:
    """A requirement that a character does not meet, for display.

    ``have`` is what it has instead, ``sentence`` what it is told, and ``ready_at`` when time alone
    mends it. ``error`` is what a command that requires it raises.
    """

    kind: Kind
    target: str | None
    value: Shown
    have: Have
    sentence: str
    ready_at: datetime | None
    error: GameError


def unmet(situation: Situation, requirements: Iterable[Requirement]) -> list[Unmet]:
    """The requirements that are not met, in their order. They were named when the situation was
    loaded."""
    return list(_unmet(situation, requirements))


def check(situation: Situation, requirements: Iterable[Requirement]) -> None:
    """Refuse whoever does not meet all requirements. They were named when the situation was loaded.

    Raises:
        RequirementUnmet: the error of the first one that is not met.
        CharacterUnavailable: that one is a condition of the character.
    """
    for first in _unmet(situation, requirements):
        raise first.error


async def require(participant: Participant, requirements: Sequence[Requirement]) -> Situation:
    """Refuse a character that does not meet all requirements. What they must know beyond the
    character is read in one round trip; its situation is returned, for whoever decides by it.

    Raises:
        RequirementUnmet: the error of the first one that is not met.
        CharacterUnavailable: that one is a condition of the character.
    """
    situation = await situation_of(participant, requirements)
    check(situation, requirements)
    return situation


def _unmet(situation: Situation, requirements: Iterable[Requirement]) -> Iterator[Unmet]:
    for need in requirements:
        found = _condition(situation, need) if need.kind in CONDITIONS else _judged(situation, need)
        if found is not None:
            yield found


def _condition(situation: Situation, need: Requirement) -> Unmet | None:
    try:
        CONDITIONS[need.kind](situation.participant)
    except CharacterUnavailable as error:
        until = error.facts.get("until")
        ready = None if until is None else datetime.fromisoformat(until)
        state = error.facts["state"]
        return Unmet(need.kind, None, None, state, error.message, ready, error)
    return None


def _judged(situation: Situation, need: Requirement) -> Unmet | None:
    having = have(need, situation)
    if is_met(need, situation, having):
        return None
    sentence = sentence_of(need, having)
    ready = ready_at(need, situation)
    # What a secret asks for may be another one: that is not named.
    target = None if need.kind is Kind.SECRET_KNOWN else need.target
    facts: dict[str, Any] = {"requirement": need.kind.value}
    if target is not None:
        facts["target"] = target
    if need.value is not None:
        facts["needed"] = need.stored()["value"]
    kind_of_error = ERRORS[need.kind]
    if having is not None:
        facts[kind_of_error.measured] = having
    if ready is not None:
        facts["ready_at"] = ready.isoformat()
        facts["retry_after"] = max(1, math.ceil((ready - situation.at).total_seconds()))
    error = kind_of_error(sentence, **facts)
    return Unmet(need.kind, target, need.value, having, sentence, ready, error)
