"""What bots do in fights: they challenge whom they can reach, and fight to the end."""

from __future__ import annotations

from desperados.combat.fights import queries, scars, service
from desperados.combat.fights.engine.cards import promising
from desperados.combat.fights.service import FightMove
from desperados.combat.fights.views import FightView
from desperados.engine.manifest.bots import Arguments, Bot, Player, now_and_then, one_of

WEAK = 35  # percent of its health
REMEDY = "bandages"


async def _start(me: Player) -> Arguments | None:
    foes = [foe for foe in await queries.foes_here(me.character) if foe.within_reach]
    foe = one_of([foe for foe in foes if foe.ready_at is None])
    return {"npc": foe.npc} if foe is not None else None


async def _fight_on(me: Player, _arguments: Arguments, fight: FightView) -> None:
    """Mostly to the end; at times it is left to later moves, and to the clock."""
    while fight.legal and not now_and_then(4):
        fight = await service.move(me.character, **_choice(fight))


def _choice(fight: FightView) -> Arguments:
    """What whoever knows the cards does; who is nearly beaten runs, while there is time."""
    (mine,), move = fight.table["members"], FightMove.ATTACK
    if mine["health"] * 100 < WEAK * mine["maxHealth"] and "flee" in fight.legal:
        move = FightMove.FLEE if now_and_then(50) else FightMove.DEFEND
    elif now_and_then(10):
        offered = (FightMove.DEFEND, FightMove.HOLD, FightMove.PEEK, FightMove.REROLL)
        move = one_of([move for move in offered if move.value in fight.legal]) or move
    hold = promising(fight.table["you"]["hand"])
    chosen = {"fight_id": fight.id, "move": move, "version": fight.version, "hold": hold}
    return {**chosen, "card": 0} if move is FightMove.REROLL else chosen


async def _move(me: Player) -> Arguments | None:
    last = one_of((await queries.list_fights(me.character, limit=1)).items)
    if last is None or last.settled_at is not None:
        return None
    fight = await queries.read_fight(me.character, last.id)
    if not fight.legal:
        return None
    if now_and_then(10):
        about = {"fight_id": fight.id, "version": fight.version}
        return {**about, "move": FightMove.ITEM, "item": REMEDY}
    return _choice(fight)


async def _hide(me: Player) -> Arguments | None:
    scar = one_of(await scars.list_scars(me.character))
    return {"index": scar.index, "hidden": not scar.hidden} if scar is not None else None


BOTS = (
    Bot(service.start_encounter, _start, weight=6, learn=_fight_on),
    Bot(service.move, _move, weight=60),
    Bot(scars.hide_scar, _hide),
)
