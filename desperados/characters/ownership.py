"""Whose a character is, and how what that question has read reaches who wants to know more.

The API asks whom a character belongs to together with who calls (``owned_by``), in one trip, and
keeps the row (``admit``). The first query of the same task that wants the character takes it
(``take_admitted``) and need not read it again. A command never does: inside a transaction only what
its own snapshot shows is true.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

from bson import ObjectId

from desperados.characters.documents import Character
from desperados.characters.errors import CharacterNotFound
from desperados.characters.rules import ALIVE

Row = dict[str, Any]

OWNED = "owned"  # the field in which ``owned_by`` brings the character

_admitted: ContextVar[Row | None] = ContextVar("desperados_admitted_character", default=None)


def owned_by(user: ObjectId, character: ObjectId, *, whole: bool) -> Row:
    """The stage that adds a character to the row of its user, if it is his and was not deleted.

    ``whole`` brings all of it; otherwise it is only seen to be there.
    """
    pipeline: list[Row] = [{"$match": {"_id": character, "userId": user, **ALIVE}}]
    if not whole:
        pipeline.append({"$project": {"_id": 1}})
    return {"$lookup": {"from": Character.collection_name(), "pipeline": pipeline, "as": OWNED}}


def admit(found: Sequence[Row], *, whole: bool) -> None:
    """Take note of what ``owned_by`` brought.

    Raises:
        CharacterNotFound: it does not exist, was deleted, or is not the user's.
    """
    if not found:
        raise CharacterNotFound
    _admitted.set(found[0] if whole else None)


def take_admitted(character: ObjectId) -> Character | None:
    """The character, if it is the one that was read when this task was admitted; once."""
    row = _admitted.get()
    if row is None or row["_id"] != character:
        return None
    _admitted.set(None)
    return Character.hydrate(row)


async def require_owned(user: ObjectId, character: ObjectId, *, deleted: bool = False) -> None:
    """Refuse a character of somebody else exactly as one that does not exist.

    Raises:
        CharacterNotFound: it does not exist, is not the user's, or was deleted (and not
            ``deleted``).
    """
    there = {} if deleted else ALIVE
    where = {"_id": character, "userId": user, **there}
    if await Character.collection().find_one(where, {"_id": 1}) is None:
        raise CharacterNotFound
