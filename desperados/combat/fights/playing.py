"""The game that a fight of one character is: its rules, its collection, its clock."""

from __future__ import annotations

from desperados.characters.condition import Activity
from desperados.combat.fights.documents import CombatEncounter, EncounterStatus, FightTurn
from desperados.combat.fights.engine.playing import Ending, FightRules
from desperados.combat.fights.engine.state import Battle
from desperados.combat.fights.events import FightMoved
from desperados.combat.fights.rules import LASTS, ROUND
from desperados.engine.live.events import push
from desperados.play.shapes.games import GameKind, due_job
from desperados.play.shapes.rules import Row, Verdict

STATUSES = {
    "victory": EncounterStatus.VICTORY,
    "defeat": EncounterStatus.DEFEAT,
    "fled": EncounterStatus.FLED,
    "draw": EncounterStatus.FLED,  # nobody has won, and nobody ran
}


def verdict(battle: Battle, ending: Ending) -> Verdict:
    """What the purpose of a fight must know: the ``ending``, by how much the character's ``health``
    changed, the damage that it has ``dealt`` and ``taken``, and its ``best`` hand."""
    (member,), (began,) = battle["members"], battle["setup"]["members"]
    return Verdict(
        STATUSES[ending].value,
        {
            "ending": ending,
            "health": member["health"] - began["health"],
            "dealt": member["dealt"],
            "taken": member["taken"],
            "best": member["best"],
        },
    )


def mirror(battle: Battle) -> Row:
    """The two sides as the specification has them."""
    (member,), foe = battle["members"], battle["foe"]
    return {
        "player": {
            "health": member["health"],
            "cards": member["seen"],
            "hand": member["hand"],
            "abilities": {"rerolls": member["rerolls"], "peeks": member["peeks"]},
        },
        "enemy": {
            "npcId": battle["setup"]["foe"]["code"],
            "name": foe["name"],
            "health": foe["health"],
            "maxHealth": foe["max_health"],
            "deck": foe["hand"],
        },
        "round": battle["round"],
        "turn": FightTurn.PLAYER.value,
    }


def tell(fight: CombatEncounter) -> None:
    """Tell who fights that the fight has gone on."""
    moved = FightMoved(
        fight_id=fight.id,
        version=fight.version,
        status=fight.status,
        round=fight.round,
        health=fight.player.health,
        foe_health=fight.enemy.health,
        deadline=fight.deadline,
        events=fight.battle["events"],
    )
    push(moved, to=fight.character_id)


RULES = FightRules(verdict=verdict, limit=ROUND, mirror=mirror)
FIGHTS = GameKind(
    name="fight",
    document=CombatEncounter,
    rules=RULES.rules(),
    lasts=LASTS,
    activity=Activity.FIGHT,
    moved=tell,
)
JOBS = (due_job(FIGHTS),)
