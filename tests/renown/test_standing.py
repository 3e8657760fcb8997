"""Standing as it is stored: rows of what moved, limits of the day, where it begins."""

from datetime import timedelta

import pytest

from desperados.characters.participant import load_participant
from desperados.engine import clock
from desperados.engine.clock import FrozenClock
from desperados.renown.rules import StandingWord
from desperados.renown.standing import StandingRows
from desperados.testing import World, hammer
from tests.renown.deeds import move, rows_of


async def test_what_moved_leaves_an_event_a_history_row_and_the_points(
    world: World, time: FrozenClock
) -> None:
    jane = await world.character()  # of the Frontera
    moved = await move(jane, "quest:one", frontera=20)
    assert [(m.faction, m.before, m.after) for m in moved.moves] == [
        ("settler_alliance", 0, -6),
        ("frontera", 10, 30),
    ]
    assert moved.moves[1].reached is StandingWord.FRIENDLY
    events = await rows_of(world.game, "reputationevents", jane)
    assert [(e["factionId"], e["change"], e["reason"]) for e in events] == [
        ("settler_alliance", -6, "quest:one"),
        ("frontera", 20, "quest:one"),
    ]
    history = await rows_of(world.game, "reputationhistories", jane)
    assert [(h["factionId"], h["reputation"]) for h in history] == [
        ("settler_alliance", -6),
        ("frontera", 30),
    ]
    person = await load_participant(jane)
    assert person.standings == {"settler_alliance": -6, "frontera": 30}


async def test_what_cannot_move_leaves_nothing(world: World) -> None:
    jane = await world.character()
    await move(jane, frontera=50)
    await move(jane, frontera=10)
    moved = await move(jane, frontera=10)  # sixty of the day are used
    assert moved.moves == ()
    assert len(await rows_of(world.game, "reputationhistories", jane)) == 4


async def test_a_new_day_begins_at_midnight(world: World, time: FrozenClock) -> None:
    jane = await world.character()
    await move(jane, nahi_coalition=50)
    await move(jane, nahi_coalition=50)
    assert (await load_participant(jane)).standings["nahi_coalition"] == 60
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    time.advance(seconds=(midnight - clock.now()).total_seconds())
    await move(jane, nahi_coalition=50)
    assert (await load_participant(jane)).standings["nahi_coalition"] == 100


async def test_deeds_at_once_keep_the_limit_of_the_day(world: World) -> None:
    jane = await world.character()
    outcomes = await hammer(lambda: move(jane, nahi_coalition=25), 6)
    assert outcomes.done == 6
    assert (await load_participant(jane)).standings["nahi_coalition"] == 60
    events = await rows_of(world.game, "reputationevents", jane)
    assert sorted(event["change"] for event in events) == [10, 25, 25]
    history = await rows_of(world.game, "reputationhistories", jane)
    assert sorted(row["reputation"] for row in history) == [25, 50, 60]


async def test_who_has_a_history_of_another_program_begins_there(
    world: World, time: FrozenClock
) -> None:
    jane = await world.character()
    then = clock.now() - timedelta(days=9)
    await world.game.database["reputationhistories"].insert_many(
        [
            {"characterId": jane, "factionId": "frontera", "reputation": -71.5, "recordedAt": then},
            {
                "characterId": jane,
                "factionId": "frontera",
                "reputation": 4,
                "recordedAt": then - timedelta(days=1),
            },
        ]
    )
    moved = await move(jane, frontera=5)
    assert [(m.faction, m.before, m.after) for m in moved.moves] == [
        ("settler_alliance", 0, -1),
        ("frontera", -71, -66),
    ]


async def test_effects_raise_gains_and_no_losses(world: World) -> None:
    jane = await world.character()
    effect = {"name": "gentle_touch", "stats": {"standing_gain": 20}}
    await world.game.database["characters"].update_one(
        {"_id": jane}, {"$set": {"effects": [effect]}}
    )
    assert (await move(jane, nahi_coalition=10)).moves[0].change == 12
    assert (await move(jane, nahi_coalition=-10)).moves[0].change == -10


async def test_a_faction_that_is_none_is_an_error_of_whoever_calls(world: World) -> None:
    person = await load_participant(await world.character())
    with pytest.raises(ValueError, match="cartel"):
        StandingRows(person, {"cartel": 5})
