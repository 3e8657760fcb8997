"""The busy slot: what takes all of a character lies in its own document, one thing at a time.

Two things that begin at the same moment meet there, and one of them looks again.
"""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId

from desperados.characters.documents import Character
from desperados.characters.errors import CharacterBusy
from desperados.characters.rules import ALIVE
from desperados.engine import clock
from desperados.engine.staging import StagedUpdate
from desperados.engine.transactions import stage


def occupy(character_id: ObjectId, activity: str, what: ObjectId, until: datetime) -> None:
    """Stage that a character is busy with ``what``, until ``until`` at the latest.

    Outcomes: it is; not found, when it is busy with something else (``CharacterBusy``); a write
    conflict, when something else begins or ends at this moment (the transaction runs again).
    """
    stage(
        StagedUpdate(
            Character.collection_name(),
            {
                "_id": character_id,
                **ALIVE,
                "$or": [{"busy": None}, {"busy.until": {"$lte": clock.now()}}],
            },
            {"$set": {"busy": {"kind": activity, "id": what, "until": until}}},
            otherwise=CharacterBusy(),
        )
    )


def release(character_id: ObjectId, what: ObjectId) -> None:
    """Stage that a character is busy with ``what`` no more; with anything else it stays.

    Outcomes: changed, or found as it shall be; the row of a character never goes.
    """
    still_it = {"$eq": ["$busy.id", what]}
    stage(
        StagedUpdate(
            Character.collection_name(),
            {"_id": character_id},
            [{"$set": {"busy": {"$cond": [still_it, None, "$busy"]}}}],
            otherwise=CharacterBusy(),
        )
    )
