"""Standing: the points of a character with a faction. The reader for everybody above, and what
``play.settle`` writes when they move.

Who asks reads ``newest_standing`` only where ``Character.standings`` says nothing of the faction.
``StandingRows`` does so for those whose points move: its reads leave in company.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from desperados.characters.actor import Actor
from desperados.characters.changes import Change
from desperados.characters.effects import Stat
from desperados.characters.participant import Participant
from desperados.engine import dice
from desperados.engine.allowances import Limit, Usage, per_day, usage_of
from desperados.engine.staging import StagedInsert, StagedWrite
from desperados.engine.storage.reads import Read
from desperados.renown import rules
from desperados.renown.documents import ReputationEvent, ReputationHistory
from desperados.renown.rules import FACTIONS, MOST_GAINED_A_DAY, RIVALS, Move

_GAINED: Mapping[str, Limit] = {
    faction: per_day(f"standing_gained:{faction}", MOST_GAINED_A_DAY) for faction in FACTIONS
}


def newest_standing(character_id: ObjectId, faction: str) -> Read[object]:
    """The points (-100 to 100, if nobody else wrote them) with ``faction``, as the newest row of
    the history says them; None without any. For those whose ``Character.standings`` say nothing.
    """
    return Read(
        ReputationHistory,
        {"characterId": character_id, "factionId": faction},
        _points,
        {"reputation": 1},
        sort={"recordedAt": -1, "_id": -1},
    )


def _points(rows: list[dict[str, Any]]) -> object:
    return rows[0].get("reputation") if rows else None


@dataclass(frozen=True, slots=True)
class Moved:
    """What really came of it: ``moves`` of each faction that moved, and what is to be written."""

    change: Change
    moves: tuple[Move, ...]


class StandingRows:
    """What must be known to move the standing of ``person`` with ``factions``."""

    def __init__(self, person: Actor, factions: Mapping[str, int]) -> None:
        self._person = person
        named = {faction for faction, delta in factions.items() if delta}
        unknown = named - set(FACTIONS)
        if unknown:
            raise ValueError(f"There is no standing with {sorted(unknown)}.")
        touched = named | {RIVALS[faction] for faction in named if faction in RIVALS}
        self._factions = tuple(faction for faction in FACTIONS if faction in touched)
        self._history = {
            faction: newest_standing(person.id, faction)
            for faction in self._factions
            if faction not in person.standings
        }
        gains = [faction for faction in self._factions if factions.get(faction, 0) > 0]
        self._usage: Read[Usage] | None = None
        if gains:
            self._usage = usage_of(*((_GAINED[faction], person.id) for faction in gains))
        self._gains = tuple(gains)
        self._deltas = dict(factions)

    @property
    def reads(self) -> tuple[Read[Any], ...]:
        """To be sent before ``moved``."""
        usage = () if self._usage is None else (self._usage,)
        return (*self._history.values(), *usage)

    def moved(self, person: Participant, reason: str) -> Moved:
        """What comes of it for ``person``, as of its moment: the new points of the character, with
        a row that says what moved and one that says how it stands then, for each faction."""
        points = {
            faction: rules.points_of(
                person.standings.get(faction),
                self._history[faction].result if faction in self._history else None,
                own=faction == person.faction,
            )
            for faction in self._factions
        }
        usage = self._usage.result if self._usage is not None else None
        gained = {f: usage.before(_GAINED[f], person.id) for f in self._gains} if usage else {}
        found = rules.moves(
            points, self._deltas, gained, gain_percent=person.percent(Stat.STANDING_GAIN)
        )
        if not found:
            return Moved(Change(), ())
        writes: list[StagedWrite] = []
        for move in found:
            writes += _rows(person, move, reason)
        if usage is not None:
            for move in found:
                if move.change > 0:
                    usage.use(_GAINED[move.faction], person.id, move.change)
            writes += usage.writes()
        standings = {**person.standings, **{move.faction: move.after for move in found}}
        return Moved(Change({"standings": standings}, writes), tuple(found))


def _rows(person: Participant, move: Move, reason: str) -> list[StagedWrite]:
    about = {"characterId": person.id, "factionId": move.faction}
    event = {"_id": dice.new_id(), **about, "change": move.change, "reason": reason}
    history = {"_id": dice.new_id(), **about, "reputation": move.after, "recordedAt": person.at}
    return [
        StagedInsert(ReputationEvent.collection_name(), {**event, "occurredAt": person.at}),
        StagedInsert(ReputationHistory.collection_name(), history),
    ]
