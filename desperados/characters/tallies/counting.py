"""Moving tallies, and reading them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bson import ObjectId

from desperados.characters.tallies.counters import (
    BY_HAPPENING,
    COUNTERS,
    EACH_OF,
    EARNED,
    Counted,
    Way,
)
from desperados.characters.tallies.documents import Tally
from desperados.engine import dice
from desperados.engine.ambient import current_transaction
from desperados.engine.errors import Contention
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.storage.reads import Read, alone
from desperados.engine.transactions import stage

_ENCODED = str.maketrans({"%": "%25", ".": "%2E", "$": "%24", "\0": "%00"})


def stored_key(key: str) -> str:
    """The name of a tally as a field: MongoDB takes dots for paths and ``$`` for operators. Two
    tallies never have one field."""
    return key.translate(_ENCODED)


def new_tally(character: ObjectId) -> None:
    """Stage the tallies of a character that is made."""
    tally = Tally(character_id=character)
    stage(StagedInsert(Tally.collection_name(), tally.to_mongo()))


def move(
    character: ObjectId,
    happening: str,
    tags: Iterable[str],
    target: str | None,
    amount: int,
    rank: int,
    *,
    followed: bool,
) -> None:
    """Stage what a happening moves, if anything counts it or somebody follows it."""
    added: dict[str, int] = {}
    highest: dict[str, int] = {}
    members: dict[str, str] = {}
    given = frozenset(tags)
    for counted in BY_HAPPENING.get(happening, ()):
        if not counted.counts(given, target):
            continue
        key = stored_key(counted.key)
        if counted.way is Way.TIMES:
            added[f"counts.{key}"] = 1
        elif counted.way is Way.AMOUNT:
            added[f"counts.{key}"] = amount
        elif counted.way is Way.RANK:
            highest[f"counts.{key}"] = rank
        elif target is None:
            continue
        elif counted.way is Way.EACH:
            added[f"counts.{stored_key(counted.key_of(target))}"] = 1
        else:
            members[f"sets.{key}"] = target
    if followed:
        added["followed"] = 1  # they meet here, so they are dated in the order of their effects
    changes = {"$inc": added, "$max": highest, "$addToSet": members}
    _stage(character, {operator: change for operator, change in changes.items() if change})


def add_earned(character: ObjectId, dollars: int) -> None:
    """Stage dollars that a character has earned by what no happening tells the amount of."""
    _stage(character, {"$inc": {f"counts.{stored_key(EARNED)}": dollars}})


def _stage(character: ObjectId, change: dict[str, Any]) -> None:
    """Stage a change of the tallies of a character; those of one that is older than they are, are
    made by its first. What one command notes of several things leaves as one update.

    Outcomes: changed; made; a write conflict, when another has changed or made them since this
    transaction began, which then runs again.
    """
    if not change:
        return
    where = {"characterId": character}
    waiting = _waiting(where)
    if waiting is not None and isinstance(waiting.change, dict):
        _merge(waiting.change, change)
        return
    made = {"_id": dice.new_id(), **Tally.first_extras}
    stage(
        StagedUpdate(
            Tally.collection_name(),
            where,
            {
                **{operator: dict(fields) for operator, fields in change.items()},
                "$setOnInsert": made,
            },
            otherwise=Contention(retry_after=1),
            upsert=True,
        )
    )


def _waiting(where: dict[str, Any]) -> StagedUpdate | None:
    """The update of the same tallies that was staged before and has not left yet."""
    transaction = current_transaction()
    for write in transaction.staged if transaction is not None else ():
        if (
            isinstance(write, StagedUpdate)
            and write.collection == Tally.collection_name()
            and write.where == where
        ):
            return write
    return None


def _merge(into: dict[str, Any], change: dict[str, Any]) -> None:
    """Make one update of two: sums are added up, of two heights the greater counts, and sets take
    the members of both."""
    for operator, fields in change.items():
        known = into.setdefault(operator, {})
        for name, value in fields.items():
            if name not in known:
                known[name] = value
            elif operator == "$inc":
                known[name] += value
            elif operator == "$max":
                known[name] = max(known[name], value)
            else:
                known[name] = {"$each": [*_members(known[name]), *_members(value)]}


def _members(value: Any) -> list[Any]:
    return list(value["$each"]) if isinstance(value, dict) else [value]


class Tallies:
    """The tallies of a character, as they were read. What was never counted is 0."""

    def __init__(self, stored: Mapping[str, Any]) -> None:
        self._counts: Mapping[str, Any] = stored.get("counts") or {}
        self._sets: Mapping[str, Any] = stored.get("sets") or {}

    def count(self, counter: str) -> int:
        """How far a counter is: the sum of its tallies, the highest rank, or how many different
        things.

        Raises:
            KeyError: there is no such counter.
        """
        return sum(self._value(counted) for counted in COUNTERS[counter])

    def has(self, counter: str, code: str) -> bool:
        """Whether a thing ("kind:code") is among those of a counter of different things.

        Raises:
            KeyError: there is no such counter.
        """
        return any(code in self._members(counted) for counted in COUNTERS[counter])

    def times(self, counter: str, code: str) -> int:
        """How often a thing ("kind:code") was counted by a counter of each.

        Raises:
            KeyError: there is no such counter.
        """
        return int(self._counts.get(stored_key(EACH_OF[counter].key_of(code))) or 0)

    def _value(self, counted: Counted) -> int:
        if counted.way is Way.TARGETS:
            return len(self._members(counted))
        return int(self._counts.get(stored_key(counted.key)) or 0)

    def _members(self, counted: Counted) -> list[str]:
        members: list[str] = self._sets.get(stored_key(counted.key)) or []
        return members


def tallies_of(character: ObjectId) -> Read[Tallies]:
    """The tallies of a character, as a read that may leave with others."""
    return Read(Tally, {"characterId": character}, lambda rows: Tallies(rows[0] if rows else {}))


async def tally(character: ObjectId, counter: str) -> int:
    """How far a counter of a character is.

    Raises:
        KeyError: there is no such counter.
    """
    return (await alone(tallies_of(character))).count(counter)


async def has(character: ObjectId, counter: str, code: str) -> bool:
    """Whether a thing ("kind:code") is among those that a character's counter has counted.

    Raises:
        KeyError: there is no such counter.
    """
    return (await alone(tallies_of(character))).has(counter, code)


def progress(need: int, tally: int, baseline: int = 0) -> int:
    """How far a goal is that began when the tally stood at ``baseline``: 0 to ``need``."""
    return max(0, min(need, tally - baseline))
