"""Conduct: what a character's deeds weigh. One writer, for ``play.settle``.

``rows = ConductRows([id])``, ``rows.reads`` leave with others, and ``rows.weighed(...)`` says what
came of the deeds and what is to be written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.characters.actor import Actor
from desperados.characters.changes import Change
from desperados.engine import clock, dice
from desperados.engine.errors import Contention
from desperados.engine.staging import StagedInsert, StagedUpdate, StagedWrite
from desperados.engine.storage.reads import Read
from desperados.renown.conduct_rules import Conduct, Repeated, Weighed, act, fade
from desperados.renown.conduct_table import Dimension
from desperados.renown.documents import CharacterKarma


@dataclass(frozen=True, slots=True)
class Deeds:
    """What really came of some deeds, and what is to be written."""

    change: Change
    weighed: tuple[Weighed, ...]
    conduct: Conduct


class ConductRows:
    """The conduct of one or two characters, as a read that may leave with others."""

    def __init__(self, ids: Sequence[ObjectId]) -> None:
        people = list(dict.fromkeys(ids))
        self._rows = Read(
            CharacterKarma,
            {"characterId": {"$in": people}},
            lambda rows: {row["characterId"]: row for row in rows},
            limit=len(people),
        )

    @property
    def reads(self) -> tuple[Read[Any], ...]:
        """To be sent before the others."""
        return (self._rows,)

    def of(self, character_id: ObjectId) -> Conduct:
        """The conduct of one of them, as stored."""
        return read_conduct(self._rows.result.get(character_id))

    def weighed(self, person: Actor, actions: Sequence[str], now: datetime) -> Deeds:
        """What ``actions`` of ``person`` make of its conduct, one after the other.

        Raises:
            ValueError: the table has no such deed.
        """
        conduct = self.of(person.id)
        weighed = []
        for action in actions:
            conduct, done = act(conduct, action, now, person.level)
            weighed.append(done)
        writes = () if not actions else (self._write(person.id, conduct, now),)
        return Deeds(Change({}, writes), tuple(weighed), conduct)

    def _write(self, character_id: ObjectId, conduct: Conduct, now: datetime) -> StagedWrite:
        row = self._rows.result.get(character_id)
        fields = _stored(conduct, now)
        dimensions = {d.value: conduct.dimensions.get(d, 0) for d in Dimension}
        if row is None:
            new = {"_id": dice.new_id(), "characterId": character_id, "dimensions": dimensions}
            return StagedInsert(CharacterKarma.collection_name(), {**new, **fields})
        # One by one, so that what another program weighs beside them stays.
        fields |= {f"dimensions.{name}": value for name, value in dimensions.items()}
        return StagedUpdate(
            CharacterKarma.collection_name(),
            {"_id": row["_id"]},
            {"$set": fields},
            otherwise=Contention(retry_after=1),
        )


def moral_reputation(character_id: ObjectId) -> Read[int]:
    """The moral score of a character now, -100 to 100; 0 of whoever has done nothing yet."""

    def score(rows: list[dict[str, Any]]) -> int:
        return int(fade(read_conduct(rows[0]), clock.now()).moral) if rows else 0

    return Read(CharacterKarma, {"characterId": character_id}, score)


def read_conduct(row: Mapping[str, Any] | None) -> Conduct:
    """The conduct in a stored row; without one, of somebody who has done nothing yet."""
    if row is None:
        return Conduct()
    dimensions = row.get("dimensions") or {}
    recent = row.get("recent") or {}
    return Conduct(
        {dimension: dimensions.get(dimension.value) or 0 for dimension in Dimension},
        row.get("moralReputation") or 0,
        row.get("moralAt") or row.get("updatedAt"),
        row.get("moralDay"),
        int(row.get("moralUsed") or 0),
        {name: Repeated(told["since"], int(told["times"])) for name, told in recent.items()},
    )


def _stored(conduct: Conduct, now: datetime) -> dict[str, Any]:
    return {
        "moralReputation": conduct.moral,
        "moralAt": conduct.moral_at,
        "moralDay": conduct.day,
        "moralUsed": conduct.used,
        "recent": {
            name: {"since": told.since, "times": told.times}
            for name, told in conduct.recent.items()
        },
        "updatedAt": now,
    }
