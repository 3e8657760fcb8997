"""Fights against the people of the land: how they begin, and their moves."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from bson import ObjectId
from pydantic import Field

from desperados.characters.participant import participant_of
from desperados.combat.fights import rules
from desperados.combat.fights.engine.setup import MOST_CARDS
from desperados.combat.fights.errors import NotBackYet, NotHere, TooStrong
from desperados.combat.fights.npcs import find_npc, limits_of
from desperados.combat.fights.opening import open_against
from desperados.combat.fights.playing import FIGHTS
from desperados.combat.fights.remedies import pay, use_remedy
from desperados.combat.fights.views import FightView, fight_view
from desperados.engine import clock
from desperados.engine.allowances import usage_of
from desperados.engine.commands import command
from desperados.engine.storage.reads import together
from desperados.play.outcome import Cost, Deed, Share
from desperados.play.settle import settle
from desperados.play.shapes import games

FIGHT = Deed(name="fight")
FLEEING = 5  # energy

NpcCode = Annotated[str, Field(min_length=1, max_length=100, examples=["coyote"])]
ItemCode = Annotated[str, Field(min_length=1, max_length=100, examples=["bandages"])]
Place = Annotated[int, Field(ge=0, lt=MOST_CARDS, examples=[0])]
Hold = Annotated[list[Place], Field(max_length=MOST_CARDS, examples=[[0, 3]])]
Version = Annotated[int, Field(ge=0, examples=[0])]


class FightMove(StrEnum):
    """What one may do in a fight; the first four end the round."""

    ATTACK = "attack"
    DEFEND = "defend"
    ITEM = "item"
    FLEE = "flee"
    HOLD = "hold"
    REROLL = "reroll"
    PEEK = "peek"


@command
async def start_encounter(actor: ObjectId, npc: NpcCode, *, key: str | None = None) -> FightView:
    """Draw against somebody who is where the character is.

    It costs 10 energy, and whoever was felled is gone for a while, for this character alone. A
    round lasts half a minute; who says nothing attacks with what it holds.

    Raises:
        NpcNotFound: there is nobody of this code.
        NotHostile: it is nobody whom one fights.
        NotHere: it is somewhere else.
        TooStrong: it is more than ten levels above the character (of the great ones: five).
        NotBackYet: the character has felled it, and it is not back.
        NotEnoughEnergy: the character has less than it costs.
        CharacterBusy: the character begins something else at this moment.
        CharacterUnavailable: the character is dead, held or at a game.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    found = await find_npc(npc)
    limits = limits_of(found, actor)
    person, counters = participant_of(actor), usage_of(*limits)
    await together(person, counters)
    who, usage = person.result, counters.result
    who.must_be_idle()
    if found.place != who.location_id:
        raise NotHere(path="npc")
    if found.level > rules.highest_level(who.level, boss=found.is_boss):
        raise TooStrong(path="npc", level=found.level)
    if back := usage.free_at(*limits[0]):
        wait = max(1, int((back - clock.now()).total_seconds()))
        raise NotBackYet(path="npc", ready_at=back.isoformat(), retry_after=wait)
    await settle(FIGHT, Share(who, cost=Cost(energy=rules.ENERGY)))
    return fight_view(await open_against(who, found))


@command
async def move(
    actor: ObjectId,
    fight_id: ObjectId,
    move: FightMove,
    version: Version,
    hold: Hold | None = None,
    card: Place | None = None,
    item: ItemCode | None = None,
    *,
    key: str | None = None,
) -> FightView:
    """Make a move in a fight.

    ``attack`` holds the cards at the places of ``hold``, draws the others, and strikes. ``defend``
    halves what is taken and brings a card more. ``item`` uses a remedy of the pack, three times in
    a fight; ``flee`` costs 5 energy, and is offered in the first three rounds. ``hold`` says what
    the clock shall hold, ``reroll`` exchanges the card at the place ``card``, ``peek`` shows which
    one comes next; these do not end the round.

    Raises:
        GameNotFound: there is no such fight, or it is somebody else's.
        GameOver: the fight is over.
        GameMoved: it has gone on since ``version``, perhaps by the clock.
        IllegalMove: the move is not offered now, or names cards that are not there.
        NoUse: the item is nothing that heals.
        InsufficientItems: the character has none of it.
        NotEnoughEnergy: the character has too little to flee.
        CharacterUnavailable: the character is dead, in jail or lies down.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    about: dict[str, Any] = {}
    if move in {FightMove.ATTACK, FightMove.HOLD}:
        about["hold"] = hold if hold is not None else []
    if move is FightMove.REROLL:
        about["card"] = card
    if move is FightMove.FLEE:
        await pay(FIGHT, actor, fight_id, Cost(energy=FLEEING))
    if move is FightMove.ITEM:
        about = await use_remedy(FIGHT, actor, fight_id, item)
    fight = await games.move(FIGHTS, actor, fight_id, move.value, version=version, about=about)
    return fight_view(fight)
