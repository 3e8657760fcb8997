"""The fight against a legend: how it begins, and its moves."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Annotated, Any

from bson import ObjectId
from pydantic import Field

from desperados.characters.participant import participant_of
from desperados.combat.fights.remedies import pay, use_remedy
from desperados.combat.fights.service import Hold, ItemCode, Place, Version
from desperados.combat.legends import rules
from desperados.combat.legends.content import find_legend
from desperados.combat.legends.errors import LegendGone, LegendNotFound, NotLocated
from desperados.combat.legends.hunting import LegendCode
from desperados.combat.legends.hunts import bonus_from, change, hunts_of, is_located, progress_of
from desperados.combat.legends.playing import HUNTS, LEGEND
from desperados.combat.legends.views import LegendFightView, fight_view
from desperados.engine.commands import command
from desperados.engine.storage.reads import together
from desperados.play.outcome import Cost, Deed, Outcome, Share
from desperados.play.requirements import Kind, Requirement, require
from desperados.play.settle import settle
from desperados.play.shapes import games

HUNT = Deed(name="legendary_hunt")

Minion = Annotated[str, Field(min_length=1, max_length=40, examples=["minion-1"])]


class HuntMove(StrEnum):
    """What a hunter may do; the first five end the round."""

    ATTACK = "attack"
    SPECIAL = "special"
    DEFEND = "defend"
    ITEM = "item"
    FLEE = "flee"
    HOLD = "hold"
    REROLL = "reroll"
    PEEK = "peek"


@command
async def start_legendary_hunt(
    actor: ObjectId, legend: LegendCode, *, key: str | None = None
) -> LegendFightView:
    """Face a legend at its lair, at its hour.

    It costs 30 energy, whatever comes of it. A round lasts 45 seconds; who says nothing defends.
    After forty rounds, or half an hour, it has got away.

    Raises:
        LegendNotFound: there is no such legend, or the character has not heard of it.
        NotLocated: the character does not know yet where it lives.
        LegendGone: it is in hiding since the last fight.
        RequirementUnmet: the character is elsewhere, or something that the hunt asks for is
            missing.
        NotEnoughEnergy: the character has less than it costs.
        CharacterBusy: the character begins something else at this moment.
        CharacterUnavailable: the character is dead, held or at a game.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    person, known = participant_of(actor), hunts_of(actor)
    await together(person, known)
    who = person.result
    who.must_be_idle()
    found = await find_legend(legend)
    hunt = known.result.get(legend)
    if hunt is None or not progress_of(hunt):
        raise LegendNotFound(path="legend")
    if not is_located(hunt):
        raise NotLocated()
    if hunt.cooldown_until is not None and who.at < hunt.cooldown_until:
        wait = math.ceil((hunt.cooldown_until - who.at).total_seconds())
        raise LegendGone(ready_at=hunt.cooldown_until.isoformat(), retry_after=wait)
    await require(who, [Requirement(Kind.AT, found.lair), *found.needs])
    # What earlier hunts have added, where there was no room for it or something took it away.
    bonus = rules.to_push(who, bonus_from(known.result.values()))
    await settle(HUNT, Share(who, Outcome(effects=bonus), Cost(energy=rules.HUNT_ENERGY)))
    terms = {"setup": rules.setup_of(who, found.foe).stored(), "legend": legend}
    fight = await games.open_game(
        HUNTS, [actor], purpose=LEGEND, ref_id=hunt.id, terms=terms, hunt_id=hunt.id
    )
    change(hunt, {"attempts": hunt.attempts + 1})
    return fight_view(HUNTS, fight)


@command
async def legendary_move(
    actor: ObjectId,
    fight_id: ObjectId,
    move: HuntMove,
    version: Version,
    hold: Hold | None = None,
    target: Minion | None = None,
    card: Place | None = None,
    item: ItemCode | None = None,
    *,
    key: str | None = None,
) -> LegendFightView:
    """Make a move in a fight against a legend.

    ``attack`` holds the cards at the places of ``hold``, draws the others and strikes the legend,
    or the helper that is the ``target``; ``special`` does so half as hard again, in every fourth
    round. ``defend`` halves what is taken and brings a card more; ``item`` uses a remedy of the
    pack, three times in a fight; ``flee`` costs 5 energy and succeeds in one of two. ``hold``,
    ``reroll`` and ``peek`` do not end the round.

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
    if move in {HuntMove.ATTACK, HuntMove.SPECIAL, HuntMove.HOLD}:
        about["hold"] = hold if hold is not None else []
    if move in {HuntMove.ATTACK, HuntMove.SPECIAL}:
        about["target"] = target
    if move is HuntMove.REROLL:
        about["card"] = card
    if move is HuntMove.FLEE:
        await pay(HUNT, actor, fight_id, Cost(energy=rules.FLEE_ENERGY))
    if move is HuntMove.ITEM:
        about = await use_remedy(HUNT, actor, fight_id, item)
    fight = await games.move(HUNTS, actor, fight_id, move.value, version=version, about=about)
    return fight_view(HUNTS, fight)
