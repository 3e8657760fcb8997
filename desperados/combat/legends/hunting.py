"""The search for a legend: asking people, and reading traces."""

from __future__ import annotations

from typing import Annotated

from bson import ObjectId
from pydantic import Field

from desperados.characters.effects import Stat
from desperados.characters.participant import participant_of
from desperados.combat.legends import rules
from desperados.combat.legends.content import Known, Told, Trace, all_legends, find_legend
from desperados.combat.legends.documents import LegendaryHunt
from desperados.combat.legends.errors import (
    LegendNotFound,
    NobodyHere,
    NothingToFind,
    NothingToTell,
)
from desperados.combat.legends.hunts import hunts_of, learn, progress_of
from desperados.combat.legends.views import LegendClueView, LegendRumorView
from desperados.engine import dice
from desperados.engine.allowances import Limit, read_usage
from desperados.engine.commands import command
from desperados.engine.storage.reads import alone, together
from desperados.npcs.presence import people_at
from desperados.play.outcome import Cost, Deed, Outcome, Share
from desperados.play.requirements import Kind, Requirement, require
from desperados.play.settle import settle
from desperados.world.clock import game_time
from desperados.world.places import Place, read_place

ASKING = Deed(name="legend_rumor")
SEARCHING = Deed(name="legend_clue")
LEARNED = 10  # experience in tracking for a clue

NpcCode = Annotated[str, Field(min_length=1, max_length=100, examples=["hawk"])]
LegendCode = Annotated[str, Field(min_length=1, max_length=100, examples=["jackalope"])]


@command
async def hear_rumor(actor: ObjectId, npc: NpcCode, *, key: str | None = None) -> LegendRumorView:
    """Ask somebody who is here what it has heard of legends. It tells one thing at a time, each
    once; that is where a hunt begins.

    Raises:
        NobodyHere: there is nobody of this code here.
        NothingToTell: it has told everything that it knows.
        RequirementUnmet: it does not trust the character so far.
        NotEnoughEnergy: the character has less than it costs.
        CharacterUnavailable: the character is dead, held or at a game.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    told = told_by(npc, await all_legends())
    person, known = participant_of(actor), hunts_of(actor, [legend.code for legend, _ in told])
    await together(person, known)
    who, hunts = person.result, known.result
    who.must_be_idle()
    here = await alone(people_at(who.location_id, game_time(who.at).hour))
    if npc not in (person.id for person in here):
        raise NobodyHere(path="npc")
    news = unheard(told, hunts)
    if not news:
        raise NothingToTell()
    legend, rumor = news[0]
    if rumor.trust:
        await require(who, [Requirement(Kind.NPC_TRUST, npc, rumor.trust)])
    await settle(ASKING, Share(who, cost=Cost(energy=rules.RUMOR_ENERGY)))
    hunt = learn(actor, legend.code, hunts.get(legend.code), rumor=npc)
    return LegendRumorView(
        legend=legend.code,
        name=legend.name,
        npc=npc,
        text=rumor.text,
        progress=progress_of(hunt),
        stage=hunt.discovery_stage,
    )


@command
async def search_clue(
    actor: ObjectId, legend: LegendCode, *, key: str | None = None
) -> LegendClueView:
    """Look here for a trace of a legend of which the character has heard.

    How likely it is found depends on the skill in tracking. Whoever does not find it looks for it
    again after an hour.

    Raises:
        LegendNotFound: there is no such legend, or the character has not heard of it.
        NothingToFind: there is no trace of it here, or none that is not found yet.
        RateLimited: the character has looked for it less than an hour ago.
        NotEnoughEnergy: the character has less than it costs.
        CharacterUnavailable: the character is dead, held or at a game.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    person, known = participant_of(actor), hunts_of(actor)
    await together(person, known)
    who = person.result
    who.must_be_idle()
    found = await find_legend(legend)
    hunt = known.result.get(legend)
    if not progress_of(hunt):
        raise LegendNotFound(path="legend")
    trace = trace_at(found, await read_place(who.location_id), hunt)
    if trace is None:
        raise NothingToFind()
    limit = Limit(f"clue:{legend}:{trace.id}", 1, rules.SEARCH_AGAIN)
    usage = await read_usage((limit, actor))
    usage.use(limit, actor)
    percent = rules.chance(who.skill("tracking"), trace.difficulty, who.percent(Stat.HUNTING))
    roll = dice.roll(100)
    succeeded = roll <= percent
    outcome = Outcome(skill_xp={"tracking": LEARNED} if succeeded else {})
    await settle(SEARCHING, Share(who, outcome, Cost(energy=rules.CLUE_ENERGY)))
    if succeeded:
        hunt = learn(actor, legend, hunt, clue=trace.id)
    else:
        usage.write()
    assert hunt is not None, "It has progress."
    return LegendClueView(
        legend=legend,
        found=succeeded,
        roll=roll,
        chance=percent,
        text=trace.text if succeeded else None,
        progress=progress_of(hunt),
        stage=hunt.discovery_stage,
        again_at=None if succeeded else who.at + rules.SEARCH_AGAIN,
    )


def told_by(npc: str, legends: tuple[Known, ...]) -> list[tuple[Known, Told]]:
    """What somebody can tell, of the weaker legends first."""
    found = [(legend, rumor) for legend in legends for rumor in legend.rumors if rumor.npc == npc]
    return sorted(found, key=lambda pair: (pair[0].level, pair[0].code))


def unheard(
    told: list[tuple[Known, Told]], hunts: dict[str, LegendaryHunt]
) -> list[tuple[Known, Told]]:
    """What of it a character has not heard, what asks for least trust first."""
    news = [
        (legend, rumor)
        for legend, rumor in told
        if legend.code not in hunts or rumor.npc not in hunts[legend.code].rumors
    ]
    return sorted(news, key=lambda pair: pair[1].trust)


def trace_at(legend: Known, place: Place | None, hunt: LegendaryHunt | None) -> Trace | None:
    """The trace of a legend at a place that a hunter has not found."""
    done = hunt.clues_found if hunt is not None else ()
    here = place.code if place is not None else None
    return next(
        (trace for trace in legend.clues if trace.place == here and trace.id not in done), None
    )
