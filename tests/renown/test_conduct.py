"""Conduct as it is stored: one row, one writer, limits for deeds at once."""

from datetime import timedelta

from desperados.engine import clock
from desperados.engine.clock import FrozenClock
from desperados.testing import World, hammer
from tests.renown.deeds import do, rows_of


async def test_the_first_deed_makes_the_row_and_others_change_it(
    world: World, time: FrozenClock
) -> None:
    jane = await world.character()
    await do(jane, "protect_civilian")
    deeds = await do(jane, "cheat", "fair_win")
    (row,) = await rows_of(world.game, "characterkarmas", jane)
    assert row["dimensions"]["honor"] == 4 - 5 + 2
    assert row["dimensions"]["mercy"] == 6
    assert row["moralReputation"] == 5
    assert row["updatedAt"] == clock.now()
    assert [done.action for done in deeds.weighed] == ["cheat", "fair_win"]


async def test_deeds_at_once_count_as_repeats(world: World, time: FrozenClock) -> None:
    jane = await world.character()
    await do(jane, "pay_debt")
    outcomes = await hammer(lambda: do(jane, "help_free"), 12)
    assert outcomes.done == 12
    (row,) = await rows_of(world.game, "characterkarmas", jane)
    assert row["recent"]["help_free"]["times"] == 12
    assert row["dimensions"]["generosity"] == 3 * 5 + 7 * 2
    assert row["dimensions"]["mercy"] == 3 * 3 + 7 * 1


async def test_first_deeds_at_once_make_one_row(world: World) -> None:
    jane = await world.character()
    outcomes = await hammer(lambda: do(jane, "patrol"), 3)
    assert outcomes.done == 3
    (row,) = await rows_of(world.game, "characterkarmas", jane)
    assert row["moralReputation"] == 9


async def test_fifty_points_a_day_are_all_that_the_score_moves(
    world: World, time: FrozenClock
) -> None:
    jane = await world.character()
    deeds = await do(jane, "rescue_hostage", "defend_town", "capture_outlaw", "finish_bounty")
    assert [done.moral for done in deeds.weighed] == [20, 15, 12, 3]
    time.advance(days=1)
    # Nobody of a low level goes beyond 50; a day took a point.
    assert (await do(jane, "rescue_hostage")).conduct.moral == 50


async def test_the_row_of_another_program_is_kept_and_goes_on(
    world: World, time: FrozenClock
) -> None:
    jane = await world.character()
    await world.game.database["characterkarmas"].insert_one(
        {
            "characterId": jane,
            "dimensions": {"honor": 99.5, "cruelty": 7},
            "moralReputation": -80,
            "updatedAt": clock.now() - timedelta(days=2),
            "__v": 3,
        }
    )
    await do(jane, "fair_duel", "fence")
    (row,) = await rows_of(world.game, "characterkarmas", jane)
    assert row["dimensions"]["honor"] == 100
    assert row["dimensions"]["cruelty"] == 7
    assert row["__v"] == 3
    # It faded by two; at a low level it goes no further from 0.
    assert row["moralReputation"] == -78
