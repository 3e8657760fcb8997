"""Whom one may fight, as content: by code, and by the place where they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bson import ObjectId

from desperados.combat.fights.errors import NotHostile, NpcNotFound
from desperados.combat.fights.rules import Npc
from desperados.engine.allowances import Limit
from desperados.engine.storage.content import Content
from desperados.npcs.documents import NPC
from desperados.play.rewards import read_reward

FIGHTER = "combat"
MOST_NPCS = 2_000
ONCE = timedelta(days=36_500)


async def find_npc(code: str) -> Npc:
    """The fighter of this code.

    Raises:
        NpcNotFound: there is nobody of this code.
        NotHostile: it is nobody whom one fights.
    """
    # A condition instead of a code would find anybody.
    found = await _NPCS.read([code]) if isinstance(code, str) else {}
    if not found:
        raise NpcNotFound(path="npc")
    npc = found[code]
    if npc is None:
        raise NotHostile(path="npc")
    return npc


async def npcs_at(place: ObjectId) -> list[Npc]:
    """The fighters at a place, the weakest first."""
    here = [npc for npc in await _NPCS.all(MOST_NPCS) if npc is not None and npc.place == place]
    return sorted(here, key=lambda npc: (npc.level, npc.code))


def limits_of(npc: Npc, whose: ObjectId) -> tuple[tuple[Limit, ObjectId], ...]:
    """Whoever felled somebody does not meet it again for a while, and has its trophy once."""
    return (
        (Limit(f"felled:{npc.code}", 1, npc.respawn), whose),
        (Limit(f"trophy:{npc.code}", 1, ONCE), whose),
    )


def _npc(row: Mapping[str, Any]) -> Npc | None:
    if row.get("kind") != FIGHTER:
        return None
    return Npc(
        code=row["_id"],
        name=row.get("name", ""),
        type=row.get("type", ""),
        place=row.get("locationId"),
        level=max(1, int(row.get("level") or 1)),
        health=max(1, int(row.get("hp") or 1)),
        difficulty=max(1, min(10, int(row.get("difficulty") or 1))),
        loot=read_reward(row.get("loot")),
        trophy=read_reward(row.get("trophy")),
        respawn=timedelta(minutes=int(row.get("respawnMinutes") or 5)),
    )


_NPCS = Content(NPC, "_id", _npc)
