"""Fights of hunting: what they leave of who fought, and who hears of them."""

from __future__ import annotations

from desperados.characters.happenings import PURPOSE, Happened, note
from desperados.characters.participant import Participant
from desperados.combat.fights.documents import CombatEncounter
from desperados.combat.fights.engine.setup import Foe
from desperados.combat.fights.events import FightEnded
from desperados.combat.fights.rules import DANGER
from desperados.combat.fights.settling import HOW
from desperados.engine.live.events import push
from desperados.play.outcome import Defeat, DefeatKind, Outcome
from desperados.play.shapes.rules import Verdict
from desperados.play.views import Given


def health_of(who: Participant, verdict: Verdict) -> int:
    """The health that a fight took. It alone does not take the last point."""
    return max(int(verdict.facts["health"]), 1 - who.health.value)


def wounds_of(who: Participant, verdict: Verdict, foe: Foe) -> Outcome:
    """What an ending leaves of who fought: its wounds and, if it is one, a defeat."""
    outcome, ending = Outcome(health=health_of(who, verdict)), verdict.facts["ending"]
    if ending == "defeat":
        defeat = Defeat(
            kind=DefeatKind.COMBAT,
            danger=DANGER.get(foe.wits, 0),
            opponent_level=foe.level,
            cause=foe.name,
        )
        return Outcome(health=outcome.health, defeat=defeat)
    if ending == "fled":
        return Outcome(health=outcome.health, conduct=("fled_fight",))
    return outcome


def tell_fight(
    who: Participant, fight: CombatEncounter, verdict: Verdict, foe: Foe, given: Given
) -> None:
    """Tell who fought how it ended, and note it."""
    facts = verdict.facts
    note(
        who,
        Happened.FIGHT_ENDED,
        HOW[facts["ending"]],
        "npc",
        PURPOSE + fight.purpose,
        target=f"npc:{foe.code}",
        amount=facts["dealt"],
        rank=foe.level,
        reference=fight.id,
    )
    push(
        FightEnded(
            fight_id=fight.id,
            status=verdict.status,
            dollars=given.dollars,
            xp=given.xp,
            scars=0,
        ),
        to=who.id,
    )
