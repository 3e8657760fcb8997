"""Bail, surrender, release, posters: going to jail and out of it."""

from datetime import timedelta

import pytest
from bson import ObjectId

from desperados import characters, economy, law
from desperados.characters.participant import load_participant
from desperados.engine import clock
from desperados.engine.clock import FrozenClock
from desperados.engine.work import Jobs
from desperados.law.consequences import LawBounty, Sentence
from desperados.law.errors import BailChanged, NoBail, NotAtOffice, NotJailed, NotWanted
from desperados.law.jobs import JOBS
from desperados.law.rules import Cause
from desperados.law.wanted import wanted_of
from desperados.ledger.money.errors import InsufficientFunds
from desperados.testing import World, hammer
from tests.law.courts import charge, prices, sentences, stored


def robbery(dollars: int, faction: str = "settler_alliance") -> LawBounty:
    return LawBounty(faction, dollars, "robbery")


async def dollars(character: ObjectId) -> int:
    return (await economy.balance(character)).dollars


async def work() -> None:
    """Do what is due."""
    await Jobs(JOBS).run_until_idle()


async def test_a_friend_pays_the_bail_of_the_moment_and_the_prisoner_is_free(
    world: World, time: FrozenClock
) -> None:
    jane, bill = await world.character(), await world.character(dollars=900)
    await charge(jane, wanted=2)
    await charge(jane, jail=Sentence(Cause.MAJOR_CRIME))
    time.advance(minutes=15)
    quote = await law.bail_quote(jane)
    assert quote.sentence.bail == 2 * 100 + 30 * 5
    receipt = await law.pay_bail(bill, jane, max_total=350)
    assert (receipt.price, receipt.balance) == (350, 650)
    (row,) = await sentences(world.game, jane)
    assert (row["status"], row["remainingMinutes"]) == ("bailed", 30)
    assert row["releasedBy"] == bill
    assert not (await load_participant(jane)).jailed
    assert (await stored(world.game, jane))["jailedUntil"] is None


async def test_the_hours_of_a_wanted_level_go_on_where_they_stood(
    world: World, time: FrozenClock
) -> None:
    jane = await world.character(dollars=5_000)
    await charge(jane, wanted=2)
    time.advance(hours=20)
    await charge(jane, jail=Sentence(Cause.VIOLENT_CRIME, 600))
    time.advance(hours=3)
    await law.pay_bail(jane, jane)
    time.advance(hours=3, minutes=59)
    assert wanted_of(await load_participant(jane), clock.now()).value == 2
    time.advance(minutes=1)
    assert wanted_of(await load_participant(jane), clock.now()).value == 1


async def test_bail_is_paid_once_whoever_pays_at_once(world: World, time: FrozenClock) -> None:
    jane = await world.character(dollars=900)
    payers = [await world.character(dollars=900) for _ in range(3)]
    await charge(jane, jail=Sentence(Cause.MAJOR_CRIME))
    who = [jane, *payers]
    outcomes = await hammer(lambda: law.pay_bail(who.pop(), jane), 4)
    assert outcomes.done == 1
    assert outcomes.refused == {"not_jailed": 3}
    assert sum([await dollars(someone) for someone in (jane, *payers)]) == 4_000 - 225


async def test_the_same_key_pays_once(world: World, time: FrozenClock) -> None:
    jane = await world.character(dollars=900)
    await charge(jane, jail=Sentence(Cause.MAJOR_CRIME))
    first = await law.pay_bail(jane, jane, key="bail-1")
    again = await law.pay_bail(jane, jane, key="bail-1")
    assert again == first
    assert await dollars(jane) == 1_000 - 225


async def test_bail_has_its_refusals(world: World, time: FrozenClock) -> None:
    jane, bill = await world.character(dollars=900), await world.character()
    with pytest.raises(NotJailed):
        await law.pay_bail(bill, jane)
    with pytest.raises(NotJailed):
        await law.bail_quote(jane)
    await charge(jane, jail=Sentence(Cause.MAJOR_CRIME))
    with pytest.raises(InsufficientFunds):
        await law.pay_bail(bill, jane)
    with pytest.raises(BailChanged):
        await law.pay_bail(jane, jane, max_total=224)
    await charge(jane, jail=Sentence(Cause.FAILED_ESCAPE))
    with pytest.raises(NoBail):
        await law.pay_bail(jane, jane)
    time.advance(days=1)
    with pytest.raises(NotJailed):
        await law.pay_bail(jane, jane)


async def test_a_case_with_a_bail_of_its_own_does_not_get_cheaper(
    world: World, time: FrozenClock
) -> None:
    jane = await world.character(dollars=900)
    await charge(jane, jail=Sentence(Cause.MINOR_CRIME, 10, bail=180))
    time.advance(minutes=9)
    assert (await law.bail_quote(jane)).sentence.bail == 180


async def test_who_gives_up_sits_half_as_long_and_is_wanted_no_more(
    world: World, time: FrozenClock
) -> None:
    jane = await world.character(place="red-gulch")
    await charge(jane, wanted=4, bounty=robbery(800))
    got = await law.surrender(jane)
    assert (got.minutes, got.bounty) == (60, 0)
    assert got.jailed_until == clock.now() + timedelta(hours=1)
    status = await law.status(jane)
    assert (status.wanted, status.bounty, status.falls_at) == (0, 0, None)
    assert status.sentence is not None
    assert status.sentence.remaining_minutes == 60
    assert len(await prices(world.game, jane, "cancelled")) == 1


async def test_surrenders_at_once_make_one_sentence(world: World) -> None:
    jane = await world.character(place="red-gulch-sheriff")
    await charge(jane, wanted=3)
    outcomes = await hammer(lambda: law.surrender(jane), 4)
    assert outcomes.done == 1
    assert outcomes.refused == {"character_unavailable": 3}
    (row,) = await sentences(world.game, jane)
    assert row["sentenceMinutes"] == 45


async def test_nobody_gives_up_for_nothing_or_to_nobody(world: World) -> None:
    jane = await world.character(place="red-gulch")
    with pytest.raises(NotWanted):
        await law.surrender(jane)
    bill = await world.character(place="longhorn-ranch")
    await charge(bill, wanted=1)
    with pytest.raises(NotAtOffice):
        await law.surrender(bill)


async def test_the_status_says_when_it_changes(world: World, time: FrozenClock) -> None:
    jane = await world.character()
    await charge(jane, wanted=3, bounty=robbery(600, "frontera"))
    effect = {"name": "priest", "stats": {"disguise": 2}}
    await world.game.database["characters"].update_one(
        {"_id": jane}, {"$set": {"effects": [effect]}}
    )
    time.advance(hours=10)
    status = await law.status(jane)
    assert (status.wanted, status.shown, status.arrestable) == (3, 1, True)
    assert status.falls_at == clock.now() + timedelta(hours=14)
    assert (status.rank, status.bounty) == ("wanted", 600)
    assert [(p.faction, p.amount, p.crimes) for p in status.bounties] == [
        ("frontera", 600, ["robbery"])
    ]


async def test_the_most_wanted_are_those_at_large_by_what_is_on_them_now(
    world: World, time: FrozenClock
) -> None:
    old, new, held, gone, small = [await world.character() for _ in range(5)]
    await charge(old, bounty=robbery(2_000))
    time.advance(days=10)  # 695 are left
    await charge(new, bounty=robbery(900))
    await charge(held, bounty=robbery(5_000))
    await charge(held, jail=Sentence(Cause.MINOR_CRIME))
    await charge(gone, bounty=robbery(5_000))
    await charge(small, bounty=robbery(20))
    found = await world.game.database["characters"].find_one({"_id": gone})
    await characters.delete(gone, name=found["name"])
    posters = await law.most_wanted()
    assert [(p.character_id, p.bounty) for p in posters] == [(new, 900), (old, 695), (small, 20)]
    time.advance(days=365)
    assert await law.most_wanted() == []


async def test_what_the_law_pays_for_a_deleted_character_is_taken_back(world: World) -> None:
    jane = await world.character(name="Jane Doe")
    await charge(jane, bounty=robbery(500))
    await characters.delete(jane, name="Jane Doe")
    assert len(await prices(world.game, jane, "cancelled")) == 1


async def test_after_three_days_without_workers_everything_is_as_it_should_be(
    world: World, time: FrozenClock
) -> None:
    jane = await world.character()
    await charge(jane, wanted=5, bounty=robbery(1_000))
    await charge(jane, jail=Sentence(Cause.VIOLENT_CRIME, 60))
    time.advance(days=3, hours=2)  # of which it stood still for an hour and a half
    status = await law.status(jane)
    assert (status.wanted, status.bounty, status.sentence) == (2, 729, None)
    (await load_participant(jane)).must_be_free()
    await work()  # sentences_end
    (row,) = await sentences(world.game, jane)
    assert (row["status"], row["remainingMinutes"]) == ("served", 0)
    assert (await stored(world.game, jane))["isInJail"] is False
    assert (await law.status(jane)).wanted == 2


async def test_a_late_note_of_the_end_moves_nobody_and_ends_no_newer_sentence(
    world: World, time: FrozenClock
) -> None:
    jane = await world.character()
    await charge(jane, jail=Sentence(Cause.MINOR_CRIME))
    time.advance(hours=1)
    second = await charge(jane, jail=Sentence(Cause.MAJOR_CRIME))
    await work()
    found = await stored(world.game, jane)
    assert (found["isInJail"], found["jailedUntil"]) == (True, second.jailed_until)


async def test_a_prisoner_of_another_program_is_let_go_at_the_end(
    world: World, time: FrozenClock
) -> None:
    jane = await world.character(dollars=900)
    await world.game.database["characters"].update_one({"_id": jane}, {"$set": {"isInJail": True}})
    await world.game.database["jailsentences"].insert_one(
        {
            "characterId": jane,
            "reason": "brawl",
            "sentenceMinutes": 90,
            "remainingMinutes": 90,
            "startedAt": clock.now(),
            "endsAt": clock.now() + timedelta(minutes=90),
        }
    )
    assert (await law.bail_quote(jane)).sentence.bail == 450
    time.advance(minutes=89)
    await work()
    assert (await load_participant(jane)).jailed
    time.advance(minutes=1)
    await work()  # foreign_sentences_end
    assert not (await load_participant(jane)).jailed


async def test_bail_and_the_end_at_once_free_the_prisoner_once(
    world: World, time: FrozenClock
) -> None:
    jane = await world.character(dollars=900)
    await charge(jane, jail=Sentence(Cause.MINOR_CRIME))
    time.advance(minutes=9, seconds=59)
    await law.pay_bail(jane, jane)
    time.advance(minutes=1)
    await work()
    (row,) = await sentences(world.game, jane)
    assert row["status"] == "bailed"
