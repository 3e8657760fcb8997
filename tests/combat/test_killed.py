"""A process that dies at any point of a tournament or a shooting contest: it goes on where it was,
or ends by its dates, and every coin is where it belongs."""

from __future__ import annotations

import pytest

from desperados.combat import shooting, tournaments
from desperados.combat.shooting.running import close_round
from desperados.engine.clock import FrozenClock
from desperados.ledger.money.documents import Hold
from desperados.play.shapes.contest_steps import advance
from desperados.testing import World
from tests.combat.purses import made_and_burned
from tests.combat.shooting import range as at_the_range
from tests.combat.tournaments import field
from tests.deaths import die

STATEMENTS = (1, 2, 3, 5, 8, 12)


async def nothing_is_held() -> bool:
    return await Hold.collection().count_documents({"status": "open"}) == 0


@pytest.mark.parametrize("statements", STATEMENTS)
@pytest.mark.parametrize("deed", ["join", "start", "hand", "final", "prizes"])
async def test_a_tournament_goes_on_whoever_dies(
    world: World, time: FrozenClock, deed: str, statements: int
) -> None:
    if deed in ("join", "start"):
        tournament = await field.announce(world, capacity=4)
        people = [await world.character() for _ in range(4)]
        for who in people[1:]:
            await tournaments.join_tournament(who, tournament)
        if deed == "join":
            await die(world, tournaments.join_tournament(people[0], tournament), statements)
        time.advance(hours=1)
        if deed == "start":
            await die(world, advance((await field.contest_of(tournament)).id), statements)
        await field.work()
        await field.play_out(tournament)
    else:
        players = 4 if deed == "hand" else 2
        tournament, people = await field.fill(world, time, players)
        match = (await field.open_matches(tournament))[0]
        await field.play(match.player1_id, match.id)
        last = tournaments.play_match(match.player2_id, match.id, [], match.version)
        if deed == "prizes":
            await last
            while await field.open_matches(tournament):  # the hands were equal
                for who in (match.player1_id, match.player2_id):
                    await field.play(who, match.id)
            await die(world, advance((await field.contest_of(tournament)).id), statements)
        else:
            await die(world, last, statements)
    time.advance(hours=3)
    await field.work()
    end = await field.stored(tournament)
    assert (end.status, end.outcome) == ("complete", "finished")
    assert await nothing_is_held()
    assert sum(await field.money(world, *people)) == 100 * len(people)
    assert sum(one.prize for one in end.placements) == field.FEE * len(end.participants)


@pytest.mark.parametrize("statements", STATEMENTS)
@pytest.mark.parametrize("deed", ["register", "start", "shot", "round", "prizes"])
async def test_a_shooting_contest_goes_on_whoever_dies(
    world: World, time: FrozenClock, deed: str, statements: int
) -> None:
    contest = await at_the_range.announce(world)
    people = [await at_the_range.gunman(world) for _ in range(5)]
    for who in people[1:]:
        await shooting.register_shooter(who, contest, at_the_range.GUN)
    if deed == "register":
        work = shooting.register_shooter(people[0], contest, at_the_range.GUN)
        await die(world, work, statements)
    time.advance(hours=1)
    if deed == "start":
        await die(world, advance((await at_the_range.purse_of(contest)).id), statements)
    await at_the_range.work()
    for _ in range(6):
        for who in people[1:4]:
            await at_the_range.fire(who, contest)
    if deed == "shot":
        await die(world, at_the_range.fire(people[4], contest), statements)
    time.advance(minutes=6)
    if deed == "round":
        await die(world, close_round(contest), statements)
    await at_the_range.work()
    time.advance(minutes=6)
    if deed == "prizes":
        await close_round(contest)
        await die(world, advance((await at_the_range.purse_of(contest)).id), statements)
    await at_the_range.work()
    end = await at_the_range.stored(contest)
    assert (end.status, end.outcome) == ("complete", "finished")
    assert await nothing_is_held()
    added = await made_and_burned(world.game)
    assert 0 < added <= end.terms["subsidy"]
    assert sum(await at_the_range.money(world, *people)) == 1_000 * len(people) + added
