"""NPCs, for everybody above, read only: whose side they are on, how they feel, whom they trust."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from desperados.engine.storage.reads import Read
from desperados.npcs.documents import NPC, NPCTrust
from desperados.world.places import is_open


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
class Present:
    """An NPC where it lives. ``asleep`` as its day has it; ``mood`` as it is stored."""

    id: str
    name: str
    asleep: bool
    mood: object = None


def people_at(location_id: ObjectId, hour: int, *, most: int = 20) -> Read[list[Present]]:
    """The NPCs whose place this is, at an hour of the game; those that are only fought are nobody
    to meet."""

    def present(rows: list[dict[str, Any]]) -> list[Present]:
        return [
            Present(
                row["_id"],
                str(row.get("name") or ""),
                _activity(row.get("schedule"), hour) == "sleeping",
                row.get("mood"),
            )
            for row in rows
        ]

    return Read(
        NPC,
        {"locationId": location_id, "kind": {"$ne": "combat"}},
        present,
        {"name": 1, "schedule": 1, "mood": 1},
        limit=most,
    )


def _activity(schedule: object, hour: int) -> str | None:
    """What somebody does at an hour; None where the schedule does not say it."""
    for part in schedule if isinstance(schedule, list) else []:
        start, end = part.get("hour"), part.get("endHour")
        if isinstance(start, int) and isinstance(end, int) and is_open(hour, start, end):
            return str(part.get("activity"))
    return None


def trust_of(character_id: ObjectId, npcs: Collection[str]) -> Read[Mapping[str, int]]:
    """How far each of ``npcs`` trusts a character, 0 to 100; who does not know it is left out."""
    return Read(
        NPCTrust,
        {"characterId": character_id, "npcId": {"$in": list(npcs)}},
        lambda rows: {row["npcId"]: int(row.get("trustLevel") or 0) for row in rows},
        {"npcId": 1, "trustLevel": 1},
        limit=max(1, len(npcs)),
    )
