"""Encounters: asked on the way, answered once, and never got round."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from bson import ObjectId

from desperados.characters.errors import CharacterUnavailable
from desperados.characters.participant import load_participant
from desperados.characters.tallies import tally
from desperados.engine.clock import FrozenClock
from desperados.engine.commands import command
from desperados.law.consequences import Sentence
from desperados.law.rules import Cause
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import wallet
from desperados.ledger.money.documents import Currency
from desperados.play.outcome import Deed, Outcome, Share
from desperados.play.requirements.errors import RequirementUnmet
from desperados.play.settle import settle
from desperados.play.shapes.documents import Question, QuestionStatus
from desperados.play.shapes.errors import QuestionClosed, UnknownOption
from desperados.play.shapes.questions import answer, answer_by_default, open_questions
from desperados.testing import Luck, World, hammer
from desperados.world.clock import moment_of
from desperados.world.travel import travel
from desperados.world.travel.documents import Journey
from tests.world.people import change, energy, stored, where

NOON = moment_of(1890, 6, 1, 12)
HIT, FIRST = 1, 1
HEALTHY = 110


async def ambushed(world: World, time: FrozenClock, luck: Luck) -> tuple[ObjectId, Question]:
    """Somebody of level 10 on the road from Red Gulch to Sangre Canyon who meets bandits."""
    time.at = NOON
    jane = await world.character(place="red-gulch")
    await change(jane, level=10)
    # That something happens, and which of the encounters of the canyon that suit.
    luck.next(HIT, FIRST)
    went = await travel(jane, "sangre-canyon")
    assert went.question is not None
    assert (went.energy_spent, went.arrives_at) == (11, None)
    question = await Question.load_one({"_id": went.question})
    assert question is not None
    return jane, question


async def to(question: Question, code: str) -> None:
    """Let the question be about another encounter."""
    from desperados.deck.documents import Encounter

    row = await Encounter.collection().find_one({"_id": code})
    options = [{"code": way["id"], "text": way["label"]} for way in row["outcomes"]]
    if row["type"] == "combat":
        options.append({"code": "flee", "text": "Run for it"})
    await Question.collection().update_one(
        {"_id": question.id},
        {"$set": {"subject.encounter": code, "options": options, "default": options[-1]["code"]}},
    )


async def purse(who: ObjectId) -> int:
    return (await ledger.balances(wallet(who)) or {})[Currency.DOLLARS]


async def test_the_journey_waits_for_the_answer_and_goes_on_without_a_second_price(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    jane, question = await ambushed(world, time, luck)
    assert (await where(jane), await energy(jane)) == ("red-gulch", 139)
    with pytest.raises(CharacterUnavailable) as refused:
        await travel(jane, "fort-ashford")
    assert refused.value.facts["state"] == "journey"
    await to(question, "painted_wall")
    before = (await stored(jane))["xp"]
    await answer(jane, question.id, "study")
    assert (await where(jane), await energy(jane)) == ("sangre-canyon", 139)
    assert (await stored(jane))["xp"] == before + 40
    assert (await stored(jane))["busy"] is None
    assert await tally(jane, "location_visited") == 1


async def test_an_answer_is_given_once(world: World, time: FrozenClock, luck: Luck) -> None:
    jane, question = await ambushed(world, time, luck)
    await to(question, "painted_wall")
    outcomes = await hammer(lambda: answer(jane, question.id, "study"), 8)
    assert outcomes.done == 1, outcomes.refused
    assert set(outcomes.refused) <= {"question_closed", "contention"}
    assert (await stored(jane))["xp"] == 40
    with pytest.raises(UnknownOption):
        jane, question = await ambushed(world, time, luck)
        await answer(jane, question.id, "teleport")


async def test_what_needs_skill_or_goods_is_refused_and_the_question_stays(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    jane, question = await ambushed(world, time, luck)
    await to(question, "old_cache")
    with pytest.raises(RequirementUnmet):
        await answer(jane, question.id, "disarm")
    assert (await open_questions(jane)).items[0].id == question.id
    assert await where(jane) == "red-gulch"
    await answer(jane, question.id, "leave")
    assert await where(jane) == "sangre-canyon"


async def test_luck_decides_where_it_is_needed(world: World, time: FrozenClock, luck: Luck) -> None:
    jane, question = await ambushed(world, time, luck)
    await to(question, "old_cache")
    luck.next(71)  # it succeeds up to 70
    await answer(jane, question.id, "open")
    row = await stored(jane)
    assert (row["health"], row["xp"]) == (HEALTHY - 30, 20)
    assert await where(jane) == "sangre-canyon"


async def test_nobody_is_robbed_of_more_than_he_has(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    jane, question = await ambushed(world, time, luck)
    await to(question, "masked_riders")  # they want 100 dollars, and Jane has 100 and no more
    await answer(jane, question.id, "pay")
    assert await purse(jane) == 0
    jane, question = await ambushed(world, time, luck)
    await world.game.database["characters"].update_one({"_id": jane}, {"$set": {"level": 10}})
    await to(question, "bandit_ambush")
    await answer(jane, question.id, "pay")
    assert await purse(jane) == 50


# Fleeing


async def test_who_gets_away_arrives_unharmed(world: World, time: FrozenClock, luck: Luck) -> None:
    jane, question = await ambushed(world, time, luck)
    await to(question, "bandit_ambush")
    luck.next(20)  # danger 7 and combat level 1: 20 percent
    await answer(jane, question.id, "flee")
    assert (await where(jane), (await stored(jane))["health"]) == ("sangre-canyon", HEALTHY)


async def test_who_is_caught_is_hurt_and_stays(world: World, time: FrozenClock, luck: Luck) -> None:
    jane, question = await ambushed(world, time, luck)
    await to(question, "bandit_ambush")
    luck.next(21, 30)
    await answer(jane, question.id, "flee")
    row = await stored(jane)
    assert (await where(jane), row["health"], row["busy"]) == ("red-gulch", HEALTHY - 10, None)
    assert await tally(jane, "location_visited") == 0


async def test_who_falls_on_the_way_does_not_arrive(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    jane, question = await ambushed(world, time, luck)
    await change(jane, health=10, healthAt=NOON, level=5)
    await to(question, "bandit_ambush")
    await answer(jane, question.id, "fight")
    row = await stored(jane)
    assert row["downUntil"] > NOON
    assert row["busy"] is None
    assert await where(jane) == "red-gulch"
    assert await tally(jane, "location_visited") == 0


# When nobody answers


async def test_whoever_waits_gets_through_with_what_costs_least_and_gains_nothing(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    jane, question = await ambushed(world, time, luck)
    await to(question, "dust_devil")
    await Question.collection().update_one({"_id": question.id}, {"$set": {"default": "shelter"}})
    time.at = question.expires_at
    with pytest.raises(QuestionClosed):
        await answer(jane, question.id, "push_on")
    with pytest.raises(CharacterUnavailable):  # nobody goes on before it is decided
        await travel(jane, "fort-ashford")
    await asyncio.gather(*(answer_by_default(question.id) for _ in range(3)))
    row = await stored(jane)
    assert (row["xp"], row["health"], await where(jane)) == (0, HEALTHY, "sangre-canyon")
    found = await Question.load_one({"_id": question.id})
    assert found is not None
    assert found.status is QuestionStatus.DEFAULTED
    assert await tally(jane, "location_visited") == 1


async def test_who_died_meanwhile_does_not_arrive(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    jane, question = await ambushed(world, time, luck)
    await change(jane, isDead=True)
    time.at = question.expires_at
    await answer_by_default(question.id)
    assert await where(jane) == "red-gulch"


@command
async def jail(who: ObjectId) -> None:
    share = Share(await load_participant(who), Outcome(jail=Sentence(Cause.MURDER_FOR_HIRE)))
    await settle(Deed(name="murder"), share)


async def test_who_was_jailed_meanwhile_does_not_arrive(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    jane, question = await ambushed(world, time, luck)
    await jail(jane)
    time.at = question.expires_at
    await answer_by_default(question.id)
    assert await where(jane) == "red-gulch-sheriff"


async def test_a_long_way_goes_on_after_the_answer(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    time.at = NOON
    jane = await world.character(place="dusty-trail")
    await change(jane, level=10)
    luck.next(HIT, FIRST)
    went = await travel(jane, "the-wastes")
    assert went.question is not None
    question = await Question.load_one({"_id": went.question})
    assert question is not None
    await to(question, "dust_devil")
    time.advance(minutes=5)
    await answer(jane, question.id, "shelter")
    (journey,) = await Journey.load_many({"characterId": jane}, limit=2)
    assert journey.arrives_at == time.at + timedelta(seconds=82)
    with pytest.raises(CharacterUnavailable):
        await travel(jane, "the-frontera")


async def test_an_encounter_that_is_no_more_lets_the_traveller_go(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    jane, question = await ambushed(world, time, luck)
    await Question.collection().update_one(
        {"_id": question.id}, {"$set": {"subject.encounter": "gone"}}
    )
    time.at = question.expires_at
    await answer_by_default(question.id)
    assert (await where(jane), (await stored(jane))["busy"]) == ("red-gulch", None)
