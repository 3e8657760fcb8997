"""Games of one seat: the clock, moves at once, the busy slot, and what comes of the end."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from bson import ObjectId

from desperados.characters.condition import Activity
from desperados.characters.errors import CharacterBusy, CharacterUnavailable
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import GameError
from desperados.engine.transactions import transactional
from desperados.engine.work import Jobs
from desperados.play.shapes import games
from desperados.play.shapes.envelopes import FAR_OFF
from desperados.play.shapes.errors import (
    GameMoved,
    GameNotFound,
    GameOver,
    IllegalMove,
    UnknownPurpose,
)
from desperados.testing import World, hammer
from tests.play.parlour import JOBS, PIGS, Pig, consequences, open_pig, play_pig


async def stored(pig: Pig) -> Pig:
    found = await Pig.load_one({"_id": pig.id})
    assert found is not None
    return found


async def reseed(pig: Pig, secret: str) -> None:
    """Put a known secret in the place of a new game's own."""
    await Pig.collection().update_one({"_id": pig.id}, {"$set": {"seed": secret}})


LUCKY = "04" * 32  # rolls 4 2 2 3 4 2 6 2 2 5 2 5 5


async def busy(world: World, who: ObjectId) -> object:
    row = await world.game.database["characters"].find_one({"_id": who})
    return (row.get("busy") or {}).get("id")


async def test_a_game_is_played_to_its_end_and_settled_once(parlour: World) -> None:
    jane = await parlour.character()
    pig = await open_pig(jane)
    assert pig.expires_at == FAR_OFF
    assert await busy(parlour, jane) == pig.id
    await play_pig(jane, pig.id, "stop", 0)
    end = await stored(pig)
    assert (end.status, end.version, end.deadline) == ("won", 1, None)
    assert end.settled_at is not None
    assert end.expires_at == end.settled_at + timedelta(days=1)
    (came,) = await consequences(parlour.game, pig.id)
    assert (came["status"], came["total"]) == ("won", 0)
    assert await busy(parlour, jane) is None
    with pytest.raises(GameOver):
        await play_pig(jane, pig.id, "roll", 1)


async def test_a_fight_is_told_to_other_programs_and_ends_for_nobody_else(
    parlour: World, time: FrozenClock
) -> None:
    fights = replace(PIGS, activity=Activity.FIGHT)
    jane = await parlour.character()
    characters = parlour.game.database["characters"]
    first = await transactional(games.open_game)(fights, [jane], purpose="parlour")
    assert (await characters.find_one({"_id": jane}))["isInCombat"]
    # Nobody came to end it, and its time is over: she may begin another.
    time.advance(minutes=2)
    second = await transactional(games.open_game)(fights, [jane], purpose="parlour")
    await games.expire(fights, first.id)
    row = await characters.find_one({"_id": jane})
    assert (row["busy"]["id"], row["isInCombat"]) == (second.id, True)
    await transactional(games.move)(fights, jane, second.id, "stop", version=0)
    row = await characters.find_one({"_id": jane})
    assert (row["busy"], row["isInCombat"]) == (None, False)


async def test_an_unknown_purpose_is_refused_when_the_game_is_opened(parlour: World) -> None:
    jane = await parlour.character()
    with pytest.raises(UnknownPurpose):
        await open_pig(jane, "nothing that anybody knows")
    assert await busy(parlour, jane) is None


async def test_of_two_games_at_once_one_begins(parlour: World) -> None:
    jane = await parlour.character()
    outcomes = await hammer(lambda: open_pig(jane), 4)
    assert outcomes.done == 1
    assert outcomes.refused == {"character_busy": 3}
    with pytest.raises(CharacterBusy):
        await open_pig(jane)


async def test_a_move_is_made_upon_what_the_player_has_seen(parlour: World) -> None:
    jane, bill = await parlour.character(), await parlour.character()
    pig = await open_pig(jane)
    with pytest.raises(GameMoved) as refusal:
        await play_pig(jane, pig.id, "roll", 1)
    assert refusal.value.facts == {"version": 0}
    for name, times in (("fly", 1), ("roll", 4)):
        with pytest.raises(IllegalMove):
            await play_pig(jane, pig.id, name, 0, times)
    for who, what in ((bill, pig.id), (jane, ObjectId())):
        with pytest.raises(GameNotFound):
            await play_pig(who, what, "roll", 0)
    assert (await stored(pig)).moves == []


async def test_of_many_moves_upon_one_version_one_is_made(parlour: World) -> None:
    jane = await parlour.character()
    pig = await open_pig(jane)
    outcomes = await hammer(lambda: play_pig(jane, pig.id, "roll", 0), 8)
    assert outcomes.done == 1
    assert set(outcomes.refused) <= {"game_moved", "game_over"}
    assert len((await stored(pig)).moves) == 1


async def test_before_its_deadline_a_move_counts_and_at_it_the_clock_moves(
    parlour: World, time: FrozenClock
) -> None:
    jane = await parlour.character()
    pig = await open_pig(jane)
    await reseed(pig, LUCKY)
    time.advance(9.999)
    await play_pig(jane, pig.id, "roll", 0)
    time.advance(10)
    with pytest.raises(GameMoved):
        await play_pig(jane, pig.id, "stop", 1)
    seen, seat = await games.read(PIGS, jane, pig.id)
    assert (seen.version, seat) == (2, 0)
    assert seen.moves[1].auto


async def test_a_move_and_the_clock_in_the_same_instant_come_to_one_outcome(
    parlour: World, time: FrozenClock
) -> None:
    jane = await parlour.character()
    pig = await open_pig(jane)
    time.advance(10)
    results = await asyncio.gather(
        *(games.expire(PIGS, pig.id) for _ in range(4)),
        *(play_pig(jane, pig.id, "stop", 0) for _ in range(4)),
        games.read(PIGS, jane, pig.id),
        return_exceptions=True,
    )
    refused = [result for result in results if isinstance(result, BaseException)]
    assert len(refused) == 4
    assert all(isinstance(error, GameMoved | GameOver) for error in refused)
    end = await stored(pig)
    assert [move.name for move in end.moves] == ["roll"]
    assert len(await consequences(parlour.game, pig.id)) == (end.settled_at is not None)


@pytest.mark.parametrize(
    ("secret", "end", "rolls"),
    [
        ("12" * 32, "lost", [3, 4, 3, 6, 1]),
        (LUCKY, "expired", [4, 2, 2, 3, 4, 2, 6, 2, 2, 5, 2]),
    ],
)
@pytest.mark.parametrize("looks", [(), (15, 42), tuple(range(0, 130, 3))])
async def test_it_does_not_matter_when_somebody_looks(
    parlour: World,
    time: FrozenClock,
    looks: tuple[int, ...],
    secret: str,
    end: str,
    rolls: list[int],
) -> None:
    """The clock's moves follow from what is stored: later looks find the same game."""
    jane = await parlour.character()
    pig = await open_pig(jane)
    await reseed(pig, secret)
    began = time.at
    for second in looks:
        time.at = began + timedelta(seconds=second)
        await games.expire(PIGS, pig.id)
    time.at = began + timedelta(seconds=130)
    await Jobs(JOBS).run_until_idle()
    over = await stored(pig)
    assert (over.status, over.rolls) == (end, rolls)
    seconds = [(move.at - began).total_seconds() for move in over.moves]
    assert seconds == [10 * (number + 1) for number in range(len(rolls))]
    assert len(await consequences(parlour.game, pig.id)) == 1


async def test_the_time_of_a_game_is_over_whatever_its_moves(
    parlour: World, time: FrozenClock
) -> None:
    jane = await parlour.character()
    pig = await open_pig(jane)
    await Pig.collection().update_one(
        {"_id": pig.id}, {"$set": {"closesAt": time.at, "deadline": time.at}}
    )
    await Jobs(JOBS).run_until_idle()
    end = await stored(pig)
    assert (end.status, end.version) == ("expired", 1)
    assert await busy(parlour, jane) is None


@pytest.mark.parametrize("state", ["isDead", "isInJail"])
async def test_for_who_cannot_play_the_clock_moves(
    parlour: World, time: FrozenClock, state: str
) -> None:
    jane = await parlour.character()
    pig = await open_pig(jane)
    await parlour.game.database["characters"].update_one({"_id": jane}, {"$set": {state: True}})
    with pytest.raises(CharacterUnavailable):
        await play_pig(jane, pig.id, "stop", 0)
    time.advance(10)
    await Jobs(JOBS).run_until_idle()
    # It is played to its end at once: nobody waits for who is not there.
    end = await stored(pig)
    assert end.settled_at == time.at
    assert all(move.auto for move in end.moves)


async def test_what_comes_of_the_end_fails_with_the_move_and_comes_with_the_next(
    parlour: World,
) -> None:
    jane = await parlour.character()
    pig = await open_pig(jane)
    whole = parlour.game.registered()

    async def fails(*_: object) -> None:
        raise GameError("The bank is closed.")

    parlour.game.registered = lambda: type(whole)(purposes={"parlour": fails})
    with pytest.raises(GameError, match="closed"):
        await play_pig(jane, pig.id, "stop", 0)
    assert (await stored(pig)).settled_at is None
    assert await busy(parlour, jane) == pig.id
    parlour.game.registered = lambda: whole
    await play_pig(jane, pig.id, "stop", 0)
    assert len(await consequences(parlour.game, pig.id)) == 1
