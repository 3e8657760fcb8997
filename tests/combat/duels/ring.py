"""Duelists, and the ways in which tests let them fight."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from desperados.characters.documents import Character
from desperados.combat.duels import (
    accept_duel,
    challenge_duel,
    play_duel,
    read_duel,
)
from desperados.combat.duels.documents import Duel, DuelSession
from desperados.combat.duels.views import DuelStateView
from desperados.engine import clock
from desperados.play.shapes.tables import GameView
from desperados.testing import World

SKILLED_XP = 4_000  # combat level 25


async def change(who: ObjectId, **fields: Any) -> None:
    """Change a character as it is stored."""
    await Character.collection().update_one({"_id": who}, {"$set": fields})


async def stored(who: ObjectId) -> dict[str, Any]:
    """A character as it is stored."""
    row: dict[str, Any] = await Character.collection().find_one({"_id": who})
    return row


async def dollars(who: ObjectId) -> int:
    """What somebody carries."""
    return int((await stored(who))["dollars"])


async def duelist(world: World, dollars: int = 1_900, **fields: Any) -> ObjectId:
    """Somebody who may fight for money: 2,000 dollars in all."""
    who = await world.character(dollars=dollars)
    await change(who, combatXp=SKILLED_XP, **fields)
    return who


async def two(world: World, **fields: Any) -> tuple[ObjectId, ObjectId]:
    """Two of them."""
    return await duelist(world, **fields), await duelist(world, **fields)


async def begun(jane: ObjectId, bill: ObjectId, **terms: Any) -> ObjectId:
    """A duel that was accepted."""
    duel = (await challenge_duel(jane, bill, **terms)).id
    await accept_duel(bill, duel)
    return duel


async def dealt(jane: ObjectId, bill: ObjectId, **terms: Any) -> ObjectId:
    """A duel in which the first hands are dealt."""
    duel = await begun(jane, bill, **terms)
    await play(jane, duel, "ready")
    return duel


async def look(who: ObjectId, duel: ObjectId) -> GameView:
    """The game as somebody sees it."""
    state: DuelStateView = await read_duel(who, duel)
    assert state.game is not None
    return state.game


async def play(who: ObjectId, duel: ObjectId, move: str, **about: Any) -> GameView:
    """A move upon what there is to see."""
    version = (await look(who, duel)).version
    return await play_duel(who, duel, move, version=version, **about)


async def won_by(winner: ObjectId, loser: ObjectId, **terms: Any) -> ObjectId:
    """A duel that ``winner``, who challenges, has won because the other gave up."""
    duel = await dealt(winner, loser, **terms)
    await play(loser, duel, "forfeit")
    return duel


async def row(duel: ObjectId) -> Duel:
    """A duel as it is stored."""
    found = await Duel.load_one({"_id": duel})
    assert found is not None
    return found


async def session(duel: ObjectId) -> DuelSession:
    """Its game as it is stored."""
    found = await DuelSession.load_one({"_id": duel})
    assert found is not None
    return found


def now() -> Any:
    """The time of the test."""
    return clock.now()
