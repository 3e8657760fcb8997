"""The one writer of criminal records."""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId

from desperados.crime.documents import CriminalRecord
from desperados.crime.records import Record
from desperados.engine import dice
from desperados.engine.errors import Contention
from desperados.engine.staging import StagedUpdate
from desperados.engine.transactions import stage


def keep(character_id: ObjectId, record: Record, now: datetime) -> None:
    """Stage a record as it now is. What makes it also changes the character, so two at once meet
    there.

    Outcomes: changed, or made where there was none; a write conflict with another first one (the
    transaction runs again).
    """
    skills = {name: {"level": level, "xp": xp} for name, (level, xp) in record.skills.items()}
    stage(
        StagedUpdate(
            CriminalRecord.collection_name(),
            {"characterId": character_id},
            {
                "$set": {"skills": skills, "reputation": record.reputation, "updatedAt": now},
                "$setOnInsert": {"_id": dice.new_id()},
            },
            otherwise=Contention(retry_after=1),
            upsert=True,
        )
    )
