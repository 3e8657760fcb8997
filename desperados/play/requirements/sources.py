"""What requirements must know beyond the character itself: one read for each thing to know.

A source is read once, for all the targets that requirements of its kinds name, and only if one
does. ``Needs`` gathers the reads, which then leave together with that of the character.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from enum import Enum
from typing import Any

from bson import ObjectId

from desperados.characters.documents import CharacterAchievement
from desperados.characters.tallies import tallies_of
from desperados.crime.records import criminal_record
from desperados.engine.storage.reads import Read
from desperados.gangs.membership import membership
from desperados.ledger.items.carried import pieces_in_pack, stacks_in_pack
from desperados.npcs.presence import trust_of
from desperados.play.requirements.kinds import Kind, Requirement
from desperados.quests.completed import completed_quests
from desperados.renown.conduct import moral_reputation
from desperados.renown.standing import newest_standing
from desperados.territory.land import holders_of
from desperados.world.ongoing import ongoing_of_types


class Source(Enum):
    """Something that is read for requirements."""

    MORAL = "moral"
    RECORD = "record"
    STACKS = "stacks"
    PIECES = "pieces"
    QUESTS = "quests"
    TALLIES = "tallies"
    ACHIEVEMENTS = "achievements"
    TRUST = "trust"
    MEMBERSHIP = "membership"
    LAND = "land"
    EVENTS = "events"


SOURCES: Mapping[Kind, tuple[Source, ...]] = {
    Kind.MORAL: (Source.MORAL,),
    Kind.CRIMINAL_SKILL: (Source.RECORD,),
    Kind.CRIMINAL_REPUTATION: (Source.RECORD,),
    Kind.ITEM: (Source.STACKS, Source.PIECES),
    Kind.QUEST_DONE: (Source.QUESTS,),
    Kind.TALLY: (Source.TALLIES,),
    Kind.VISITED: (Source.TALLIES,),
    Kind.SECRET_KNOWN: (Source.TALLIES,),
    Kind.ACHIEVEMENT: (Source.ACHIEVEMENTS,),
    Kind.NPC_TRUST: (Source.TRUST,),
    Kind.GANG_ROLE: (Source.MEMBERSHIP,),
    Kind.HOLDS_ZONE: (Source.LAND,),
    Kind.EVENT: (Source.EVENTS,),
}
"""What each kind reads. The others are answered by the character, its place and the clock."""


def _achievements(character_id: ObjectId, achievements: Collection[str]) -> Read[frozenset[str]]:
    """Those of ``achievements`` that the character has."""
    return Read(
        CharacterAchievement,
        {
            "characterId": character_id,
            "achievementId": {"$in": list(achievements)},
            "completed": True,
        },
        lambda rows: frozenset(row["achievementId"] for row in rows),
        {"achievementId": 1},
        limit=max(1, len(achievements)),
    )


_READERS: Mapping[Source, Callable[[ObjectId, Collection[str]], Read[Any]]] = {
    Source.MORAL: lambda character_id, _targets: moral_reputation(character_id),
    Source.RECORD: lambda character_id, _targets: criminal_record(character_id),
    Source.STACKS: stacks_in_pack,
    Source.PIECES: pieces_in_pack,
    Source.QUESTS: completed_quests,
    Source.TALLIES: lambda character_id, _targets: tallies_of(character_id),
    Source.ACHIEVEMENTS: _achievements,
    Source.TRUST: trust_of,
    Source.MEMBERSHIP: lambda character_id, _targets: membership(character_id),
    Source.LAND: lambda _character_id, targets: holders_of(targets),
    Source.EVENTS: lambda _character_id, targets: ongoing_of_types(targets),
}


class Needs:
    """What some requirements must know of a character: ``reads`` that may leave with others, and
    then what they found. Factions of ``standings`` are not asked for: the character knows them.
    ``weather`` says whether the weather at its place is needed."""

    def __init__(
        self,
        requirements: Iterable[Requirement],
        character_id: ObjectId,
        *,
        standings: Collection[str] = (),
    ) -> None:
        self._known = frozenset(standings)
        targets: dict[Source, dict[str, None]] = defaultdict(dict)
        factions: dict[str, None] = {}
        self.weather = False
        for requirement in requirements:
            self.weather |= requirement.kind is Kind.WEATHER
            if requirement.kind is Kind.STANDING and requirement.name not in self._known:
                factions[requirement.name] = None
            for source in SOURCES.get(requirement.kind, ()):
                targets[source][requirement.target or ""] = None
        self._found = {
            source: _READERS[source](character_id, tuple(names))
            for source, names in targets.items()
        }
        self._standings = {name: newest_standing(character_id, name) for name in factions}
        self.reads: tuple[Read[Any], ...] = (*self._found.values(), *self._standings.values())

    def of(self, source: Source) -> Any:
        """What was found. The requirements that are checked are those that were named."""
        assert source in self._found, f"{source.value} was not read: name the requirement before."
        return self._found[source].result

    def newest_standing(self, faction: str) -> object:
        """The points of the newest row of the history; None where there is none, and of factions
        whose points the character knows."""
        if faction in self._known:
            return None
        assert faction in self._standings, "It was not read: name the requirement before."
        return self._standings[faction].result
