"""Tournaments: places, brackets, matches, prizes to the last coin, whoever comes or does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.characters.errors import CharacterUnavailable
from desperados.characters.notices import list_notices
from desperados.characters.tallies import has, tally
from desperados.combat import tournaments
from desperados.combat.tournaments.announcing import announce_regular
from desperados.combat.tournaments.documents import Tournament, TournamentMatch
from desperados.combat.tournaments.errors import (
    InvalidTournament,
    NotPlaying,
    TournamentNotFound,
    TournamentOver,
)
from desperados.combat.tournaments.jobs import JOBS as TOURNAMENT_JOBS
from desperados.combat.tournaments.rules import CALENDAR, Bracket
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import GameError
from desperados.engine.transactions import transactional
from desperados.engine.work import Jobs
from desperados.play.seeds import draws_of, hash_of
from desperados.play.shapes.errors import AlreadyEntered, EntriesClosed, NotEntered, NotYourTurn
from desperados.testing import World, hammer
from tests.combat.tournaments.field import (
    FEE,
    REASON,
    announce,
    contest_of,
    fill,
    money,
    open_matches,
    play,
    play_out,
    stored,
    work,
)
from tests.worlds import STAFF

LEFT = 100 - FEE


@pytest.mark.parametrize(
    ("players", "prizes"),
    [
        (2, {1: 80}),
        (3, {1: 120}),
        (5, {1: 140, 2: 60}),
        (8, {1: 192, 2: 96, 3: 16}),
        # 680: a half, a quarter, and the semi-final losers share a quarter
        (17, {1: 340, 2: 170, 3: 85}),
    ],
)
async def test_a_tournament_has_one_champion_and_pays_out_its_pool(
    world: World, time: FrozenClock, players: int, prizes: dict[int, int]
) -> None:
    tournament, people = await fill(world, time, players)
    begun = await stored(tournament)
    assert (begun.status, begun.prize_pool) == ("active", players * FEE)
    assert begun.participants == people
    await play_out(tournament)
    end = await tournaments.get_tournament(tournament)
    assert (end.status, end.outcome) == ("complete", "finished")
    assert end.bracket[-1][0].character_id == end.placements[0].character_id
    assert {one.place: one.prize for one in end.placements if one.prize} == prizes
    assert sum(one.prize for one in end.placements) == players * FEE
    won = {one.character_id: one.prize for one in end.placements}
    assert await money(world, *people) == [LEFT + won[who] for who in people]
    matches = await TournamentMatch.load_many({"tournamentId": tournament}, limit=100)
    assert len(matches) == players - 1
    assert all(match.winner_id in (match.player1_id, match.player2_id) for match in matches)
    champion = end.placements[0].character_id
    assert await tally(champion, "tournament_won") == 1
    assert await has(champion, "title_earned", "title:tournament_champion")
    assert await tally(end.placements[-1].character_id, "tournament_won") == 0


async def test_the_draw_follows_from_its_seed(world: World, time: FrozenClock) -> None:
    tournament = await announce(world)
    before = await tournaments.get_tournament(tournament)
    assert before.seed is None
    people = [await world.character() for _ in range(3)]
    for who in people:
        await tournaments.join_tournament(who, tournament)
    time.advance(hours=1)
    await work()
    begun = await tournaments.get_tournament(tournament)
    assert begun.seed is not None
    assert hash_of(begun.seed) == before.seed_hash == begun.seed_hash
    drawn = Bracket.draw(begun.participants, draws_of(begun.seed))
    assert (await stored(tournament)).bracket == drawn.stored()


async def test_the_last_seat_is_taken_once_by_a_hundred_who_want_it(
    world: World, time: FrozenClock
) -> None:
    tournament = await announce(world, capacity=2)
    people = [await world.character() for _ in range(21)]
    await tournaments.join_tournament(people[0], tournament)
    waiting = iter(people[1:] * 5)
    outcomes = await hammer(lambda: tournaments.join_tournament(next(waiting), tournament), 100)
    assert outcomes.done == 1
    assert set(outcomes.refused) <= {"contest_full", "already_entered"}
    found = await stored(tournament)
    assert (len(found.participants), found.prize_pool) == (2, 2 * FEE)
    assert sum(await money(world, *people)) == 21 * 100 - 2 * FEE


async def test_two_characters_of_an_account_have_one_place(world: World) -> None:
    tournament = await announce(world)
    owner = await world.account()
    both = iter([await world.character(of=owner) for _ in range(2)])
    outcomes = await hammer(lambda: tournaments.join_tournament(next(both), tournament), 2)
    assert (outcomes.done, outcomes.refused) == (1, {"already_entered": 1})


async def test_who_leaves_gets_back_what_it_paid_and_nobody_leaves_after_the_start(
    world: World, time: FrozenClock
) -> None:
    tournament = await announce(world)
    jane, bill, cole = people = [await world.character() for _ in range(3)]
    for who in people:
        await tournaments.join_tournament(who, tournament, key="in")
        await tournaments.join_tournament(who, tournament, key="in")
    with pytest.raises(AlreadyEntered):
        await tournaments.join_tournament(jane, tournament)
    await tournaments.leave_tournament(jane, tournament, key="out")
    await tournaments.leave_tournament(jane, tournament, key="out")
    with pytest.raises(NotEntered):
        await tournaments.leave_tournament(jane, tournament)
    found = await stored(tournament)
    assert (found.participants, found.prize_pool) == ([bill, cole], 2 * FEE)
    assert await money(world, *people) == [100, LEFT, LEFT]
    time.advance(hours=1)
    for call in (tournaments.join_tournament, tournaments.leave_tournament):
        with pytest.raises(EntriesClosed):
            await call(bill, tournament)
    await work()
    for call in (tournaments.join_tournament, tournaments.leave_tournament):
        with pytest.raises(EntriesClosed):
            await call(bill, tournament)


@pytest.mark.parametrize("players", [0, 1])
async def test_below_two_all_get_back_what_they_paid_once(
    world: World, time: FrozenClock, players: int
) -> None:
    tournament = await announce(world, guarantee=500)
    people = [await world.character() for _ in range(players)]
    for who in people:
        await tournaments.join_tournament(who, tournament)
    time.advance(hours=1)
    await work()
    await work()
    end = await stored(tournament)
    assert (end.status, end.outcome, end.prize_pool) == ("complete", "cancelled", 0)
    assert await money(world, *people) == [100] * players


@pytest.mark.parametrize("when", ["before", "on", "in the final"])
async def test_what_the_staff_call_off_pays_everything_back(
    world: World, time: FrozenClock, when: str
) -> None:
    if when == "before":
        tournament = await announce(world)
        people = [await world.character() for _ in range(3)]
        for who in people:
            await tournaments.join_tournament(who, tournament)
    else:
        tournament, people = await fill(world, time, 4, guarantee=100)
    if when == "in the final":
        for match in await open_matches(tournament):
            await play(match.player1_id, match.id)
        time.advance(minutes=10)
        await work()
    await tournaments.cancel_tournament(STAFF, tournament, reason=REASON)
    await work()
    end = await stored(tournament)
    assert (end.status, end.outcome, end.prize_pool) == ("complete", "cancelled", 0)
    assert await money(world, *people) == [100] * len(people)
    with pytest.raises(TournamentOver):
        await tournaments.cancel_tournament(STAFF, tournament, reason=REASON)
    for match in await open_matches(tournament):
        with pytest.raises(TournamentOver):
            await tournaments.play_match(match.player1_id, match.id, [], match.version)
    time.advance(hours=2)
    await work()
    assert not await open_matches(tournament)
    assert await money(world, *people) == [100] * len(people)


async def test_who_does_not_come_loses_and_where_nobody_comes_both_are_out(
    world: World, time: FrozenClock
) -> None:
    tournament, _ = await fill(world, time, 4)
    one, other = await open_matches(tournament)
    await play(one.player2_id, one.id)
    time.advance(minutes=10)
    await work()
    end = await stored(tournament)
    # Nobody comes out of the other match: there is no final.
    assert (end.status, end.outcome) == ("complete", "finished")
    first, *rest = end.placements
    assert (first.character_id, first.place, first.prize) == (one.player2_id, 1, 112)
    assert [(place.place, place.prize) for place in rest] == [(2, 16)] * 3
    matches = await TournamentMatch.load_many({"tournamentId": tournament}, limit=9)
    assert [match.reason for match in matches] == ["walkover", "double_no_show"]
    assert [match.winner_id for match in matches] == [one.player2_id, None]
    assert other.id == matches[1].id


async def test_a_final_to_which_nobody_comes_has_no_champion(
    world: World, time: FrozenClock
) -> None:
    tournament, people = await fill(world, time, 4)
    for match in await open_matches(tournament):
        await play(match.player1_id, match.id)
    time.advance(minutes=10)
    await work()
    (final,) = await open_matches(tournament)
    time.advance(minutes=10)
    await work()
    end = await tournaments.get_tournament(tournament)
    assert end.bracket[-1][0].bye
    # The two share what the first two places get.
    assert [(one.place, one.prize) for one in end.placements] == [(1, 80), (1, 80), (3, 0), (3, 0)]
    assert {one.character_id for one in end.placements[:2]} == {final.player1_id, final.player2_id}
    assert sum(await money(world, *people)) == 400
    assert await tally(final.player1_id, "tournament_won") == 0


async def test_a_tournament_that_everybody_forgets_gives_everybody_the_same(
    world: World, time: FrozenClock
) -> None:
    tournament, people = await fill(world, time, 8)
    time.advance(hours=5)
    await work()
    assert (await stored(tournament)).outcome == "finished"
    assert await money(world, *people) == [100] * 8


async def test_the_dead_do_not_sit_down_and_do_not_come(world: World, time: FrozenClock) -> None:
    tournament = await announce(world)
    people = [await world.character() for _ in range(4)]
    for who in people:
        await tournaments.join_tournament(who, tournament)
    await world.game.database["characters"].update_one(
        {"_id": people[0]}, {"$set": {"isDead": True}}
    )
    time.advance(hours=1)
    await work()
    begun = await stored(tournament)
    assert begun.participants == people[1:]
    assert await money(world, people[0]) == [100]
    (match,) = await open_matches(tournament)
    await world.game.database["characters"].update_one(
        {"_id": match.player1_id}, {"$set": {"isDead": True}}
    )
    with pytest.raises(CharacterUnavailable):
        await tournaments.play_match(match.player1_id, match.id, [], match.version)
    seen = await play(match.player2_id, match.id)
    assert (seen.winner_id, seen.reason) == (match.player2_id, "walkover")


@transactional
async def _play_and_die(who: ObjectId, match: TournamentMatch) -> None:
    await tournaments.play_match(who, match.id, [], match.version)
    raise GameError("the lights went out")


async def test_a_match_is_over_and_its_winner_goes_on_or_neither(
    world: World, time: FrozenClock
) -> None:
    """Whoever is killed between the two leaves nothing behind, and it goes on."""
    tournament, people = await fill(world, time, 2)
    (match,) = await open_matches(tournament)
    await play(match.player1_id, match.id)
    for _ in range(2):
        with pytest.raises(GameError, match="lights"):
            await _play_and_die(match.player2_id, match)
        assert not Bracket.of((await stored(tournament)).bracket).is_over
        assert (await contest_of(tournament)).stage == "running"
    await play_out(tournament)
    assert (await stored(tournament)).outcome == "finished"
    assert sum(await money(world, *people)) == 200


async def test_two_matches_that_are_over_at_once_make_one_final(
    world: World, time: FrozenClock
) -> None:
    tournament, _ = await fill(world, time, 8)
    matches = await open_matches(tournament)
    for match in matches:
        await play(match.player1_id, match.id)
    lasts = iter(matches)
    outcomes = await hammer(lambda: _play_last(next(lasts)), len(matches))
    assert outcomes.refusals == ()
    again = await open_matches(tournament)
    assert len({(match.round, match.match_number) for match in again}) == len(again)
    await play_out(tournament)
    assert (await stored(tournament)).outcome == "finished"


async def _play_last(match: TournamentMatch) -> Any:
    return await tournaments.play_match(match.player2_id, match.id, [], match.version)


async def test_a_hand_that_is_played_many_times_at_once_is_played_once(
    world: World, time: FrozenClock
) -> None:
    tournament, _ = await fill(world, time, 2)
    (match,) = await open_matches(tournament)
    outcomes = await hammer(
        lambda: tournaments.play_match(match.player1_id, match.id, [0], match.version), 5
    )
    assert outcomes.done == 1
    assert set(outcomes.refused) <= {"not_your_turn", "game_moved"}
    with pytest.raises(NotYourTurn):
        await play(match.player1_id, match.id)


async def test_deadline_and_hand_in_the_same_instant_have_one_outcome(
    world: World, time: FrozenClock
) -> None:
    tournament, people = await fill(world, time, 2)
    (match,) = await open_matches(tournament)
    await play(match.player1_id, match.id)
    time.advance(minutes=10)

    async def late() -> None:
        await tournaments.play_match(match.player2_id, match.id, [], match.version)

    calls = iter([late, work] * 3)
    outcomes = await hammer(lambda: next(calls)(), 6)
    assert set(outcomes.refused) == {"game_over"}
    await work()
    end = await stored(tournament)
    assert end.placements[0].character_id == match.player1_id
    assert sum(await money(world, *people)) == 200


@pytest.mark.parametrize("played", [False, True])
async def test_whoever_meets_the_disqualified_goes_on_and_their_prize_is_gone(
    world: World, time: FrozenClock, played: bool
) -> None:
    tournament, people = await fill(world, time, 4)
    one, _ = await open_matches(tournament)
    cheat, rival = one.player1_id, one.player2_id
    if played:
        await play(cheat, one.id)
    view = await tournaments.disqualify(STAFF, tournament, cheat, reason=REASON)
    assert view.disqualified == [cheat]
    with pytest.raises(NotPlaying):
        await tournaments.disqualify(STAFF, tournament, cheat, reason=REASON)
    if played:
        await play(rival, one.id)
    decided = await TournamentMatch.load_one({"_id": one.id})
    assert decided is not None
    if decided.settled_at is not None:  # else the hands were equal
        assert decided.winner_id == rival
    await play_out(tournament)
    end = await stored(tournament)
    assert end.outcome == "finished"
    assert cheat not in [one.character_id for one in end.placements if one.prize]
    assert await tally(cheat, "tournament_won") == 0
    assert sum(await money(world, *people)) == 400


async def test_the_prize_of_a_finalist_who_is_disqualified_is_burned(
    world: World, time: FrozenClock
) -> None:
    tournament, people = await fill(world, time, 4)
    one, other = await open_matches(tournament)
    await play(one.player1_id, one.id)
    time.advance(minutes=5)
    await tournaments.disqualify(STAFF, tournament, other.player2_id, reason=REASON)
    await tournaments.disqualify(STAFF, tournament, other.player1_id, reason=REASON)
    time.advance(minutes=5)
    await work()
    # Whoever comes out of the first match goes on at once: there is no final to be played.
    end = await stored(tournament)
    first, second, *rest = [(one.character_id, one.prize) for one in end.placements]
    assert (first, second) == ((one.player1_id, 112), (other.player1_id, 0))
    assert [prize for _, prize in rest] == [0, 0]
    assert sum(await money(world, *people)) == 400 - 48
    contest = await contest_of(tournament)
    assert (contest.stage, contest.gathered, contest.paid_out) == ("complete", 160, 160)


async def test_everybody_hears_what_concerns_it_and_finds_it_among_its_notices(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[ObjectId, str]] = []
    monkeypatch.setattr(
        "desperados.combat.tournaments.running.push",
        lambda event, to: told.append((to, event.event)),
    )
    tournament, people = await fill(world, time, 3)
    (match,) = await open_matches(tournament)
    two = [match.player1_id, match.player2_id]
    ready = sorted(to for to, event in told if event == "tournament:match_ready")
    assert ready == sorted(two)
    assert sorted(to for to, event in told if event == "tournament:started") == sorted(people)
    await play_out(tournament)
    finished = sorted(to for to, event in told if event == "tournament:finished")
    assert finished == sorted(people)
    assert [event for _, event in told].count("tournament:match_done") == 4
    first = (await stored(tournament)).placements[0].character_id
    notices = {who: [n.title for n in (await list_notices(who)).items] for who in people}
    assert "In the prizes" in notices.pop(first)
    assert all("In the prizes" not in titles for titles in notices.values())


async def test_a_title_is_won_once_and_counted_once_however_often(
    world: World, time: FrozenClock
) -> None:
    tournament, people = await fill(world, time, 2, fee=5)
    for _ in range(2):
        (match,) = await open_matches(tournament)
        await play(people[0], match.id)
        time.advance(minutes=10)
        await work()
        tournament = await announce(world, fee=5)
        for who in people:
            await tournaments.join_tournament(who, tournament)
        time.advance(hours=1)
        await work()
    assert await tally(people[0], "tournament_won") == 2
    assert await tally(people[0], "title_earned") == 1


async def test_what_the_staff_cannot_announce_is_refused(world: World, time: FrozenClock) -> None:
    for wrong in (
        {"capacity": 1},
        {"capacity": 65},
        {"fee": -1},
        {"fee": 100_001},
        {"guarantee": 10_001},
    ):
        with pytest.raises(InvalidTournament):
            await announce(world, **wrong)
    with pytest.raises(InvalidTournament):
        await tournaments.create_tournament(
            STAFF, name="Now", capacity=2, starts_at=time.at, reason=REASON
        )
    jane = await world.character()
    for call in (tournaments.join_tournament, tournaments.leave_tournament):
        with pytest.raises(TournamentNotFound):
            await call(jane, ObjectId())
    tournament, people = await fill(world, time, 2)
    with pytest.raises(NotPlaying):
        await tournaments.disqualify(STAFF, tournament, jane, reason=REASON)
    await play_out(tournament)
    with pytest.raises(TournamentOver):
        await tournaments.disqualify(STAFF, tournament, people[0], reason=REASON)


async def test_a_guarantee_is_added_to_the_fees(world: World, time: FrozenClock) -> None:
    tournament, people = await fill(world, time, 2, fee=0, guarantee=30)
    await play_out(tournament)
    assert sorted(await money(world, *people)) == [100, 130]


async def test_a_guarantee_is_not_for_those_who_do_not_come(
    world: World, time: FrozenClock
) -> None:
    tournament, people = await fill(world, time, 2, fee=10, guarantee=5_000)
    time.advance(hours=1)
    await work()
    assert (await stored(tournament)).outcome == "finished"
    assert await money(world, *people) == [100, 100]


async def test_the_calendar_announces_each_once(world: World, time: FrozenClock) -> None:
    jobs = [job for job in TOURNAMENT_JOBS if job.name == "tournament_calendar"]
    today = time.at.replace(hour=0, minute=0, second=0, microsecond=0)
    await hammer(lambda: announce_regular(today), 1)
    for _ in range(2):
        await Jobs(jobs).run_until_idle()
    held = await Tournament.load_many({}, limit=100)
    days = [today, today + timedelta(days=1)]
    wanted = [
        (regular.code, at)
        for day in days
        for regular in CALENDAR
        if (at := regular.when.on(day.date())) is not None and at > time.at
    ]
    assert sorted((one.code, one.starts_at) for one in held) == sorted(wanted)
    lobby = await tournaments.list_tournaments(limit=1)
    assert lobby.items[0].starts_at == min(at for _, at in wanted)


@pytest.mark.broken_world
async def test_rows_of_another_program_are_no_tournaments_of_ours(
    world: World, time: FrozenClock
) -> None:
    jane = await world.character()
    old = {"_id": ObjectId(), "name": "Old", "type": "gang", "status": "registration",
           "entryFee": 5, "prizePool": 5, "participants": [jane], "bracket": {},
           "startsAt": time.at, "endsAt": time.at, "__v": 0}  # fmt: skip
    match = {"_id": ObjectId(), "tournamentId": old["_id"], "round": 1, "matchNumber": 1,
             "player1Id": jane, "player2Id": ObjectId(), "status": "active", "__v": 0}  # fmt: skip
    database = world.game.database
    await database["tournaments"].insert_one(old)
    await database["tournamentmatches"].insert_many([match, {**match, "_id": ObjectId()}])
    assert [one.name for one in (await tournaments.list_tournaments()).items] == ["Old"]
    assert (await tournaments.my_tournaments(jane)).items[0].capacity == 0
    assert (await tournaments.my_matches(jane)).items == []
    assert (await tournaments.list_matches(old["_id"])).items == []
    with pytest.raises(TournamentNotFound):
        await tournaments.join_tournament(jane, old["_id"])
    await work()
    loaded = await TournamentMatch.load_one({"_id": match["_id"]})
    assert loaded is not None
    assert loaded.player1_id == jane
    before = await database["tournaments"].find_one({"_id": old["_id"]})
    assert before == old
