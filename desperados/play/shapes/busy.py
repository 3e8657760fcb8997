"""The busy slot of those who play: taken where a game begins, free where it ends.

A command that settles its players anyway takes and frees it there (``play.outcome.Share``).
"""

from __future__ import annotations

from bson import ObjectId

from desperados.characters.condition import Activity, Occupation
from desperados.characters.documents import Character
from desperados.characters.errors import CharacterBusy
from desperados.characters.rules import ALIVE
from desperados.engine import clock
from desperados.engine.staging import StagedUpdate
from desperados.engine.transactions import stage


def occupy(character_id: ObjectId, occupation: Occupation) -> None:
    """Stage that a character is busy with something.

    Outcomes: it is; not found, when it is busy with something else (``CharacterBusy``); a write
    conflict, when something else begins or ends at this moment (the transaction runs again).
    """
    free = [{"busy": None}, {"busy.until": {"$lte": clock.now()}}]
    fighting = occupation.activity is Activity.FIGHT
    stage(
        StagedUpdate(
            Character.collection_name(),
            {"_id": character_id, **ALIVE, "$or": free},
            {"$set": {"busy": occupation.stored(), "isInCombat": fighting}},
            otherwise=CharacterBusy(),
        )
    )


def release(character_id: ObjectId, what: ObjectId) -> None:
    """Stage that a character is busy with ``what`` no more; with anything else it stays.

    Outcomes: changed, or found as it shall be; the row of a character never goes.
    """
    over = {"$eq": ["$busy.id", what]}
    stage(
        StagedUpdate(
            Character.collection_name(),
            {"_id": character_id},
            [
                {
                    "$set": {
                        "busy": {"$cond": [over, None, "$busy"]},
                        "isInCombat": {"$cond": [over, False, "$isInCombat"]},
                    }
                }
            ],
            otherwise=CharacterBusy(),
        )
    )
