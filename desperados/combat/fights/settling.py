"""What comes of a fight: spoils, wounds, scars, a defeat; in the transaction of its last move."""

from __future__ import annotations

from dataclasses import replace

from bson import ObjectId

from desperados.characters.errors import CharacterNotFound
from desperados.characters.happenings import PURPOSE, Happened, note
from desperados.characters.participant import Participant, participant_of
from desperados.combat.fights import rules
from desperados.combat.fights.documents import CombatEncounter, CombatRewards
from desperados.combat.fights.errors import NotHostile, NpcNotFound
from desperados.combat.fights.events import FightEnded
from desperados.combat.fights.npcs import find_npc, limits_of
from desperados.combat.fights.rules import Npc
from desperados.deck.hands import Strength
from desperados.engine import dice
from desperados.engine.allowances import Usage, usage_of
from desperados.engine.errors import Contention
from desperados.engine.live.events import push
from desperados.engine.staging import StagedUpdate
from desperados.engine.storage.reads import together
from desperados.engine.transactions import stage
from desperados.ledger.items.definitions import definitions
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money.sources import Source
from desperados.play import rewards
from desperados.play.outcome import Deed, Defeat, DefeatKind, Outcome, Share
from desperados.play.settle import settle
from desperados.play.shapes.games import is_there
from desperados.play.shapes.rules import Verdict
from desperados.play.views import Given

FOUGHT = Deed(name="fight", income=Source.COMBAT_REWARD, found=ItemSource.COMBAT_LOOT)
HOW = {"victory": "won", "defeat": "lost", "fled": "fled", "draw": "draw"}
NO_TROPHY = rewards.Reward()
FEATS = {Strength.ROYAL_FLUSH: "royal_flush", Strength.FOUR: "four_of_a_kind"}


async def settle_fight(fight: CombatEncounter, verdict: Verdict) -> None:
    """The purpose of fights against the people of the land. Somebody whom the content does not know
    any more leaves nothing."""
    try:
        npc = await find_npc(fight.enemy.npc_id or "")
    except (NpcNotFound, NotHostile):
        return
    await settle_against(fight, verdict, npc)


async def settle_against(fight: CombatEncounter, verdict: Verdict, npc: Npc) -> Given | None:
    """Settle what comes of every fight against ``npc``, who need not be content, inside the open
    transaction; returns what the character got.

    Whoever has died, was jailed or struck down, or has left the world meanwhile gets nothing, and
    loses nothing twice: None.
    """
    person = participant_of(fight.character_id)
    counters = usage_of(*limits_of(npc, fight.character_id))
    try:
        await together(person, counters)
    except CharacterNotFound:
        return None
    who, usage = person.result, counters.result
    if not is_there(who):
        return None
    outcome = outcome_of(who, npc, verdict)
    if verdict.facts["ending"] == "victory":
        outcome = _first_and_gone(who, npc, usage, outcome)
    (given,) = await settle(FOUGHT, Share(who, outcome), reference=fight.id)
    usage.write()
    await _keep_rewards(fight, given)
    note_fight(who, fight, verdict, npc)
    ended = FightEnded(
        fight_id=fight.id,
        status=verdict.status,
        dollars=given.dollars,
        xp=given.xp,
        scars=len(outcome.scars),
    )
    push(ended, to=who.id)
    return given


def outcome_of(who: Participant, npc: Npc, verdict: Verdict) -> Outcome:
    """What comes of an ending for who fought: it keeps its wounds, has what it won, and bears what
    a defeat brings. Draws chance."""
    ending, luck = verdict.facts["ending"], dice.source()
    # The fight alone does not take the last point: if it is lost, that is a defeat.
    health = max(int(verdict.facts["health"]), 1 - who.health.value)
    if ending == "victory":
        won = rules.spoils(npc, rewards.draw(npc.loot, luck), who.level)
        return replace(won, health=won.health + health)
    if ending == "defeat":
        defeat = Defeat(
            kind=DefeatKind.COMBAT,
            danger=rules.danger(npc),
            opponent_level=npc.level,
            lawful=npc.is_lawman,
            cause=npc.name,
        )
        return Outcome(health=health, defeat=defeat, scars=rules.scars(npc, luck))
    return Outcome(health=health, conduct=("fled_fight",) if ending == "fled" else ())


def note_fight(who: Participant, fight: CombatEncounter, verdict: Verdict, npc: Npc) -> None:
    """Note how a fight has ended, for those who count and those who follow."""
    facts = verdict.facts
    tags = [HOW[facts["ending"]], "boss" if npc.is_boss else "npc", PURPOSE + fight.purpose]
    if facts["ending"] == "victory" and not facts["taken"]:
        tags.append("flawless")
    if facts["best"] in FEATS:
        tags.append(FEATS[facts["best"]])
    note(
        who,
        Happened.FIGHT_ENDED,
        *tags,
        target=f"npc:{npc.code}",
        amount=facts["dealt"],
        rank=npc.level,
        reference=fight.id,
    )


def _first_and_gone(who: Participant, npc: Npc, usage: Usage, outcome: Outcome) -> Outcome:
    """It is gone for a while, and leaves its trophy to whoever fells it for the first time."""
    (gone, _), (trophy, _) = limits_of(npc, who.id)
    if usage.free_at(gone, who.id) is None:  # else it was met again, on the road
        usage.use(gone, who.id)
    if usage.before(trophy, who.id) or npc.trophy == NO_TROPHY:
        return outcome
    usage.use(trophy, who.id)
    more = rewards.draw(npc.trophy, dice.source())
    return replace(
        outcome,
        dollars=outcome.dollars + more.dollars,
        items=(*outcome.items, *more.items),
        titles=(*outcome.titles, *more.titles),
    )


async def _keep_rewards(fight: CombatEncounter, given: Given) -> None:
    """Write down at the fight what it gave. Outcomes: written; the row is there while it is not
    settled."""
    known = await definitions({pieces.item for pieces in (*given.items, *given.waiting)})
    items: list[ObjectId] = [found.id for found in known.values()]
    fight.rewards = CombatRewards(xp=given.xp, gold=given.dollars, items=items)
    stage(
        StagedUpdate(
            CombatEncounter.collection_name(),
            {"_id": fight.id},
            {"$set": {"rewards": fight.rewards.model_dump(by_alias=True)}},
            otherwise=Contention(retry_after=1),
        )
    )
