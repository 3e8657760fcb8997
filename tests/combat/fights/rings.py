"""Fights of the tests: people who draw, and whoever plays them to the end."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from desperados.characters.documents import Character
from desperados.combat.fights.documents import CombatEncounter
from desperados.combat.fights.engine.cards import promising
from desperados.combat.fights.service import FightMove, move, start_encounter
from desperados.combat.fights.views import FightView
from desperados.testing import World

TRAIL = "dusty-trail"  # where the coyote is


async def fighter(world: World, place: str = TRAIL, **fields: Any) -> ObjectId:
    """Somebody who stands where a fight is to be had; ``fields`` as they are stored."""
    who = await world.character(place=place)
    if fields:
        await Character.collection().update_one({"_id": who}, {"$set": fields})
    return who


async def drawn_against(world: World, npc: str = "coyote", **fields: Any) -> FightView:
    """A fight of somebody new."""
    return await start_encounter(await fighter(world, **fields), npc)


async def attack(fight: FightView) -> FightView:
    """The next round, played as well as the cards allow."""
    (who,) = fight.players
    hold = promising(fight.table["you"]["hand"])
    return await move(who, fight.id, FightMove.ATTACK, fight.version, hold)


async def fought(fight: FightView) -> FightView:
    """A fight played to its end."""
    while fight.status == "active":
        fight = await attack(fight)
    return fight


async def stored(fight: FightView) -> CombatEncounter:
    """A fight as it is stored."""
    found = await CombatEncounter.load_one({"_id": fight.id})
    assert found is not None
    return found


async def tilt(fight: FightView, *, health: int | None = None, foe: int | None = None) -> None:
    """Put health of the two sides where a test needs it."""
    changes: dict[str, int] = {}
    if health is not None:
        changes |= {"battle.members.0.health": health}
    if foe is not None:
        changes |= {"battle.foe.health": foe}
    await CombatEncounter.collection().update_one({"_id": fight.id}, {"$set": changes})
