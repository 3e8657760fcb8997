"""What comes of a duel, once, whoever ends it and however it ends."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from desperados.characters.tallies import tally
from desperados.combat.duels import (
    accept_duel,
    challenge_duel,
    duel_history,
    duel_leaderboard,
    duel_record,
    elo,
    open_duels,
    play_duel,
    read_duel,
)
from desperados.combat.duels.documents import (
    DuelSession,
    DuelStatus,
    DuelType,
    EndReason,
    Rating,
)
from desperados.combat.duels.jobs import JOBS
from desperados.combat.duels.playing import DUELS
from desperados.combat.duels.wagers import combat_xp
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import GameError
from desperados.engine.work import Jobs
from desperados.ledger.money.documents import GoldTransaction, Hold, PendingReward
from desperados.play.documents import Grave
from desperados.play.shapes import games
from desperados.renown.documents import CharacterKarma
from desperados.testing import Luck, World
from tests.combat.duels.ring import (
    SKILLED_XP,
    begun,
    change,
    dealt,
    dollars,
    duelist,
    look,
    play,
    row,
    session,
    stored,
    two,
    won_by,
)
from tests.games import embedded

WAGER: dict[str, Any] = {"kind": DuelType.WAGER, "wager": 100}
RANKED: dict[str, Any] = {"kind": DuelType.RANKED}


async def held() -> int:
    rows = await Hold.collection().find({"status": "open"}).to_list(None)
    return sum(int(hold["held"].get("dollars", 0)) for hold in rows)


async def test_the_winner_has_both_wagers_and_both_are_free(world: World) -> None:
    jane, bill = await two(world)
    duel = await dealt(jane, bill, **WAGER)
    assert (await row(duel)).status is DuelStatus.ACTIVE
    assert (await stored(jane))["isInCombat"]
    await play(bill, duel, "forfeit")
    assert (await dollars(jane), await dollars(bill), await held()) == (2_100, 1_900, 0)
    found = await row(duel)
    assert (found.status, found.winner_id) == (DuelStatus.COMPLETE, jane)
    assert (found.end_reason, found.phase) == (EndReason.FORFEIT, "duel_end")
    for who in (jane, bill):
        assert (await stored(who))["busy"] is None
        assert not (await stored(who))["isInCombat"]
        assert (await open_duels(who)).items == []
        assert [seen.id for seen in (await duel_history(who)).items] == [duel]
    over = await look(bill, duel)
    assert (over.status, over.legal, over.table["winner"]) == ("complete", [], 0)
    assert over.seed is not None
    won = await GoldTransaction.collection().find({"source": "stake_won"}).to_list(None)
    assert [(found["characterId"], found["amount"]) for found in won] == [(jane, 100)]


async def test_a_challenger_who_is_not_there_gets_back_what_it_put_up(
    world: World, time: FrozenClock
) -> None:
    jane, bill = await two(world)
    duel = await begun(jane, bill, **WAGER)
    time.advance(seconds=60)
    await Jobs(JOBS).run_until_idle()
    found = await row(duel)
    assert (found.status, found.winner_id) == (DuelStatus.COMPLETE, None)
    assert found.end_reason is EndReason.VOID
    assert (await dollars(jane), await dollars(bill), await held()) == (2_000, 2_000, 0)
    assert (await session(duel)).status == "void"


async def test_two_who_go_away_get_back_what_they_put_up(world: World, time: FrozenClock) -> None:
    jane, bill = await two(world)
    duel = await dealt(jane, bill, **WAGER)
    time.advance(hours=3)
    await Jobs(JOBS).run_until_idle()
    assert (await row(duel)).end_reason is EndReason.VOID
    assert (await dollars(jane), await dollars(bill), await held()) == (2_000, 2_000, 0)


async def test_the_clock_ends_what_one_has_left(world: World, time: FrozenClock) -> None:
    jane, bill = await two(world)
    duel = await dealt(jane, bill, **WAGER)
    while (await row(duel)).status is DuelStatus.ACTIVE:
        view = await look(jane, duel)
        if "draw" in view.legal:
            await play(jane, duel, "draw", cards=[0, 1, 2, 3, 4])
        elif "bet" in view.legal:
            await play(jane, duel, "bet", amount=1)
        time.advance(seconds=60)
        await Jobs(JOBS).run_until_idle()
    assert (await row(duel)).winner_id == jane
    assert (await dollars(jane), await dollars(bill), await held()) == (2_100, 1_900, 0)


async def test_a_heartbeat_is_a_move_of_either(world: World, time: FrozenClock) -> None:
    jane, bill = await two(world)
    duel = await dealt(jane, bill)
    time.advance(seconds=30)
    await play(bill, duel, "draw", cards=[])
    assert (await session(duel)).last_heartbeat == time.at
    then = time.at
    time.advance(seconds=30)
    await Jobs(JOBS).run_until_idle()
    assert (await session(duel)).last_heartbeat == then


# Experience, conduct, tallies


async def test_a_win_gives_experience_conduct_and_standing_and_is_counted(world: World) -> None:
    jane, bill = await two(world)
    await change(bill, level=3)
    await won_by(jane, bill, **WAGER)
    assert (await stored(jane))["combatXp"] == SKILLED_XP + 550
    assert (await stored(bill))["combatXp"] == SKILLED_XP
    karma = await CharacterKarma.load_one({"characterId": jane})
    assert karma is not None
    own = (await stored(jane))["faction"]
    assert (await stored(jane))["standings"][own] == 12
    assert await tally(jane, "duel_won") == await tally(jane, "combat_won") == 1
    assert await tally(bill, "duel_won") == 0


@given(winner=st.integers(1, 50), loser=st.integers(1, 50))
def test_experience_follows_the_levels_within_bounds(winner: int, loser: int) -> None:
    full = combat_xp(DuelType.RANKED, winner, loser)
    assert 100 <= full <= 2_000
    assert combat_xp(DuelType.CASUAL, winner, loser) == full // 2
    if loser < 50:
        assert combat_xp(DuelType.RANKED, winner, loser + 1) >= full


async def test_the_fourth_win_of_a_day_over_the_same_gives_nothing(
    world: World, time: FrozenClock
) -> None:
    time.at = time.at.replace(hour=1)
    jane, bill = await two(world)
    for _ in range(4):
        await won_by(jane, bill)
        time.advance(minutes=1)
    assert (await stored(jane))["combatXp"] == SKILLED_XP + 3 * 250
    assert await tally(jane, "duel_won") == 3
    await won_by(bill, jane)  # the other way round it counts
    assert await tally(bill, "duel_won") == 1


# Ratings


async def rating(who: ObjectId) -> int:
    return (await duel_record(who)).rating


async def test_a_ranked_duel_moves_ratings_by_opposite_amounts(world: World) -> None:
    jane, bill = await two(world)
    duel = await won_by(jane, bill, **RANKED)
    assert (await rating(jane), await rating(bill)) == (1_016, 984)
    assert (await row(duel)).rating_change == 16
    await won_by(jane, bill)
    await won_by(jane, bill, **WAGER)
    assert (await rating(jane), await rating(bill)) == (1_016, 984)


async def test_the_fourth_ranked_duel_of_a_pair_in_a_day_is_not_rated(
    world: World, time: FrozenClock
) -> None:
    time.at = time.at.replace(hour=1)
    jane, bill = await two(world)
    for number in range(4):
        duel = await won_by(*((jane, bill) if number % 2 else (bill, jane)), **RANKED)
        time.advance(minutes=1)
    assert (await row(duel)).rating_change is None
    assert (await duel_record(jane)).played == 3
    time.advance(days=1)
    await won_by(jane, bill, **RANKED)
    assert (await duel_record(jane)).played == 4


async def test_beyond_four_hundred_points_nothing_is_rated(world: World) -> None:
    jane, bill = await two(world)
    await won_by(jane, bill, **RANKED)
    for who, points in ((jane, 1_201), (bill, 799)):
        await Rating.collection().update_one({"characterId": who}, {"$set": {"points": points}})
    duel = await won_by(bill, jane, **RANKED)
    assert (await row(duel)).rating_change is None


@given(winner=st.integers(100, 3_000), loser=st.integers(100, 3_000))
def test_ratings_are_conserved_above_their_floor(winner: int, loser: int) -> None:
    points = elo.moved(winner, loser)
    assert 0 <= points <= elo.K
    assert loser - points >= elo.FLOOR
    assert points >= 1 or loser == elo.FLOOR
    assert elo.moved(winner + 1, loser) <= elo.moved(winner, loser) or winner + 1 == 1_600
    assert elo.expected(winner, loser) + elo.expected(loser, winner) == pytest.approx(1)


async def test_the_board_lists_whom_five_rated_duels_have_proven(
    world: World, time: FrozenClock
) -> None:
    time.at = time.at.replace(hour=1)
    jane = await duelist(world)
    others = [await duelist(world) for _ in range(5)]
    for number, other in enumerate(others):
        assert len(await duel_leaderboard()) == 0, number
        await won_by(jane, other, **RANKED)
        time.advance(minutes=1)
    (first,) = await duel_leaderboard()
    assert (first.rank, first.character_id, first.played, first.won) == (1, jane, 5, 5)
    assert first.rating == await rating(jane) > 1_000
    assert (await duel_record(jane)).listed
    assert not (await duel_record(others[0])).listed


# To the death, cheats, and those who have gone


async def test_who_loses_a_duel_to_the_death_falls(world: World) -> None:
    jane, bill = await two(world)
    duel = await won_by(jane, bill, lethal=True)
    fallen = await stored(bill)
    assert fallen["downUntil"] is not None
    assert fallen["dollars"] == 1_500
    assert fallen["busy"] is None
    assert (await dollars(jane), (await row(duel)).lethal) == (2_000, True)
    kept = await stored(jane)
    assert kept.get("downUntil") is None


async def test_who_is_caught_cheating_loses_its_name(world: World) -> None:
    jane, bill = await two(world)
    duel = await dealt(jane, bill, **WAGER)
    await play(jane, duel, "palm_card", cards=[0], rank=14)
    for who in (jane, bill):
        if (await row(duel)).status is DuelStatus.ACTIVE:
            await play(who, duel, "draw", cards=[0, 1, 2, 3, 4])
    if (await row(duel)).status is DuelStatus.ACTIVE:
        if "check" in (await look(jane, duel)).legal:
            await play(jane, duel, "check")
        await play(bill, duel, "accuse")
    found = await row(duel)
    assert (found.winner_id, found.end_reason) == (bill, EndReason.CHEATING)
    assert await dollars(bill) == 2_100
    own = (await stored(jane))["faction"]
    assert (await stored(jane))["standings"][own] == 0  # of 10


@pytest.mark.broken_world  # who is jailed or dead here is so by hand
@pytest.mark.parametrize("fields", [{"isDead": True}, {"isInJail": True}])
async def test_for_who_dies_or_goes_to_jail_the_clock_plays_on(
    world: World, time: FrozenClock, fields: dict[str, Any]
) -> None:
    jane, bill = await two(world)
    duel = await dealt(jane, bill, lethal=True, **WAGER)
    await change(bill, **fields)
    while (await row(duel)).status is DuelStatus.ACTIVE:
        view = await look(jane, duel)
        if "draw" in view.legal:
            await play(jane, duel, "draw", cards=[0, 1, 2, 3, 4])
        elif "bet" in view.legal:
            await play(jane, duel, "bet", amount=1)
        else:
            time.advance(seconds=60)
            await Jobs(JOBS).run_until_idle()
    assert (await row(duel)).winner_id == jane
    assert (await dollars(jane), await dollars(bill)) == (2_100, 1_900)
    assert (await stored(bill)).get("downUntil") is None


@pytest.mark.broken_world  # nobody leaves the world with money in a duel but by hand
async def test_a_winner_who_has_left_the_world_wins_nothing(
    world: World, time: FrozenClock
) -> None:
    jane, bill = await two(world)
    duel = await dealt(jane, bill, **WAGER)
    await change(jane, deletedAt=time.at)
    await play(bill, duel, "forfeit")
    found = await row(duel)
    assert (found.status, found.winner_id) == (DuelStatus.COMPLETE, None)
    assert await dollars(bill) == 2_000
    waiting = await PendingReward.collection().find({"characterId": jane}).to_list(None)
    assert [int(reward["rewards"]["dollars"]) for reward in waiting] == [100]


@pytest.mark.broken_world
async def test_who_has_left_the_world_loses_to_who_plays_on(
    world: World, time: FrozenClock
) -> None:
    jane, bill = await two(world)
    duel = await dealt(jane, bill, lethal=True, **WAGER)
    await change(bill, deletedAt=time.at)
    while (await row(duel)).status is DuelStatus.ACTIVE:
        view = await look(jane, duel)
        if "draw" in view.legal:
            await play(jane, duel, "draw", cards=[])
        elif "bet" in view.legal:
            await play(jane, duel, "bet", amount=1)
        else:
            time.advance(seconds=60)
            await Jobs(JOBS).run_until_idle()
    assert (await row(duel)).winner_id == jane
    assert await dollars(jane) == 2_100


# At once, and once


async def test_a_move_and_its_deadline_in_one_instant_are_one_outcome(
    world: World, time: FrozenClock
) -> None:
    for late in (0, 1):
        jane, bill = await two(world)
        duel = await dealt(jane, bill, **WAGER)
        await play(jane, duel, "draw", cards=[])
        time.advance(seconds=59 + late)
        version = (await session(duel)).version
        works = (
            _attempt(play_now(bill, duel, version)),
            *(_attempt(games.expire(DUELS, duel)) for _ in range(2)),
        )
        moved, *_ = await asyncio.gather(*works)
        found = await session(duel)
        assert isinstance(moved, GameError) == bool(late)
        assert [move.auto for move in found.moves][-1] == bool(late)
        assert found.version == len(found.moves)
        assert found.state["phase"] == "betting"
        await play(found.seats[found.state["to_move"]].character_id, duel, "forfeit")


async def play_now(who: ObjectId, duel: ObjectId, version: int) -> Any:
    return await play_duel(who, duel, "draw", version=version, cards=[0])


async def _attempt(work: Any) -> Any:
    try:
        return await work
    except GameError as refusal:
        return refusal


async def test_both_give_up_at_once_and_one_of_them_has_lost(world: World) -> None:
    jane, bill = await two(world)
    duel = await dealt(jane, bill, **WAGER)
    await asyncio.gather(*(_attempt(play(who, duel, "forfeit")) for who in (jane, bill, bill)))
    assert sorted((await dollars(jane), await dollars(bill))) == [1_900, 2_100]
    assert await held() == 0
    assert await DuelSession.collection().count_documents({"settledAt": None}) == 0


async def test_the_same_key_is_one_move(world: World) -> None:
    jane, bill = await two(world)
    duel = await dealt(jane, bill, **WAGER)
    version = (await look(jane, duel)).version
    first = await play_duel(jane, duel, "forfeit", version=version, key="f")
    assert await play_duel(jane, duel, "forfeit", version=version, key="f") == first
    assert (await dollars(jane), await dollars(bill)) == (1_900, 2_100)
    state = await read_duel(bill, duel)
    assert state.duel.winner_id == bill


async def test_a_duel_to_the_death_may_be_the_last(world: World, luck: Luck) -> None:
    jane, bill = await two(world, level=20)
    duel = await dealt(jane, bill, lethal=True, **WAGER)
    luck.next(1)  # of 40 in 100
    await play(bill, duel, "forfeit")
    assert (await stored(bill))["isDead"]
    grave = await Grave.load_one({"characterId": bill})
    assert grave is not None
    assert grave.killer_id == jane
    assert (await dollars(jane), (await row(duel)).winner_id) == (2_100, jane)


async def test_a_duel_costs_few_round_trips(world: World) -> None:
    """Reads, one write, the commit; and no scan."""
    jane, bill = await two(world)
    await won_by(jane, bill)  # the content is kept
    stats = embedded(world.game).stats

    async def trips(work: Any) -> int:
        stats.reset()
        await work
        return int(stats.asked.total())

    assert await trips(challenge_duel(jane, bill, **WAGER)) <= 7
    (duel,) = (await open_duels(bill)).items
    assert await trips(accept_duel(bill, duel.id)) <= 7
    assert await trips(play_duel(jane, duel.id, "ready", version=0)) <= 4
    assert await trips(play_duel(bill, duel.id, "draw", version=1, cards=[])) <= 4
    assert await trips(read_duel(jane, duel.id)) <= 2
    assert await trips(play_duel(jane, duel.id, "forfeit", version=2)) <= 9
    assert stats.full_scans == {}
