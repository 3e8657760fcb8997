"""Crimes: all that comes of one comes at once, and once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados import economy, inventory, law
from desperados.characters.errors import CharacterUnavailable
from desperados.characters.participant import load_participant
from desperados.characters.tallies import tally
from desperados.crime.attempts import attempt_crime, list_crimes, past_crimes
from desperados.crime.attempts.scenes import law_at
from desperados.crime.documents import WitnessAccount
from desperados.crime.errors import CrimeNotFound, NoCrowd
from desperados.crime.records import criminal_record
from desperados.deck.documents import ActionDeckSession, ActionResult
from desperados.deck.errors import NotDoneHere
from desperados.deck.sessions import DECK_GAME
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import GameError, RateLimited
from desperados.engine.storage.reads import alone
from desperados.engine.work import Jobs
from desperados.law.consequences import Sentence
from desperados.law.rules import Cause
from desperados.play.errors import NotEnoughEnergy
from desperados.play.requirements.errors import Closed, CriminalSkillTooLow, LevelTooLow
from desperados.play.shapes import games
from desperados.testing import Luck, World, hammer
from desperados.world.clock import moment_of
from desperados.world.places import read_place_of
from tests.crime.attempts.heists import NOON, SQUARE, THEFT, finish, move, steal, thief
from tests.law.courts import charge, prices, sentences, stored
from tests.world.people import change, energy, place_id

UNSEEN, SEEN = 100, 1  # the roll for witnesses


async def dollars(character: ObjectId) -> int:
    return (await economy.balance(character)).dollars


async def accounts(world: World) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = await world.game.database["witnessaccounts"].find({}).to_list(None)
    return rows


async def nobody_about(world: World) -> None:
    """All NPCs are elsewhere."""
    await world.game.database["npcs"].update_many({}, {"$set": {"kind": "combat"}})


async def test_who_gets_away_with_it_has_the_loot_and_nobody_knows(
    world: World, time: FrozenClock, luck: Luck, monkeypatch: pytest.MonkeyPatch
) -> None:
    time.at = NOON
    jane = await thief(world)
    luck.next(UNSEEN)
    game = await steal(monkeypatch, jane, wins=True)
    (done,) = (await past_crimes(jane)).items
    assert (done.id, done.succeeded, done.seen, done.known) == (game, True, False, False)
    assert (done.minutes, done.bounty, done.roll) == (0, 0, 100)
    assert 16 <= done.dollars <= 30  # 80 to 120 of 100, and the suit
    assert await dollars(jane) == 100 + done.dollars
    goods = (await inventory.inventory(jane)).stacks
    assert [(stack.item, stack.quantity) for stack in goods] == [("market-goods", 1)]
    status = await law.status(jane)
    assert (status.wanted, status.bounty, status.sentence) == (0, 0, None)
    record = await alone(criminal_record(jane))
    assert (record.skill("burglary"), record.reputation) == (2, 1)  # 7, of which 2
    found = await stored(world.game, jane)
    assert found["standings"]["settler_alliance"] == -5
    assert found["busy"] is None
    assert await tally(jane, "crime_succeeded") == 1
    assert await accounts(world) == []


async def test_who_is_seen_keeps_the_loot_and_goes_to_jail(
    world: World, time: FrozenClock, luck: Luck, monkeypatch: pytest.MonkeyPatch
) -> None:
    time.at = NOON
    jane = await thief(world)
    await nobody_about(world)
    luck.next(SEEN, 50)
    await steal(monkeypatch, jane, wins=True)
    (done,) = (await past_crimes(jane)).items
    assert (done.succeeded, done.seen, done.known) == (True, True, True)
    assert (done.wanted, done.bounty, done.minutes) == (1, 50, 10)
    assert done.dollars > 0
    status = await law.status(jane)
    assert (status.wanted, status.bounty) == (1, 50)
    assert status.sentence is not None
    assert (status.sentence.remaining_minutes, status.sentence.bail) == (10, 75)
    (price,) = await prices(world.game, jane)
    assert [crime["name"] for crime in price["crimes"]] == [THEFT]
    assert (await stored(world.game, jane))["standings"]["settler_alliance"] == -10


async def test_who_fails_has_nothing_and_goes_to_jail_seen_or_not(
    world: World, time: FrozenClock, luck: Luck, monkeypatch: pytest.MonkeyPatch
) -> None:
    time.at = NOON
    jane, bill = await thief(world), await thief(world)
    await nobody_about(world)
    await change(jane, lastActive=OLD_ENOUGH)
    luck.next(UNSEEN)
    await steal(monkeypatch, jane, wins=False)
    await change(jane, lastActive=OLD_ENOUGH)
    luck.next(SEEN, 60)
    await steal(monkeypatch, bill, wins=False)
    for who, bounty, standing in ((jane, 0, -10), (bill, 60, -15)):
        assert await dollars(who) == 100
        assert (await inventory.inventory(who)).stacks == []
        status = await law.status(who)
        assert (status.wanted, status.bounty) == (1, bounty)
        assert status.sentence is not None
        assert (await stored(world.game, who))["standings"]["settler_alliance"] == standing
        assert (await alone(criminal_record(who))).reputation == 0
    assert await tally(jane, "crime_succeeded") == 0


OLD_ENOUGH = NOON - timedelta(hours=1)


async def test_an_npc_who_is_awake_tells_the_law_at_once(
    world: World, time: FrozenClock, luck: Luck, monkeypatch: pytest.MonkeyPatch
) -> None:
    time.at = NOON
    jane = await thief(world)
    place = await read_place_of(SQUARE)
    assert place is not None
    await world.game.database["npcs"].update_one(
        {"_id": "sheriff-ruth-calloway"}, {"$set": {"locationId": place.id}}
    )
    luck.next(SEEN)
    game = await steal(monkeypatch, jane, wins=True)
    rows = await accounts(world)
    assert "sheriff-ruth-calloway" in {row["witnessNpcId"] for row in rows}
    assert {(row["status"], row["reportedToLaw"], row["crimeId"]) for row in rows} == {
        ("reported", True, str(game))
    }
    assert (await law.status(jane)).wanted == 1


async def test_a_crime_asks_for_place_hour_people_level_and_skill(
    world: World, time: FrozenClock
) -> None:
    time.at = NOON
    jane = await thief(world)
    with pytest.raises(CrimeNotFound):
        await attempt_crime(jane, "bar_brawl")
    with pytest.raises(CrimeNotFound):
        await attempt_crime(jane, "no_such_crime")
    with pytest.raises(NotDoneHere):
        await attempt_crime(jane, "bank_heist")
    with pytest.raises(LevelTooLow):
        await attempt_crime(jane, "territorial_extortion")
    rancher = await thief(world, "longhorn-ranch")
    with pytest.raises((Closed, CriminalSkillTooLow)):
        await attempt_crime(rancher, "cattle_rustling")
    time.at = moment_of(1890, 6, 1, 3)
    with pytest.raises((NoCrowd, Closed)):
        await attempt_crime(jane, "pickpocket_drunk")
    await change(jane, energy=3, energyAt=time.at)
    with pytest.raises(NotEnoughEnergy):
        await attempt_crime(jane, THEFT)


async def test_the_held_and_the_dead_commit_no_crimes(world: World, time: FrozenClock) -> None:
    time.at = NOON
    jane, dead = await thief(world), await thief(world, isDead=True)
    await charge(jane, jail=Sentence(Cause.CHEATING))
    for who in (jane, dead):
        with pytest.raises(CharacterUnavailable):
            await attempt_crime(who, THEFT)


async def test_of_thirty_crimes_at_once_with_energy_for_one_one_begins(
    world: World, time: FrozenClock
) -> None:
    time.at = NOON
    jane = await thief(world)
    await change(jane, energy=20, energyAt=time.at)
    outcomes = await hammer(lambda: attempt_crime(jane, THEFT), 30)
    assert outcomes.done == 1
    assert set(outcomes.refused) <= {"character_unavailable", "rate_limited", "not_enough_energy"}
    assert await energy(jane) == 5
    assert await ActionDeckSession.collection().count_documents({}) == 1


async def test_the_same_key_is_one_crime_and_the_next_must_wait(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    time.at = NOON
    jane = await thief(world)
    first = await attempt_crime(jane, THEFT, key="job")
    assert await attempt_crime(jane, THEFT, key="job") == first
    await finish(jane, first.id, wins=False)
    await law.pay_bail(jane, jane)
    await change(jane, currentLocationId=await place_id(SQUARE))
    with pytest.raises(RateLimited):
        await attempt_crime(jane, THEFT)


async def test_a_game_that_nobody_ends_is_a_failure_by_its_clock(
    world: World, time: FrozenClock
) -> None:
    time.at = NOON
    jane = await thief(world)
    await attempt_crime(jane, THEFT)
    time.advance(days=3)  # nobody worked for three days
    await Jobs([games.due_job(DECK_GAME)]).run_until_idle()
    (done,) = (await past_crimes(jane)).items
    assert not done.succeeded
    assert (await load_participant(jane)).occupation is None
    assert (await law.status(jane)).wanted == 1


async def test_whoever_is_arrested_in_the_middle_of_it_has_nothing_of_it(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    time.at = NOON
    jane = await thief(world)
    begun = await attempt_crime(jane, THEFT)
    await charge(jane, wanted=3)
    await charge(jane, jail=Sentence(Cause.BOUNTY_COLLECTION))
    time.advance(minutes=20)
    await Jobs([games.due_job(DECK_GAME)]).run_until_idle()
    result = await ActionResult.load_one({"_id": begun.id})
    assert result is not None
    (sentence,) = await sentences(world.game, jane)
    assert sentence["sentenceMinutes"] == 90
    assert await dollars(jane) == 100


async def test_a_move_and_the_clock_at_once_make_one_crime(world: World, time: FrozenClock) -> None:
    time.at = NOON
    jane = await thief(world)
    begun = await attempt_crime(jane, THEFT)
    time.advance(minutes=16)
    done = await asyncio.gather(
        move(jane, begun.id, "stop", 0),
        Jobs([games.due_job(DECK_GAME)]).run_until_idle(),
        return_exceptions=True,
    )
    assert all(isinstance(d, GameError) for d in done if isinstance(d, BaseException))
    assert len((await past_crimes(jane)).items) == 1
    assert len(await sentences(world.game, jane)) == 1


async def test_the_crimes_of_a_place_say_what_they_take_and_bring(
    world: World, time: FrozenClock
) -> None:
    time.at = NOON
    jane = await thief(world)
    crimes = {crime.crime: crime for crime in await list_crimes(jane)}
    theft, extortion = crimes[THEFT], crimes["territorial_extortion"]
    assert (theft.skill, theft.skill_level, theft.relief, theft.energy) == ("burglary", 1, 0, 15)
    assert (theft.least_loot, theft.most_loot, theft.unmet) == (16, 24, [])
    assert 10 <= theft.seen_percent <= 95
    assert {missing.kind for missing in extortion.unmet} == {"level", "criminal_skill"}
    await attempt_crime(jane, THEFT)
    ready = {crime.crime: crime.ready_at for crime in await list_crimes(jane)}
    assert ready[THEFT] == NOON + timedelta(minutes=10)


async def test_the_law_of_a_place_is_that_of_its_zone(world: World) -> None:
    place = await read_place_of(SQUARE)
    assert place is not None
    assert await law_at(place) == "settler_alliance"
    assert await law_at(None) == "settler_alliance"
    assert WitnessAccount.collection_name() == "witnessaccounts"
