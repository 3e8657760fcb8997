"""What bots do about bosses: they ask others to come along, set out, and fight to the end."""

from __future__ import annotations

from desperados.combat.bosses import parties, queries, service
from desperados.combat.bosses.service import BossMove
from desperados.combat.bosses.views import BossFightView, BossView
from desperados.combat.fights.engine.cards import promising
from desperados.engine import dice
from desperados.engine.manifest.bots import Arguments, Bot, Player, now_and_then, one_of


async def _invite(me: Player) -> Arguments | None:
    boss = one_of([boss for boss in await queries.list_bosses(me.character) if boss.most > 1])
    friend = one_of(me.others())
    if boss is None or friend is None:
        return None
    return {"boss": boss.boss, "member_id": friend.character}


async def _start(me: Player) -> Arguments | None:
    """Whoever is there for once sets out, whether or not the others will come."""
    boss = one_of([b for b in await queries.list_bosses(me.character) if _is_open(b)])
    return {"boss": boss.boss} if boss is not None else None


async def _fight(me: Player) -> Arguments | None:
    fights = (await queries.boss_fights(me.character, limit=1)).items
    fight = fights[0] if fights else None
    if fight is None or not fight.game.legal:
        return None
    hand = fight.game.table["you"]["hand"]
    return {
        "fight_id": fight.game.id,
        "version": fight.game.version,
        "move": _move(fight),
        "hold": promising(hand),
        "target": _target(fight),
    }


def _is_open(boss: BossView) -> bool:
    return not boss.unmet and boss.ready_at is None


def _move(fight: BossFightView) -> BossMove:
    """Mostly a blow; at times a guard, and rarely flight."""
    if BossMove.FLEE in fight.game.legal and now_and_then(2):
        return BossMove.FLEE
    return BossMove.DEFEND if now_and_then(10) else BossMove.ATTACK


def _target(fight: BossFightView) -> str | None:
    minions = [minion["id"] for minion in fight.game.table["minions"]]
    return dice.choice(minions) if minions and now_and_then(70) else None


BOTS = (
    Bot(parties.invite_to_boss, _invite),
    Bot(service.start_boss, _start, weight=4),
    Bot(service.fight_boss, _fight, weight=60),  # a round does not wait long
)
