"""Who belongs to which gang, for everybody above the accounts, read only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.engine.storage.reads import Read
from desperados.gangs.documents import GangMember, GangRole

ROLES = frozenset(role.value for role in GangRole)
"""The names of the ranks."""

# The roles are declared highest first.
_RANKS: Mapping[str, int] = {role.value: -place for place, role in enumerate(GangRole)}


@dataclass(frozen=True, slots=True)
class Membership:
    """What a character is in a gang, and since when."""

    gang_id: ObjectId
    role: GangRole
    since: datetime

    def ranks(self, role: str) -> bool:
        """Whether the member has this role (the value of a ``GangRole``), or a higher one."""
        return _RANKS[self.role] >= _RANKS[role]


def membership(character_id: ObjectId) -> Read[Membership | None]:
    """The membership of a character; None of whoever is in no gang.

    Nobody is in two gangs. Where another program left two rows, the younger one counts.
    """
    return Read(
        GangMember,
        {"characterId": character_id},
        _membership,
        {"gangId": 1, "role": 1, "joinedAt": 1},
        sort={"joinedAt": -1, "_id": -1},
    )


def _membership(rows: list[dict[str, Any]]) -> Membership | None:
    if not rows:
        return None
    row = rows[0]
    # Of a row without a date the id tells it, to the second.
    since = row.get("joinedAt") or row["_id"].generation_time
    return Membership(row["gangId"], GangRole(row["role"]), since)
