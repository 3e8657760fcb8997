"""What comes of a fight against a legend, in the transaction of its last move."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bson import ObjectId

from desperados.characters.errors import CharacterNotFound
from desperados.characters.happenings import PURPOSE, Happened, note
from desperados.characters.participant import Participant, participant_of
from desperados.combat.fights.settling import FEATS, HOW
from desperados.combat.legends import rules
from desperados.combat.legends.content import Known, find_legend
from desperados.combat.legends.documents import HuntStatus, LegendaryCombatSession, LegendaryHunt
from desperados.combat.legends.errors import LegendNotFound
from desperados.combat.legends.events import LegendEnded
from desperados.combat.legends.hunts import bonus_from, change, hunts_of
from desperados.combat.legends.playing import LEGEND
from desperados.engine import clock, dice
from desperados.engine.live.events import push
from desperados.engine.storage.reads import together
from desperados.ledger.items.movement import Line
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money.sources import Source
from desperados.play.outcome import Deed, Defeat, DefeatKind, Outcome, Share
from desperados.play.rewards import draw
from desperados.play.settle import settle
from desperados.play.shapes.games import is_there
from desperados.play.shapes.rules import Verdict

WON = Deed(name="legendary_hunt", income=Source.LEGEND_REWARD, found=ItemSource.SPOILS)


async def settle_hunt(fight: LegendaryCombatSession, verdict: Verdict) -> None:
    """The purpose of legendary fights.

    Whoever has died, was jailed or struck down, or has left the world meanwhile gets nothing, and
    loses nothing twice; the legend goes into hiding all the same. Of one that the content does not
    know any more nothing comes.
    """
    person, known = participant_of(fight.character_id), hunts_of(fight.character_id)
    try:
        legend = await find_legend(str(fight.terms["legend"]))
        await together(person, known)
    except (LegendNotFound, CharacterNotFound):
        return
    who, hunt = person.result, known.result[legend.code]
    ending = verdict.facts["ending"]
    first = ending == "victory" and not hunt.hunted
    changed = _changed(legend, hunt, verdict, first=first)
    if is_there(who):
        after = LegendaryHunt.hydrate({**hunt.to_mongo(), **changed})
        bonus = bonus_from([*(h for h in known.result.values() if h.id != hunt.id), after])
        outcome = _outcome(who, legend, verdict, first=first)
        outcome = replace(outcome, effects=rules.to_push(who, bonus) if first else ())
        (given,) = await settle(WON, Share(who, outcome), reference=fight.id)
        _note(who, legend, fight.id, verdict)
        push(
            LegendEnded(
                fight_id=fight.id,
                legend=legend.code,
                status=HuntStatus(verdict.status),
                first=first,
                dollars=given.dollars,
                xp=given.xp,
            ),
            to=who.id,
        )
    elif ending == "victory":
        changed = {"cooldownUntil": changed["cooldownUntil"]}
    change(hunt, changed)


def _changed(
    legend: Known, hunt: LegendaryHunt, verdict: Verdict, *, first: bool
) -> dict[str, Any]:
    """What the hunt says afterwards. A victory and a failure hide the legend, each for its time."""
    now, facts = clock.now(), verdict.facts
    changed: dict[str, Any] = {"bestDamage": max(hunt.best_damage, facts["dealt"])}
    if facts["ending"] != "victory":
        return changed | {"cooldownUntil": now + rules.AFTER_FAILURE}
    rounds = facts["rounds"]
    changed |= {
        "victories": hunt.victories + 1,
        "fastest": rounds if hunt.fastest is None else min(rounds, hunt.fastest),
        "cooldownUntil": now + legend.cooldown,
    }
    if first:
        changed |= {
            "hunted": True,
            "defeatedAt": now,
            "rewards": {"trophy": True, "permanentBonus": dict(legend.bonus)},
        }
    return changed


def _outcome(who: Participant, legend: Known, verdict: Verdict, *, first: bool) -> Outcome:
    """What the hunter has of it: its wounds, what it won, or a defeat. Draws chance."""
    facts, luck = verdict.facts, dice.source()
    # The fight alone does not take the last point: if it is lost, that is a defeat.
    health = max(int(facts["health"]), 1 - who.health.value)
    match facts["ending"]:
        case "victory":
            won = rules.spoils(draw(legend.reward, luck), legend.level, first=first)
            items = (*won.items, *draw(legend.drops, luck).items)
            if first:
                items = (*items, Line(legend.trophy, 1))
            return replace(won, items=items, health=won.health + health)
        case "defeat":
            defeat = Defeat(
                kind=DefeatKind.COMBAT,
                danger=legend.danger,
                opponent_level=legend.level,
                cause=legend.name,
            )
            return Outcome(health=health, defeat=defeat)
    return Outcome(health=health)


def _note(who: Participant, legend: Known, fight: ObjectId, verdict: Verdict) -> None:
    facts = verdict.facts
    tags = [HOW[facts["ending"]], "legend", PURPOSE + LEGEND]
    if facts["ending"] == "victory" and not facts["taken"]:
        tags.append("flawless")
    if facts["best"] in FEATS:
        tags.append(FEATS[facts["best"]])
    note(
        who,
        Happened.FIGHT_ENDED,
        *tags,
        target=f"legend:{legend.code}",
        amount=facts["dealt"],
        rank=legend.level,
        reference=fight,
    )
