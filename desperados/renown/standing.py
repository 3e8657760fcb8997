"""Standing, for everybody above, read only: the points of a character with a faction."""

from __future__ import annotations

from collections.abc import Mapping

from bson import ObjectId

from desperados.renown.documents import ReputationHistory


async def read_standing(
    character_id: ObjectId, faction: str, kept: Mapping[str, object] | None
) -> object:
    """The points (-100 to 100, if nobody else wrote them) with ``faction``; None without any.

    ``kept`` is ``Character.standings``; where they are not kept there, the newest row of the
    history says them.
    """
    if isinstance(kept, dict) and faction in kept:
        return kept[faction]
    newest = await ReputationHistory.collection().find_one(
        {"characterId": character_id, "factionId": faction},
        {"reputation": 1},
        sort=[("recordedAt", -1), ("_id", -1)],
    )
    return (newest or {}).get("reputation")
