"""Which quests a character has done, for everybody above the accounts, read only."""

from __future__ import annotations

from collections.abc import Collection

from bson import ObjectId

from desperados.engine.storage.reads import Read
from desperados.quests.documents import CharacterQuest, CharacterQuestStatus


def completed_quests(character_id: ObjectId, quests: Collection[str]) -> Read[frozenset[str]]:
    """Those of ``quests`` that the character has completed."""
    return Read(
        CharacterQuest,
        {
            "characterId": character_id,
            "questId": {"$in": list(quests)},
            "status": CharacterQuestStatus.COMPLETED.value,
        },
        lambda rows: frozenset(row["questId"] for row in rows),
        {"questId": 1},
        limit=max(1, len(quests)),
    )
