"""Whose a character is, and how what that question has read reaches who wants to know more.

The API asks whom a character belongs to together with who calls (``owned_by``), in one trip, and
keeps the row (``admit``). The first query of the same task that wants the character takes it
(``take_admitted``) and need not read it again. A command never does: inside a transaction only what
its own snapshot shows is true.

One thing is true in every snapshot: to whom a character belongs never changes. So what was once
read of that is kept (``keep_owner``, ``kept_owners``), and a command that must read of an account,
too, need not read the character first to know which.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

from bson import ObjectId

from desperados.characters.documents import Character
from desperados.characters.errors import CharacterNotFound
from desperados.characters.rules import ALIVE
from desperados.engine.game import current_game
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.reads import Read

Row = dict[str, Any]

MOST_OWNERS = 50_000  # that a process keeps, some ten megabytes

_admitted: ContextVar[Row | None] = ContextVar("desperados_admitted_character", default=None)


def owned_by(user: ObjectId, character: ObjectId, *, whole: bool) -> Read[Row | None]:
    """The row of a character, if it is the user's and was not deleted.

    ``whole`` reads all of it; otherwise it is only seen to be there.
    """
    return Read(
        Character,
        {"_id": character, "userId": user, **ALIVE},
        lambda rows: rows[0] if rows else None,
        fields=None if whole else {"_id": 1},
    )


def admit(row: Row) -> None:
    """Keep a whole row, which was found to be the caller's, for the query that comes."""
    _admitted.set(row)


def take_admitted(character: ObjectId) -> Character | None:
    """The character, if it is the one that was read when this task was admitted; once."""
    row = _admitted.get()
    if row is None or row["_id"] != character:
        return None
    _admitted.set(None)
    return Character.hydrate(row)


def keep_owner(character: ObjectId, user: ObjectId) -> None:
    """Keep that a character was read, and is this user's."""
    owners = current_game().owners
    if character not in owners and len(owners) >= MOST_OWNERS:
        del owners[next(iter(owners))]
    owners[character] = user


def kept_owners(characters: Iterable[ObjectId]) -> dict[ObjectId, ObjectId]:
    """The accounts to which these characters belong, of those that were read before.

    Whether a character is still there it does not say; and whoever has read the character compares,
    for another program may have written the database by hand.
    """
    owners = current_game().owners
    return {character: owners[character] for character in characters if character in owners}


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


async def owners_of(characters: Iterable[ObjectId]) -> list[ObjectId]:
    """The accounts to which these characters belong, those of deleted ones included."""
    ids = list(dict.fromkeys(characters))
    if not ids:
        return []
    rows = await find_all(
        Character.collection(), {"_id": {"$in": ids}}, projection={"userId": 1}, limit=len(ids)
    )
    return list(dict.fromkeys(row["userId"] for row in rows))
