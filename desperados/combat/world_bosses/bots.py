"""How bots fight world bosses: they come where one is, and play what looks best."""

from __future__ import annotations

from desperados.combat.world_bosses import queries, service
from desperados.engine import dice
from desperados.engine.manifest.bots import Arguments, Bot, Player, one_of


async def _join(_me: Player) -> Arguments | None:
    coming = one_of([boss for boss in await queries.list_world_bosses() if boss.now is not None])
    return {"world_boss_id": coming.now} if coming is not None else None


async def _attack(me: Player) -> Arguments | None:
    open_now = {boss.now for boss in await queries.list_world_bosses()}
    parts = (await queries.my_world_bosses(me.character, limit=5)).items
    part = one_of([part for part in parts if part.cards and part.world_boss_id in open_now])
    if part is None:
        return None
    ranks = [card.rpartition("-")[2] for card in part.cards]
    pairs = [place for place, rank in enumerate(ranks) if ranks.count(rank) > 1]
    hold = pairs or [dice.between(0, len(ranks) - 1)]
    return {"world_boss_id": part.world_boss_id, "hold": hold}


BOTS = (
    Bot(service.join_world_boss, _join, weight=4),
    Bot(service.attack_world_boss, _attack, weight=6),
)
