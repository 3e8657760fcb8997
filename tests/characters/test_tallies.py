"""Tallies: what is counted is counted once, whatever it is called and whoever counts at once."""

import asyncio

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from desperados.characters.actor import Actor
from desperados.characters.happenings import Happened, note
from desperados.characters.tallies import add_earned, has, progress, tallies_of, tally
from desperados.characters.tallies.counters import COUNTERS, STATES, Counted, Way
from desperados.characters.tallies.counting import stored_key
from desperados.characters.tallies.documents import Tally
from desperados.engine.game import Game
from desperados.engine.storage.reads import alone
from desperados.engine.transactions import transaction, transactional
from desperados.testing import World

JANE = ObjectId()


def somebody(character: ObjectId = JANE) -> Actor:
    """A character that was read."""
    stored = {"_id": character, "userId": ObjectId(), "name": "Jane", "faction": "frontera"}
    return Actor.of({**stored, "currentLocationId": ObjectId()})


@transactional
async def win(*tags: str, target: str | None = None, rank: int = 0) -> None:
    """Win a fight."""
    note(somebody(), Happened.FIGHT_ENDED, "won", *tags, target=target, rank=rank)


async def test_what_was_never_counted_is_nothing(game: Game) -> None:
    found = await alone(tallies_of(JANE))
    assert {counter: found.count(counter) for counter in COUNTERS} == dict.fromkeys(COUNTERS, 0)
    assert not found.has("boss_killed", "npc:coyote")
    with pytest.raises(KeyError):
        found.count("level")


@transactional
async def arrive(*tags: str, target: str | None = None) -> None:
    """Come somewhere."""
    note(somebody(), Happened.PLACE_REACHED, "place", *tags, target=target)


async def test_visits_are_counted_for_each_place(game: Game) -> None:
    for place in ("location:echo-caves", "location:echo-caves", "location:dusty.trail"):
        await arrive(target=place)
    await arrive()
    found = await alone(tallies_of(JANE))
    assert found.times("visits", "location:echo-caves") == 2
    assert found.times("visits", "location:dusty.trail") == 1
    assert found.times("visits", "location:red-gulch") == 0
    assert found.count("location_visited") == 2
    with pytest.raises(KeyError):
        found.times("combat_won", "npc:coyote")


async def test_a_deed_counts_for_all_that_it_is(game: Game) -> None:
    await win("npc", target="npc:coyote")
    await win("boss", "flawless", target="action:pale_rider")
    await win("boss", target="action:pale_rider")
    await win("boss", target="npc:grizzly")
    await win("character", "purpose:duel")
    found = await alone(tallies_of(JANE))
    assert found.count("combat_won") == 5
    assert found.count("duel_won") == 1
    assert found.count("flawless_fight") == 1
    assert found.count("kill_pale_rider") == 2
    assert found.count("kill_general_sangre") == 0
    assert found.count("boss_killed") == 2
    assert found.has("boss_killed", "npc:grizzly")
    assert not found.has("boss_killed", "npc:coyote")
    assert await has(JANE, "boss_killed", "action:pale_rider")


async def test_a_lost_fight_counts_for_none_of_it(game: Game) -> None:
    async with transaction():
        note(somebody(), Happened.FIGHT_ENDED, "lost", "boss", target="action:pale_rider")
    assert await Tally.load_one({"characterId": JANE}) is None


async def test_amounts_add_up_and_ranks_only_rise(game: Game) -> None:
    for amount in (30, 12):
        async with transaction():
            note(somebody(), Happened.TRADE_DONE, "sent", amount=amount)
    async with transaction():
        note(somebody(), Happened.TRADE_DONE, "donated", amount=8)
    for rank in (2, 4, 1):
        async with transaction():
            note(somebody(), Happened.LAW_ACTED, "wanted", rank=rank)
    assert await tally(JANE, "dollars_given") == 50
    assert await tally(JANE, "wanted_level") == 4


async def test_what_is_earned_otherwise_adds_to_what_trade_brings(game: Game) -> None:
    async with transaction():
        note(somebody(), Happened.TRADE_DONE, "shop_sell", amount=40)
        add_earned(JANE, 2)
    assert await tally(JANE, "dollars_earned") == 42


async def test_what_fails_is_not_counted(game: Game) -> None:
    with pytest.raises(RuntimeError):
        async with transaction():
            await win()
            raise RuntimeError
    assert await tally(JANE, "combat_won") == 0


async def test_the_first_deeds_of_one_who_has_no_tallies_are_all_counted(game: Game) -> None:
    """A character of a world that was there before them, in 20 commands at once."""
    await asyncio.gather(*(win("boss", target=f"npc:boss{number}") for number in range(20)))
    (row,) = await Tally.load_many({}, limit=5)
    assert row.character_id == JANE
    assert await tally(JANE, "combat_won") == 20
    assert await tally(JANE, "boss_killed") == 20


async def test_tallies_are_made_with_the_character(world: World) -> None:
    jane = await world.character()
    (row,) = await Tally.load_many({"characterId": jane}, limit=5)
    assert (row.counts, row.sets) == ({}, {})


texts = st.text(st.sampled_from("ab.$%\0:#+é"), max_size=12)


@given(texts, texts)
def test_no_name_of_a_tally_is_a_path_or_an_operator_and_no_two_are_one(
    one: str, other: str
) -> None:
    assert not set(stored_key(one)) & set(".$\0")
    assert (stored_key(one) == stored_key(other)) == (one == other)


async def test_a_name_full_of_dots_is_one_field(game: Game) -> None:
    """As the database sees it, not as it is spelt."""
    await win("boss", target="npc:$a.b%c")
    (row,) = await game.database["tallies"].find({}).to_list(None)
    assert row["counts"] == {"fight%2Eended%2Ewon": 1}
    assert row["sets"] == {"fight%2Eended%2Ewon+boss": ["npc:$a.b%c"]}
    assert await has(JANE, "boss_killed", "npc:$a.b%c")


def test_the_tallies_stay_small() -> None:
    """Each is one line of the table: what content does not ask for is not counted."""
    keys = {counted.key for counter in COUNTERS.values() for counted in counter}
    assert len(keys) < 300
    assert not STATES & set(COUNTERS)
    assert Counted("a", ("b", "c"), "d:e", Way.AMOUNT).key == "a.b+c:d:e#amount"


numbers = st.integers(0, 10**9)


@given(numbers, numbers, numbers, numbers)
def test_progress_is_within_its_bounds_and_never_goes_back(
    need: int, tally: int, more: int, baseline: int
) -> None:
    now, later = progress(need, tally, baseline), progress(need, tally + more, baseline)
    assert 0 <= now <= later <= need
    assert progress(need, baseline + need, baseline) == need
    assert progress(need, baseline, baseline) == 0
