"""NPCs, for everybody above, read only: whose side they are on, and how they feel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from desperados.engine.storage.reads import Read
from desperados.npcs.documents import NPC


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
