"""NPCs, for everybody above, read only: whose side they are on, and how they feel."""

from __future__ import annotations

from dataclasses import dataclass

from desperados.npcs.documents import NPC


@dataclass(frozen=True, slots=True)
class Bearing:
    """What an NPC brings to a meeting, as it is stored: of another form than expected, it counts
    for nothing. ``mood`` is its name, or ``{value, intensity: 1-10, until}``."""

    faction: object = None
    mood: object = None


async def read_bearing(npc_id: str | None) -> Bearing:
    """The bearing of an NPC; that of nobody in particular where there is none."""
    if npc_id is None:
        return Bearing()
    npc = await NPC.collection().find_one({"_id": npc_id}, {"faction": 1, "mood": 1})
    return Bearing(npc.get("faction"), npc.get("mood")) if npc else Bearing()
