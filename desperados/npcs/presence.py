"""NPCs, for everybody above, read only: whose side they are on, how they feel, whom they trust."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from desperados.engine.storage.content import Content
from desperados.engine.storage.reads import Read
from desperados.npcs.documents import NPC, NPCTrust


@dataclass(frozen=True, slots=True)
class Bearing:
    """What an NPC brings to a meeting, as it is stored: of another form than expected, it counts
    for nothing. ``mood`` is its name, or ``{value, intensity: 1-10, until}``."""

    faction: object = None
    mood: object = None


def bearing(npc_id: str | None) -> Read[Bearing]:
    """The bearing of an NPC; that of nobody in particular where there is none."""
    return Read(NPC, {"_id": npc_id}, _bearing, {"faction": 1, "mood": 1})


def _bearing(rows: list[dict[str, Any]]) -> Bearing:
    return Bearing(rows[0].get("faction"), rows[0].get("mood")) if rows else Bearing()


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where an NPC is to be met; None: nowhere in particular."""

    code: str
    name: str
    location_id: ObjectId | None


async def whereabouts(npc_id: str) -> Whereabouts | None:
    """Where an NPC is to be met, if there is one of this code."""
    # A condition instead of a code would find anybody.
    return await _WHEREABOUTS.get(npc_id) if isinstance(npc_id, str) else None


_WHEREABOUTS = Content(
    NPC, "_id", lambda row: Whereabouts(row["_id"], row.get("name", ""), row.get("locationId"))
)


def trust_of(character_id: ObjectId, npcs: Collection[str]) -> Read[Mapping[str, int]]:
    """How far each of ``npcs`` trusts a character, 0 to 100; who does not know it is left out."""
    return Read(
        NPCTrust,
        {"characterId": character_id, "npcId": {"$in": list(npcs)}},
        lambda rows: {row["npcId"]: int(row.get("trustLevel") or 0) for row in rows},
        {"npcId": 1, "trustLevel": 1},
        limit=max(1, len(npcs)),
    )
