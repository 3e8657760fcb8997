"""What the law makes of deeds: wanted levels, prices on heads, fines, jail."""

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados import law
from desperados.characters.participant import load_participant
from desperados.engine import clock
from desperados.engine.clock import FrozenClock
from desperados.engine.storage.reads import alone
from desperados.law.consequences import LawBounty, Sentence
from desperados.law.documents import SentenceStatus
from desperados.law.rows import LawRows
from desperados.law.rules import Cause
from desperados.law.wanted import wanted_of
from desperados.testing import World, hammer
from tests.law.courts import charge, prices, sentences, stored

HOUR = timedelta(hours=1)


async def level(character: ObjectId) -> int:
    return wanted_of(await load_participant(character), clock.now()).value


def robbery(dollars: int, faction: str = "settler_alliance") -> LawBounty:
    return LawBounty(faction, dollars, "robbery")


async def test_a_level_falls_a_day_after_the_last_crime(world: World, time: FrozenClock) -> None:
    jane = await world.character()
    assert (await charge(jane, wanted=2)).levels == 2
    time.advance(hours=23)
    verdict = await charge(jane, wanted=1)
    assert (verdict.wanted, verdict.levels) == (3, 1)
    time.advance(hours=23, minutes=59)
    assert await level(jane) == 3
    time.advance(minutes=1)
    assert await level(jane) == 2
    time.advance(days=365)
    assert await level(jane) == 0


async def test_a_level_stays_within_0_and_5(world: World, time: FrozenClock) -> None:
    jane = await world.character()
    assert (await charge(jane, wanted=9)).levels == 5
    assert (await charge(jane, wanted=-9)).levels == -5
    assert (await charge(jane, wanted=-1)).levels == 0


async def test_less_of_a_level_keeps_the_hours_since_the_last(
    world: World, time: FrozenClock
) -> None:
    jane = await world.character()
    await charge(jane, wanted=4)
    time.advance(hours=20)
    await charge(jane, wanted=-1)
    time.advance(hours=4)
    assert await level(jane) == 2


async def test_effects_make_it_fall_sooner(world: World, time: FrozenClock) -> None:
    jane = await world.character()
    await charge(jane, wanted=3)
    effect = {"name": "outlaw", "stats": {"wanted_fall": 50}}
    await world.game.database["characters"].update_one(
        {"_id": jane}, {"$set": {"effects": [effect]}}
    )
    time.advance(hours=15, minutes=59)
    assert await level(jane) == 3
    time.advance(minutes=1)
    assert await level(jane) == 2


async def test_it_stands_still_in_jail(world: World, time: FrozenClock) -> None:
    jane = await world.character()
    await charge(jane, wanted=2)
    time.advance(hours=20)
    await charge(jane, jail=Sentence(Cause.VIOLENT_CRIME, 600))
    time.advance(hours=10)
    assert await level(jane) == 2
    time.advance(hours=3, minutes=59)
    assert await level(jane) == 2
    time.advance(minutes=1)
    assert await level(jane) == 1


async def test_a_crime_in_jail_counts_from_the_end_of_the_sentence(
    world: World, time: FrozenClock
) -> None:
    jane = await world.character()
    await charge(jane, wanted=1, jail=Sentence(Cause.CHEATING, 600))
    time.advance(hours=5)
    await charge(jane, wanted=1, jail=Sentence(Cause.CHEATING, 60))
    time.advance(hours=29, minutes=59)
    assert await level(jane) == 2
    time.advance(minutes=1)
    assert await level(jane) == 1


async def test_each_faction_has_one_price_and_all_have_the_rank_of_the_sum(
    world: World, time: FrozenClock
) -> None:
    jane = await world.character()
    await charge(jane, bounty=robbery(60))
    verdict = await charge(jane, bounty=robbery(50))
    assert (verdict.bounty, verdict.rank) == (110, "petty")
    verdict = await charge(jane, bounty=robbery(1_400, "frontera"))
    assert (verdict.bounty, verdict.rank) == (1_510, "notorious")
    found = await prices(world.game, jane)
    assert {row["issuerFaction"]: row["amount"] for row in found} == {
        "settler_alliance": 110,
        "frontera": 1_400,
    }
    assert {row["wantedRank"] for row in found} == {"notorious"}
    assert [crime["amount"] for row in found for crime in row["crimes"]] == [60, 50, 1_400]


async def test_prices_fall_by_a_tenth_a_day_whoever_looks(world: World, time: FrozenClock) -> None:
    jane = await world.character()
    await charge(jane, bounty=robbery(1_000))
    time.advance(days=3, hours=12)
    verdict = await charge(jane, bounty=robbery(1, "frontera"))
    assert verdict.bounty == 729 + 10  # ten at least
    time.advance(hours=12)
    verdict = await charge(jane, bounty=robbery(100))
    # 656 of the fourth day, of the other nothing is left.
    assert verdict.bounty == 656 + 100 + 10
    time.advance(days=365)
    verdict = await charge(jane, wanted=1)
    assert (verdict.bounty, verdict.rank) == (0, "unknown")
    assert await prices(world.game, jane) == []
    assert len(await prices(world.game, jane, "expired")) == 2


async def test_at_most_twenty_crimes_are_told(world: World) -> None:
    jane = await world.character()
    for dollars in range(10, 35):
        await charge(jane, bounty=robbery(dollars))
    (price,) = await prices(world.game, jane)
    assert [crime["amount"] for crime in price["crimes"]] == list(range(15, 35))


async def test_what_is_not_paid_of_a_fine_becomes_a_bounty(world: World) -> None:
    jane = await world.character()
    verdict = await charge(jane, purse=70, fine=100, faction="nahi_coalition")
    assert (verdict.burn, verdict.unpaid, verdict.bounty) == (70, 30, 30)
    verdict = await charge(jane, purse=70, fine=50)
    assert (verdict.burn, verdict.unpaid, verdict.bounty) == (50, 0, 30)
    (price,) = await prices(world.game, jane)
    assert price["issuerFaction"] == "nahi_coalition"


async def test_who_is_jailed_is_taken_to_the_jail_of_the_region(
    world: World, time: FrozenClock
) -> None:
    jane = await world.character(place="red-gulch")
    verdict = await charge(jane, jail=Sentence(Cause.MAJOR_CRIME))
    (row,) = await sentences(world.game, jane)
    assert row["endsAt"] == verdict.jailed_until == clock.now() + timedelta(minutes=45)
    assert (row["sentenceMinutes"], row["status"]) == (45, "serving")
    found = await stored(world.game, jane)
    assert found["isInJail"] is True
    assert found["jailedUntil"] == row["endsAt"]
    jail = await world.game.database["locations"].find_one({"_id": found["currentLocationId"]})
    assert jail["locationId"] == "red-gulch-sheriff"
    time.advance(minutes=45)
    assert not (await load_participant(jane)).jailed


async def test_a_second_sentence_makes_the_first_longer_to_a_day_at_most(
    world: World, time: FrozenClock
) -> None:
    jane = await world.character()
    first = await charge(jane, jail=Sentence(Cause.MAJOR_CRIME))
    time.advance(minutes=10)
    second = await charge(jane, jail=Sentence(Cause.MINOR_CRIME))
    assert first.jailed_until is not None
    assert second.jailed_until == first.jailed_until + timedelta(minutes=10)
    third = await charge(jane, jail=Sentence(Cause.VIOLENT_CRIME, 1_440))
    assert third.minutes == 1_440 - 55
    fourth = await charge(jane, jail=Sentence(Cause.VIOLENT_CRIME))
    assert (fourth.minutes, fourth.jailed_until) == (0, third.jailed_until)
    (row,) = await sentences(world.game, jane)
    assert row["sentenceMinutes"] == 1_440
    assert row["endsAt"] == row["startedAt"] + timedelta(minutes=1_440)


async def test_who_was_free_again_gets_a_new_sentence(world: World, time: FrozenClock) -> None:
    jane = await world.character()
    await charge(jane, jail=Sentence(Cause.MAJOR_CRIME))
    time.advance(hours=1)
    await charge(jane, jail=Sentence(Cause.MINOR_CRIME))
    rows = await sentences(world.game, jane)
    assert sorted(row["status"] for row in rows) == ["served", "serving"]


async def test_two_that_jail_at_once_make_one_sentence(world: World) -> None:
    jane = await world.character()
    outcomes = await hammer(lambda: charge(jane, jail=Sentence(Cause.MINOR_CRIME)), 4)
    assert outcomes.done == 4
    (row,) = await sentences(world.game, jane)
    assert row["sentenceMinutes"] == 40
    assert (await stored(world.game, jane))["jailedUntil"] == row["endsAt"]


async def test_crimes_at_once_make_one_price_of_each_faction(world: World) -> None:
    jane = await world.character()
    factions = ["settler_alliance", "frontera"] * 4
    outcomes = await hammer(
        lambda: charge(jane, wanted=1, bounty=robbery(100, factions.pop())), len(factions)
    )
    assert outcomes.done == 8
    found = await prices(world.game, jane)
    assert sorted(row["amount"] for row in found) == [400, 400]
    assert {row["wantedRank"] for row in found} == {"wanted"}
    assert await level(jane) == 5


@pytest.mark.parametrize(
    ("cause", "status", "minutes"),
    [(Cause.BOUNTY_COLLECTION, "collected", 90), (Cause.SURRENDER, "cancelled", 45)],
)
async def test_an_arrest_settles_what_somebody_was_wanted_for(
    world: World, time: FrozenClock, cause: Cause, status: str, minutes: int
) -> None:
    jane = await world.character()
    await charge(jane, wanted=3, bounty=robbery(500))
    await world.game.database["bounties"].insert_one(
        {
            "characterId": jane,
            "amount": 700,
            "status": "active",
            "bountyType": "player",
            "issuerId": ObjectId(),
            "lastCrimeAt": clock.now(),
            "expiresAt": clock.now() + timedelta(days=7),
        }
    )
    verdict = await charge(jane, jail=Sentence(cause))
    assert (verdict.minutes, verdict.collected, verdict.wanted) == (minutes, 500, 0)
    assert verdict.bounty == 700  # a player's stays
    (row,) = await prices(world.game, jane, status)
    assert row["amount"] == 500
    (left,) = await prices(world.game, jane)
    assert (left["bountyType"], left["wantedRank"]) == ("player", "wanted")


async def test_rows_of_another_program_count_as_what_they_are(
    world: World, time: FrozenClock
) -> None:
    jane = await world.character()
    now = clock.now()
    price: dict[str, Any] = {"characterId": jane, "amount": 1_000, "wantedRank": "notorious"}
    await world.game.database["bounties"].insert_many(
        [
            {**price, "lastCrimeAt": now - timedelta(days=2)},
            {**price, "lastCrimeAt": now, "expiresAt": now - HOUR},
        ]
    )
    served = {"characterId": jane, "sentenceMinutes": 60, "remainingMinutes": 0}
    await world.game.database["jailsentences"].insert_many(
        [
            {**served, "startedAt": now - 3 * HOUR, "endsAt": now - 2 * HOUR},
            {**served, "startedAt": now, "endsAt": now + HOUR},
        ]
    )
    rows = LawRows([jane])
    for read in rows.reads:
        await alone(read)
    person = await load_participant(jane)
    held = rows.of(jane)
    assert held.total(now) == 810
    assert held.serving(person) is None  # it says that she is free
    await world.game.database["characters"].update_one({"_id": jane}, {"$set": {"isInJail": True}})
    serving = held.serving(await load_participant(jane))
    assert serving is not None
    assert serving.ends_at == now + HOUR
    verdict = await charge(jane, jail=Sentence(Cause.MINOR_CRIME))
    assert verdict.jailed_until == now + HOUR + timedelta(minutes=10)
    assert verdict.bounty == 810
    # From then on it is one of ours, and on the posters when she is at large again.
    (adopted,) = await prices(world.game, jane)
    assert (adopted["amount"], adopted["decayedAt"], adopted["wantedRank"]) == (810, now, "wanted")
    time.advance(hours=2)
    assert [poster.bounty for poster in await law.most_wanted()] == [810]


async def test_whoever_is_freed_is_free_at_once_and_its_hours_go_on(
    world: World, time: FrozenClock
) -> None:
    jane = await world.character()
    await charge(jane, wanted=2)
    time.advance(hours=20)
    await charge(jane, jail=Sentence(Cause.CHEATING, 600))
    time.advance(hours=3)
    verdict = await charge(jane, freed=SentenceStatus.BRIBED)
    assert (verdict.minutes, verdict.jailed_until, verdict.wanted) == (-420, None, 2)
    (row,) = await sentences(world.game, jane)
    assert (row["status"], row["remainingMinutes"]) == ("bribed", 420)
    assert (await stored(world.game, jane))["isInJail"] is False
    time.advance(hours=4)  # 24 in all at large
    assert await level(jane) == 1


async def test_who_breaks_out_begins_its_day_again(world: World, time: FrozenClock) -> None:
    jane = await world.character()
    await charge(jane, wanted=2)
    await charge(jane, jail=Sentence(Cause.CHEATING, 600))
    time.advance(hours=9)
    verdict = await charge(jane, freed=SentenceStatus.ESCAPED, wanted=1)
    assert (verdict.wanted, verdict.levels) == (3, 1)
    time.advance(hours=23, minutes=59)
    assert await level(jane) == 3
    time.advance(minutes=1)
    assert await level(jane) == 2


async def test_remission_shortens_and_ends_a_sentence(world: World, time: FrozenClock) -> None:
    jane = await world.character()
    await charge(jane, jail=Sentence(Cause.CHEATING, 60))
    time.advance(minutes=10)
    verdict = await charge(jane, remission=5)
    assert (verdict.minutes, verdict.jailed_until) == (-5, clock.now() + timedelta(minutes=45))
    (row,) = await sentences(world.game, jane)
    assert (row["status"], row["sentenceMinutes"]) == ("serving", 55)
    assert row["endsAt"] == row["startedAt"] + timedelta(minutes=55)
    assert (await charge(jane, remission=45)).jailed_until is None
    (row,) = await sentences(world.game, jane)
    assert (row["status"], row["remainingMinutes"]) == ("served", 0)


async def test_neither_means_anything_for_the_free(world: World) -> None:
    jane = await world.character()
    verdict = await charge(jane, freed=SentenceStatus.BRIBED, remission=5)
    assert (verdict.minutes, verdict.jailed_until) == (0, None)
    assert await sentences(world.game, jane) == []
