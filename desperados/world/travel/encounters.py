"""Encounters: what may happen on the way, asked as a question, and what comes of the answer.

The journey waits for the answer. Whoever gets through arrives, without paying again; who is caught,
or falls, does not. Nobody gets out by waiting: after half an hour what costs least is done, and
gives nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from desperados.characters.condition import Activity, Occupation
from desperados.characters.effects import Stat
from desperados.characters.participant import Participant, load_participant
from desperados.deck.documents import Encounter
from desperados.engine import dice
from desperados.engine.game import current_game
from desperados.engine.storage.content import Content
from desperados.law.wanted import wanted_of
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money.sources import Source
from desperados.play import rewards
from desperados.play.outcome import Cost, Deed, Defeat, DefeatKind, Outcome, Share
from desperados.play.requirements import require
from desperados.play.requirements.stored import read_requirements
from desperados.play.rewards import Reward, read_reward
from desperados.play.settle import settle
from desperados.play.shapes.documents import Question, QuestionStatus
from desperados.play.shapes.errors import UnknownPurpose
from desperados.play.shapes.questions import ask
from desperados.world.clock import game_time
from desperados.world.places import Place, read_place, read_place_of
from desperados.world.travel import journeys
from desperados.world.travel.lands import read_land
from desperados.world.travel.rules import (
    FLEE,
    QUESTION_TIME,
    Meeting,
    WayOut,
    caught_damage,
    draw,
    encounter_percent,
    flee_percent,
    is_night,
    losses,
)
from desperados.world.travel.ways import Way

KIND = "encounter"
"""Of the questions that are asked on the way."""
ENCOUNTER = Deed(
    name="encounter",
    income=Source.ENCOUNTER_REWARD,
    spending=Source.ENCOUNTER_LOSS,
    found=ItemSource.GATHERED,
)
AFTER_QUESTION = timedelta(hours=1)
DANGER_PERCENT = 5
"""Danger of a defeat, in percent, for each point of a place's danger."""
FIGHTS = "combat"
FIGHT = "fight"
"""The purpose under which a fight is opened: called with the question and the code of an NPC."""
CAUGHT_SHARE = (10, 30)  # percent


async def on_the_way(traveller: Participant, way: Way) -> Meeting | None:
    """What happens on a way, if anything does: one of the encounters of its region that suit its
    danger, the time and the traveller, drawn by their weight."""
    there, hour = way.there, game_time(traveller.at).hour
    wanted = wanted_of(traveller, traveller.at).value
    percent = encounter_percent(there, hour, wanted, way.danger, traveller.percent(Stat.ENCOUNTER))
    land = await read_land(there.region)
    if land is None or way.road.indoors or not percent or dice.roll(100) > percent:
        return None
    pool = [
        meeting
        for meeting in (await _MEETINGS.read(land.encounters)).values()
        if meeting.suits(there.danger, is_night(hour), traveller.level)
    ]
    total = sum(meeting.weight for meeting in pool)
    return draw(pool, dice.roll(total)) if total else None


def ask_what_to_do(traveller: Participant, way: Way, meeting: Meeting) -> Question:
    """Stage the question what is done about an encounter."""
    return ask(
        traveller.id,
        KIND,
        meeting.name,
        options_of(meeting),
        default=meeting.safest.code,
        expires_at=traveller.at + QUESTION_TIME,
        subject={
            "encounter": meeting.code,
            "to": way.there.code,
            "seconds": int(way.time.total_seconds()),
        },
    )


def waiting(question: Question) -> Occupation:
    """What a traveller is busy with until a question is answered. It ends after the question, so
    that nobody goes on in the moment between its end and what happens then."""
    return Occupation(Activity.JOURNEY, question.id, question.expires_at + AFTER_QUESTION)


async def resolve_encounter(question: Question, option: str) -> None:
    """Do what comes of an answer; of the default that nobody chose only what it costs.

    Raises:
        RequirementUnmet: the option asks for something that the character has not.
        InsufficientFunds: the character has not the dollars that the option costs.
    """
    traveller = await load_participant(question.character_id)
    here = await read_place(traveller.location_id)
    there = await read_place_of(question.subject["to"])
    meeting = await _MEETINGS.get(question.subject["encounter"])
    if not _still_waits(traveller, question):
        return
    if there is None or meeting is None:  # the content has changed meanwhile: back to where it was
        await settle(ENCOUNTER, Share(traveller, ends=True))
        return
    result = await _what_comes(traveller, there, meeting, option, question)
    outcome, journey = result.outcome, None
    if result.through:
        if result.fight is None:  # else at the end of the way: nobody fights while on a journey
            time = timedelta(seconds=question.subject["seconds"])
            journey = journeys.new_journey(traveller, there, time)
        outcome = replace(outcome, place=there.id)
    share = Share(traveller, outcome, result.cost, journeys.busy_with(journey), ends=True)
    await settle(ENCOUNTER, share, reference=question.id)
    if result.through:
        journeys.set_out(traveller, here, there, journey)
    if result.fight is not None:
        await _fight(question, result.fight)


@dataclass(frozen=True, slots=True)
class Result:
    """What comes of an answer, whether the traveller gets ``through``, and whom it has to fight."""

    outcome: Outcome
    cost: Cost
    through: bool
    fight: str | None = None


async def _fight(question: Question, npc: str) -> None:
    """Open a fight with somebody, in the same transaction. Whoever fights is above us, and has
    registered how.

    Raises:
        UnknownPurpose: nobody has.
    """
    opens = current_game().registered().purposes.get(FIGHT)
    if opens is None:
        raise UnknownPurpose(f"No domain has registered the purpose {FIGHT!r}.")
    await opens(question, npc)


async def _what_comes(
    traveller: Participant, there: Place, meeting: Meeting, option: str, question: Question
) -> Result:
    way = way_out(meeting, option)
    if way is None:
        damage = try_to_flee(traveller, there.danger)
        outcome = Outcome(health=-damage)
    elif question.status is QuestionStatus.DEFAULTED:
        damage, outcome = 0, losses(way.success)
    else:
        await require(traveller, read_requirements(way.needs))
        damage, outcome = 0, rewards.draw(decide(way), dice.source())
    cost = Cost()
    if outcome.items and outcome.dollars < 0:  # a purchase; what robbers take is what there is
        outcome, cost = replace(outcome, dollars=0), Cost(dollars=-outcome.dollars)
    if traveller.health.value + outcome.health > 0:
        fight = way.fight if way is not None else None
        return Result(outcome, cost, through=not damage, fight=fight)
    kind = DefeatKind.COMBAT if meeting.type == FIGHTS else DefeatKind.ENVIRONMENT
    fallen = Defeat(kind=kind, danger=DANGER_PERCENT * there.danger, cause=meeting.name)
    return Result(replace(outcome, defeat=fallen), cost, through=False)


def _still_waits(traveller: Participant, question: Question) -> bool:
    """Whether the traveller is still on the way, and free to go on: it may have died, or been
    jailed, meanwhile."""
    occupation = traveller.occupation
    return (
        occupation is not None
        and occupation.id == question.id
        and not traveller.dead
        and not traveller.jailed
    )


def way_out(meeting: Meeting, option: str) -> WayOut | None:
    """What an option of an encounter is; None for fleeing."""
    return next((way for way in meeting.ways_out if way.code == option), None)


def options_of(meeting: Meeting) -> dict[str, str]:
    """What may be done about an encounter: codes with their words. One may flee from fights."""
    options = {way.code: way.label for way in meeting.ways_out}
    return {**options, FLEE: "Run for it"} if meeting.type == FIGHTS else options


def decide(way: WayOut) -> Reward:
    """What comes of a way out: where it takes luck, dice say whether it succeeds."""
    return way.success if way.chance >= 100 or dice.roll(100) <= way.chance else way.failure


def try_to_flee(person: Participant, danger: int) -> int:
    """The health that fleeing costs: nothing for whoever gets away."""
    if dice.roll(100) <= flee_percent(person.combat_level, danger):
        return 0
    return caught_damage(danger, dice.between(*CAUGHT_SHARE))


def _meeting(row: Mapping[str, Any]) -> Meeting:
    return Meeting(
        row["_id"],
        row.get("name", ""),
        row.get("type", ""),
        (int(row.get("dangerMin") or 1), int(row.get("dangerMax") or 10)),
        row.get("time") or "any",
        (int(row.get("minLevel") or 1), int(row.get("maxLevel") or 50)),
        int(row.get("weight") or 1),
        tuple(_way(way) for way in row.get("outcomes") or ()),
    )


def _way(row: Mapping[str, Any]) -> WayOut:
    chance = row.get("chance")
    return WayOut(
        row["id"],
        row.get("label", ""),
        read_reward(row.get("effects")),
        read_reward(row.get("failEffects")),
        100 if chance is None else int(chance),
        row.get("requirements"),
        row.get("fight"),
    )


_MEETINGS = Content(Encounter, "_id", _meeting)
