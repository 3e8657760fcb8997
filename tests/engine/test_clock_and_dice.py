"""Time and chance: real by default, stopped and reproducible when asked."""

import asyncio
from datetime import UTC, datetime, timedelta

from bson import ObjectId

from desperados.engine import clock, dice


def test_time_is_aware_utc_in_whole_milliseconds() -> None:
    moment = clock.now()
    assert moment.utcoffset() == timedelta(0)
    assert moment.microsecond % 1000 == 0


def test_a_frozen_clock_moves_only_when_told() -> None:
    start = datetime(1876, 8, 2, 16, 10, tzinfo=UTC)
    with clock.frozen(start) as frozen:
        assert clock.now() == clock.now() == start
        frozen.advance(90, hours=1)
        assert clock.now() == start + timedelta(hours=1, seconds=90)
    assert clock.now() > start + timedelta(days=365)


async def test_a_frozen_clock_holds_for_the_tasks_that_are_started_under_it() -> None:
    async def look() -> datetime:
        return clock.now()

    with clock.frozen(datetime(1876, 8, 2, tzinfo=UTC)) as frozen:
        first, second = await asyncio.gather(look(), look())
        assert first == second == frozen.at


def draws() -> list[object]:
    cards = list(range(52))
    dice.shuffle(cards)
    return [
        dice.roll(20),
        dice.between(5, 9),
        dice.uniform(0, 1),
        dice.choice("abc"),
        cards,
        dice.token(8),
    ]


def test_the_same_seed_gives_the_same_draws_and_another_does_not() -> None:
    with dice.seeded(7):
        first = draws()
    with dice.seeded(7):
        assert draws() == first
    with dice.seeded(8):
        assert draws() != first
    assert draws() != draws()


def test_identifiers_are_new_and_under_a_seed_reproducible() -> None:
    assert len({dice.new_id() for _ in range(100)}) == 100
    with clock.frozen(datetime(2026, 1, 1, tzinfo=UTC)):
        with dice.seeded(7):
            first = [dice.new_id() for _ in range(100)]
        with dice.seeded(7):
            assert [dice.new_id() for _ in range(100)] == first
    assert len(set(first)) == 100
    assert isinstance(first[0], ObjectId)


def test_rolls_stay_within_their_die() -> None:
    assert {dice.roll(6) for _ in range(500)} == {1, 2, 3, 4, 5, 6}
