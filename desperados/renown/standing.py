"""Standing, for everybody above, read only: the points of a character with a faction."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from desperados.engine.storage.reads import Read
from desperados.renown.documents import ReputationHistory


def newest_standing(character_id: ObjectId, faction: str) -> Read[object]:
    """The points (-100 to 100, if nobody else wrote them) with ``faction``, as the newest row of
    the history says them; None without any. For those whose ``Character.standings`` say nothing.
    """
    return Read(
        ReputationHistory,
        {"characterId": character_id, "factionId": faction},
        _points,
        {"reputation": 1},
        sort={"recordedAt": -1, "_id": -1},
    )


def _points(rows: list[dict[str, Any]]) -> object:
    return rows[0].get("reputation") if rows else None
