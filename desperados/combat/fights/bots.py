"""What bots do in fights: they challenge whom they can reach, and fight to the end."""

from __future__ import annotations

from desperados.combat.fights import queries, scars, service
from desperados.combat.fights.engine.cards import promising
from desperados.combat.fights.service import FightMove
from desperados.combat.fights.views import FightView
from desperados.engine.manifest.bots import Arguments, Bot, Player, now_and_then, one_of

FIGHT = "fight"
"""The note of the fight that a bot is in."""
WEAK = 35  # percent of its health


async def _start(me: Player) -> Arguments | None:
    foes = [foe for foe in await queries.foes_here(me.character) if foe.within_reach]
    foe = one_of([foe for foe in foes if foe.ready_at is None])
    return {"npc": foe.npc} if foe is not None else None


async def _remember(me: Player, _arguments: Arguments, fight: FightView) -> None:
    me.notes[FIGHT] = fight.id


async def _move(me: Player) -> Arguments | None:
    if FIGHT not in me.notes:
        return None
    fight = await queries.read_fight(me.character, me.notes[FIGHT])
    if not fight.legal:
        del me.notes[FIGHT]
        return None
    (mine,), hand = fight.table["members"], fight.table["you"]["hand"]
    weak = mine["health"] * 100 < WEAK * mine["maxHealth"]
    name = one_of([name for name in FightMove if name.value in fight.legal and now_and_then(8)])
    if weak and "flee" in fight.legal:
        name = FightMove.FLEE
    arguments: Arguments = {
        "fight_id": fight.id,
        "move": name or FightMove.ATTACK,
        "version": fight.version,
        "hold": promising(hand),
    }
    if name is FightMove.REROLL:
        arguments["card"] = 0
    if name is FightMove.ITEM:
        arguments["item"] = "bandages"
    return arguments


async def _hide(me: Player) -> Arguments | None:
    scar = one_of(await scars.list_scars(me.character))
    return {"index": scar.index, "hidden": not scar.hidden} if scar is not None else None


BOTS = (
    Bot(service.start_encounter, _start, weight=6, learn=_remember),
    Bot(service.move, _move, weight=60),
    Bot(scars.hide_scar, _hide),
)
