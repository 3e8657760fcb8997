"""Failures that cost time, whatever it is that fails."""

import asyncio
from collections import Counter

from desperados.engine import clock
from desperados.engine.game import Game
from desperados.engine.live.failures import DELAYS, Failures, count_failure, delay_left

HOUR = 3600


async def test_each_counter_passes_on_only_what_was_free_in_it(game: Game) -> None:
    shared = Failures("all", "x", 100, HOUR)
    with clock.frozen() as time:
        for who in ("one", "other"):
            for _ in range(5):
                left, _ = await count_failure(game.redis, [Failures("each", who, 3, HOUR), shared])
                if left:
                    time.advance(seconds=left)
        assert await game.redis.hget(shared.key, "count") == "6"


async def test_delays_double_and_nothing_is_counted_while_one_holds(game: Game) -> None:
    counter = Failures("each", "one", 2, HOUR)
    with clock.frozen() as time:
        assert await count_failure(game.redis, [counter]) == (0.0, [])
        assert await count_failure(game.redis, [counter]) == (0.0, [counter])
        for seconds in (*DELAYS[:4], DELAYS[4]):
            assert await delay_left(game.redis, [counter]) == seconds
            assert await count_failure(game.redis, [counter]) == (seconds, [])
            time.advance(seconds=seconds)
            assert await count_failure(game.redis, [counter]) == (0.0, [])


async def test_a_window_is_never_extended_and_ends_by_itself(game: Game) -> None:
    counter = Failures("each", "one", 2, HOUR)
    with clock.frozen() as time:
        for _ in range(12):
            await count_failure(game.redis, [counter])
            time.advance(minutes=5)
        assert await delay_left(game.redis, [counter]) > 0
        time.advance(minutes=30)
        assert await count_failure(game.redis, [counter]) == (0.0, [])
        assert await game.redis.hget(counter.key, "count") == "1"
        assert 0 < await game.redis.ttl(counter.key) <= HOUR


async def test_of_a_crowd_no_more_are_counted_than_are_free(game: Game) -> None:
    counter = Failures("each", "one", 10, HOUR)
    outcomes = await asyncio.gather(*(count_failure(game.redis, [counter]) for _ in range(30)))
    assert Counter(left > 0 for left, _ in outcomes) == {False: 10, True: 20}
