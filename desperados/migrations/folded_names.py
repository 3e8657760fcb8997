"""Names that another program wrote get their folded form, by which they are unique here.

Where two names differ only in case, the older document gets the folded form; the other keeps
working by its exact name and is counted as refused.
"""

from __future__ import annotations

from typing import Any

from desperados.accounts.names import fold
from desperados.characters.rules import fold_name
from desperados.ops.migrations import Change, Migration


def _fold_username(user: dict[str, Any]) -> Change | None:
    if "usernameFolded" in user or not isinstance(user.get("username"), str):
        return None
    return {"$set": {"usernameFolded": fold(user["username"])}}


def _fold_character(character: dict[str, Any]) -> Change | None:
    named = isinstance(character.get("name"), str)
    if "nameFolded" in character or character.get("deletedAt") or not named:
        return None
    return {"$set": {"nameFolded": fold_name(character["name"])}}


USER_NAMES = Migration(
    version=1,
    name="fold user names",
    collection="users",
    up=_fold_username,
    down=lambda _user: {"$unset": {"usernameFolded": ""}},
    unique="usernameFolded_1",
)
CHARACTER_NAMES = Migration(
    version=2,
    name="fold character names",
    collection="characters",
    up=_fold_character,
    down=lambda _character: {"$unset": {"nameFolded": ""}},
    unique="nameFolded_1",
)
