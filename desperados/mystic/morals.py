"""What a character's deeds weigh, for everybody above the accounts, read only."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from desperados.engine.storage.reads import Read
from desperados.renown.documents import CharacterKarma


def moral_reputation(character_id: ObjectId) -> Read[int]:
    """The moral reputation of a character, -100 to 100; 0 of whoever has done nothing yet."""
    return Read(CharacterKarma, {"characterId": character_id}, _points, {"moralReputation": 1})


def _points(rows: list[dict[str, Any]]) -> int:
    return int(rows[0].get("moralReputation") or 0) if rows else 0
