"""Who has blocked whom, for everybody above, read only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from desperados.engine.storage.reads import Read
from desperados.social.documents import Friend, FriendStatus


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks between a character and some others: those it has made, and those against it."""

    made: frozenset[ObjectId]
    against: frozenset[ObjectId]


def blocks_between(character: ObjectId, others: Collection[ObjectId]) -> Read[Blocks]:
    """The blocks between a character and each of the others, either way."""
    named = list(others)
    return Read(
        Friend,
        {
            "$or": [
                {"requesterId": character, "requesteeId": {"$in": named}},
                {"requesterId": {"$in": named}, "requesteeId": character},
            ],
            "status": FriendStatus.BLOCKED.value,
        },
        lambda rows: _blocks(character, rows),
        {"requesterId": 1, "requesteeId": 1},
        limit=max(1, 2 * len(named)),
    )


def _blocks(character: ObjectId, rows: list[dict[str, Any]]) -> Blocks:
    return Blocks(
        frozenset(row["requesteeId"] for row in rows if row["requesterId"] == character),
        frozenset(row["requesterId"] for row in rows if row["requesterId"] != character),
    )
