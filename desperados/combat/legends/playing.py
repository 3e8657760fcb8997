"""The game that a legendary fight is: its rules, its collection, its clock."""

from __future__ import annotations

from desperados.characters.condition import Activity
from desperados.combat.fights.engine.playing import Ending, FightRules
from desperados.combat.fights.engine.state import Battle
from desperados.combat.legends.documents import HuntStatus, LegendaryCombatSession
from desperados.combat.legends.events import LegendRound
from desperados.combat.legends.rules import LASTS, ROUND
from desperados.engine.live.events import push
from desperados.play.shapes.games import GameKind, due_job
from desperados.play.shapes.rules import Verdict

LEGEND = "legend"
"""The purpose of legendary fights."""
STATUSES = {
    "victory": HuntStatus.VICTORY,
    "defeat": HuntStatus.DEFEAT,
    "fled": HuntStatus.FLED,
    "draw": HuntStatus.EXPIRED,  # it has got away
}


def verdict(battle: Battle, ending: Ending) -> Verdict:
    """What the settlement must know: the ``ending``, by how much the hunter's ``health`` changed,
    the damage that it has ``dealt`` and ``taken``, its ``best`` hand, and how many ``rounds`` it
    took."""
    (member,), (began,) = battle["members"], battle["setup"]["members"]
    return Verdict(
        STATUSES[ending].value,
        {
            "ending": ending,
            "health": member["health"] - began["health"],
            "dealt": member["dealt"],
            "taken": member["taken"],
            "best": member["best"],
            "rounds": battle["round"] - 1,
        },
    )


def tell(fight: LegendaryCombatSession) -> None:
    """Tell the hunter that the fight has gone on."""
    battle = fight.combat_state
    moved = LegendRound(
        fight_id=fight.id,
        legend=str(fight.terms["legend"]),
        version=fight.version,
        round=battle["round"],
        health=battle["members"][0]["health"],
        foe_health=battle["foe"]["health"],
        deadline=fight.deadline,
        events=battle["events"],
    )
    push(moved, to=fight.character_id)


HUNTS = GameKind(
    name="legendary_hunt",
    document=LegendaryCombatSession,
    rules=FightRules(verdict=verdict, limit=ROUND).rules(),
    lasts=LASTS,
    activity=Activity.FIGHT,
    moved=tell,
)
JOBS = (due_job(HUNTS),)
