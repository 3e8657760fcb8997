"""How bots hunt legends: they ask around, look for traces, and dare it."""

from __future__ import annotations

from desperados.combat.legends import hunting, queries, service
from desperados.combat.legends.documents import HuntStatus
from desperados.combat.legends.views import LegendFightView
from desperados.engine.manifest.bots import Arguments, Bot, Player, now_and_then, one_of

FIGHT = "legendary_fight"
WEAK = 40  # percent of the health


async def _ask(me: Player) -> Arguments | None:
    npc = one_of((await queries.legends_here(me.character)).npcs)
    return {"npc": npc} if npc is not None else None


async def _search(me: Player) -> Arguments | None:
    legend = one_of((await queries.legends_here(me.character)).traces)
    return {"legend": legend} if legend is not None else None


async def _dare(me: Player) -> Arguments | None:
    known = await queries.list_legends(me.character)
    ready = [hunt for hunt in known if hunt.lair is not None and not hunt.unmet]
    hunt = one_of(ready or (known if now_and_then(5) else []))
    return {"legend": hunt.legend} if hunt is not None else None


async def _began(me: Player, _arguments: Arguments, fight: LegendFightView) -> None:
    me.notes[FIGHT] = me.character, fight.id


async def _move(me: Player) -> Arguments | None:
    fighting = me.notes.get(FIGHT)
    if fighting is None or fighting[0] != me.character:
        return None
    fight = await queries.read_hunt(me.character, fighting[1])
    if fight.status != HuntStatus.ACTIVE.value:
        me.notes[FIGHT] = None
        return None
    mine, hand = fight.table["members"][0], fight.table["you"]["hand"]
    chosen: Arguments = {"fight_id": fight.id, "version": fight.version}
    if "special" in fight.legal:
        return chosen | {"move": service.HuntMove.SPECIAL, "hold": _alike(hand)}
    if mine["health"] * 100 < WEAK * mine["maxHealth"] and now_and_then(30):
        word = one_of([word for word in ("defend", "flee") if word in fight.legal])
        return chosen | {"move": service.HuntMove(word or "attack")}
    return chosen | {"move": service.HuntMove.ATTACK, "hold": _alike(hand)}


def _alike(hand: list[str]) -> list[int]:
    ranks = [card.rpartition("-")[2] for card in hand]
    return [place for place, rank in enumerate(ranks) if ranks.count(rank) > 1]


async def _moved(me: Player, _arguments: Arguments, fight: LegendFightView) -> None:
    if fight.status != HuntStatus.ACTIVE.value:
        me.notes[FIGHT] = None


BOTS = (
    Bot(hunting.hear_rumor, _ask, weight=2),
    Bot(hunting.search_clue, _search, weight=2),
    Bot(service.start_legendary_hunt, _dare, learn=_began),
    Bot(service.legendary_move, _move, weight=10, learn=_moved),
)
