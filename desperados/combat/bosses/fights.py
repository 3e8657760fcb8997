"""A fight against a boss, as a configuration of the engine of fights, and as a kind of game."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from desperados.combat.bosses.catalogue import Foe
from desperados.combat.bosses.documents import BossEncounter
from desperados.combat.bosses.events import BossRound
from desperados.combat.fights.engine import setup as engine
from desperados.combat.fights.engine.blows import BOSS_BLOW
from desperados.combat.fights.engine.playing import Ending, FightRules
from desperados.combat.fights.engine.setup import Flee, Member, Setup
from desperados.combat.fights.engine.state import Battle
from desperados.engine.live.events import push
from desperados.play.shapes.games import GameKind, players_of
from desperados.play.shapes.rules import Row, Verdict

ROUND_TIME = timedelta(seconds=45)
LASTS = timedelta(minutes=60)
MOST_ROUNDS = 60
MOST_MOVES = 500
MOST_ITEMS = 3
FLEE_PERCENT = 40

HEALTH_PERCENT, DAMAGE_PERCENT = 100, 90
"""What each more of a party adds to the health of the boss, and to its damage."""


def setup_against(boss: Foe, members: Sequence[Member]) -> Setup:
    """The fight of ``members`` against a boss, which is the stronger the more they are."""
    content, more = boss.details, len(members) - 1
    return Setup(
        members=list(members),
        foe=engine.Foe(
            code=boss.code,
            name=boss.name,
            level=boss.level,
            health=content.health * (100 + HEALTH_PERCENT * more) // 100,
            attack=content.attack,
            spread=content.spread,
            percent=100 + DAMAGE_PERCENT * more,
            plain=content.plain,
            phases=content.phases,
            abilities=content.abilities,
        ),
        blow=BOSS_BLOW,
        gauges=content.gauges,
        flee=Flee(percent=FLEE_PERCENT, fall=0, until=None),
        late="defend",
        items=MOST_ITEMS,
        enrage=content.enrage_round,
        rounds=MOST_ROUNDS,
        at_end="defeat",
    )


def how_they_fought(battle: Battle) -> list[Row]:
    """How each of a party has fought so far: the fields of ``rules.Fought``."""
    return [
        {
            "damage": member["dealt"],
            "taken": member["taken"],
            "best": member["best"],
            "lost": terms["health"] - member["health"],
            "fallen": member["out"] == "down",
            "fled": member["out"] == "fled",
        }
        for member, terms in zip(battle["members"], battle["setup"]["members"], strict=True)
    ]


def _verdict(battle: Battle, ending: Ending) -> Verdict:
    """Who has not felled the boss has lost: all are down or gone, or their time is over."""
    status = "victory" if ending == "victory" else "defeat"
    return Verdict(status, {"rounds": battle["round"] - 1, "party": how_they_fought(battle)})


def _shown_of(battle: Battle) -> Row:
    """What the specification stores of the boss."""
    foe = battle["foe"]
    return {
        "currentPhase": foe["phase"],
        "totalPhases": len(battle["setup"]["foe"]["phases"]),
        "bossHealth": foe["health"],
        "bossMaxHealth": foe["max_health"],
        "activeEffects": [
            {"type": effect["code"], "stacks": effect["stacks"], "duration": effect["rounds"]}
            for effect in foe["effects"]
        ],
        "minions": [
            {"id": minion["id"], "health": minion["health"]} for minion in battle["minions"]
        ],
        "environmentalHazards": [hazard["name"] for hazard in battle["hazards"]],
    }


def _tell(game: BossEncounter) -> None:
    """Tell those who fight that a round was fought, whoever made the last move of it."""
    if game.settled_at is not None or game.turn_from != game.version:
        return
    enraged = game.battle["round"] >= game.battle["setup"]["enrage"]
    told = BossRound(
        fight_id=game.id,
        version=game.version,
        round=game.battle["round"],
        phase=game.current_phase,
        enraged=enraged,
        announced=game.battle["foe"]["announced"],
        deadline=game.deadline,
    )
    for who in players_of(game.to_mongo()):
        push(told, to=who)


BOSSES: GameKind[BossEncounter] = GameKind(
    name="boss",
    document=BossEncounter,
    rules=FightRules(verdict=_verdict, limit=ROUND_TIME, mirror=_shown_of).rules(),
    lasts=LASTS,
    activity=None,  # whoever begins and ends is settled anyway, and who flees is free before
    most_moves=MOST_MOVES,
    moved=_tell,
)
