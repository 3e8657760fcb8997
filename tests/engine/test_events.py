"""Events: told after the commit, once, in order, to those whom they concern, and never in its way.

On the stand-in for Redis and on a real server where one is installed.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from bson import ObjectId
from redis.exceptions import ConnectionError as RedisConnectionError

from desperados.embedded import Faults
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.errors import GameError, Unavailable
from desperados.engine.game import Game
from desperados.engine.live import events, pubsub
from desperados.engine.live.events import (
    Event,
    Message,
    PublicEvent,
    Stream,
    broadcast,
    listen,
    push,
)
from desperados.engine.live.pubsub import FellBehind, Hub, Interrupted, Letter, Outbox
from desperados.engine.transactions import after_commit, transaction
from desperados.engine.views import View
from tests.engine.redis_servers import needs_redis, redis_server
from tests.engine.test_state import redis_url
from tests.games import embedded, open_game

__all__ = ["redis_url"]

JANE, BILL = ObjectId("65f0c0ffee0000000000000a"), ObjectId("65f0c0ffee0000000000000b")


class Knocked(Event):
    """Somebody knocked."""

    event = "door:knocked"

    times_knocked: int


class Dawned(PublicEvent):
    """A new day."""

    event = "day:dawned"


class Done(View):
    """An answer."""

    number: int


@command
async def knock(actor: ObjectId, number: int, *, key: str | None = None) -> Done:
    """Write something, and tell the actor."""
    from desperados.engine.game import current_game

    await current_game().collection("doors").insert_one({"number": number})
    push(Knocked(times_knocked=number), to=actor)
    return Done(number=number)


@pytest.fixture
async def world(redis_url: str | None) -> AsyncIterator[Game]:
    async with open_game(redis_url=redis_url) as game:
        yield game


async def numbers(stream: Stream, count: int) -> list[int]:
    async with asyncio.timeout(5):
        return [Message.model_validate_json(await stream.text()).data["timesKnocked"]
                for _ in range(count)]  # fmt: skip


async def silent(stream: Stream) -> bool:
    """Whether nothing comes, not even behind a knock that is known to arrive."""
    try:
        async with asyncio.timeout(0.1):
            await stream.text()
    except TimeoutError:
        return True
    return False


async def test_an_event_says_its_name_its_time_and_its_fields(world: Game) -> None:
    with clock.frozen(clock.now()) as now:
        async with listen(JANE) as stream:
            await knock(JANE, 7)
            async for message in stream:
                assert message.event == "door:knocked"
                assert message.data == {"timesKnocked": 7}
                assert message.at == now.at
                break


async def test_listening_needs_no_more_than_a_loop(world: Game) -> None:
    async def follow() -> Message:
        async for message in events.listen(JANE):
            return message
        raise AssertionError

    task = asyncio.create_task(follow())
    while not task.done():
        await knock(JANE, 1)
        await asyncio.sleep(0.02)
    assert (await task).data == {"timesKnocked": 1}


async def test_nothing_is_told_before_the_commit_and_all_of_it_after(world: Game) -> None:
    async with listen(JANE) as stream:
        async with transaction():
            await knock(JANE, 1)
            push(Knocked(times_knocked=2), to=JANE)
            assert await silent(stream)
        assert await numbers(stream, 2) == [1, 2]


async def test_what_is_rolled_back_was_never_told(world: Game) -> None:
    async with listen(JANE) as stream:
        with pytest.raises(GameError):
            async with transaction():
                await knock(JANE, 1)
                raise GameError
        await knock(JANE, 2)
        assert await numbers(stream, 1) == [2]
        assert await silent(stream)


async def test_a_transaction_that_is_run_again_tells_once() -> None:
    async with open_game() as game, listen(JANE) as stream:
        server = embedded(game)
        server.faults = faults = Faults(7, conflict_rate=0.3, lost_answer_after=0.1)
        for number in range(15):
            await knock(JANE, number, key=str(number))
        server.faults = None
        assert {"conflict", "lost_answer_after"} <= set(faults.injected)
        assert game.conflicts
        assert await numbers(stream, 15) == list(range(15))
        assert await silent(stream)


async def test_a_replayed_command_tells_nothing(world: Game) -> None:
    async with listen(JANE) as stream:
        for _ in range(3):
            assert (await knock(JANE, 1, key="once")).number == 1
        await asyncio.gather(*(knock(JANE, 2, key="at once") for _ in range(4)))
        assert await numbers(stream, 2) == [1, 2]
        assert await silent(stream)


async def test_an_event_outside_a_transaction_is_refused(world: Game) -> None:
    with pytest.raises(GameError, match="outside a transaction"):
        push(Knocked(times_knocked=1), to=JANE)
    with pytest.raises(GameError, match="outside a transaction"):
        broadcast(Dawned())


async def test_events_come_in_the_order_of_their_commits(world: Game) -> None:
    async with listen(JANE) as stream:
        for number in range(100):
            await knock(JANE, number)
        assert await numbers(stream, 100) == list(range(100))


async def test_everybody_gets_his_own_events_and_those_of_all(world: Game) -> None:
    async with listen(JANE) as jane, listen(BILL) as bill, listen(BILL, public=False) as quiet:
        await knock(JANE, 1)
        async with transaction():
            broadcast(Dawned())
        assert await numbers(jane, 1) == [1]
        for stream in (jane, bill):
            async with asyncio.timeout(5):
                assert "day:dawned" in await stream.text()
        assert await silent(jane)
        assert await silent(bill)
        assert await silent(quiet)


async def test_several_who_listen_to_one_all_hear_it_until_they_leave(world: Game) -> None:
    async with listen(JANE) as first:
        async with listen(JANE) as second:
            await knock(JANE, 1)
            assert await numbers(first, 1) == await numbers(second, 1) == [1]
        await knock(JANE, 2)
        assert await numbers(first, 1) == [2]
    async with listen(JANE) as third:
        await knock(JANE, 3)
        assert await numbers(third, 1) == [3]


async def test_many_come_and_go_at_once(world: Game) -> None:
    async def visit(number: int) -> None:
        subject = ObjectId()
        for _ in range(3):
            async with listen(subject) as stream:
                await knock(subject, number)
                assert await numbers(stream, 1) == [number]

    await asyncio.gather(*(visit(number) for number in range(20)))
    assert not world.hub.hears("anything")


@needs_redis
async def test_what_one_process_commits_another_hears() -> None:
    async with (
        redis_server() as url,
        open_game(redis_url=url, database="one") as here,
        open_game(redis_url=url, database="one"),
        listen(JANE) as stream,
    ):
        with here.active():
            await knock(JANE, 1)
        assert await numbers(stream, 1) == [1]


@needs_redis
async def test_worlds_that_share_a_redis_hear_only_their_own() -> None:
    async with (
        redis_server() as url,
        open_game(redis_url=url, database="here") as here,
        open_game(redis_url=url, database="there"),
        listen(JANE) as stream,
    ):
        with here.active():
            await knock(JANE, 1)
            async with transaction():
                broadcast(Dawned())
        assert await silent(stream)


@needs_redis
async def test_a_commit_stands_and_is_quick_while_redis_is_gone() -> None:
    async with redis_server() as url, open_game(redis_url=url) as game:
        await knock(JANE, 0)
        redis = game.outbox
        await asyncio.sleep(0.1)
    async with open_game(redis_url=url) as game:
        began = time.monotonic()
        for number in range(20):
            assert (await knock(JANE, number)).number == number
        assert time.monotonic() - began < 1
        await asyncio.sleep(0.1)
        assert await game.database["doors"].count_documents({}) == 20
        with pytest.raises(Unavailable):
            async with listen(JANE):
                pass
    assert redis.lost == 0
    assert game.outbox.lost == 20


@needs_redis
async def test_who_listens_is_told_that_events_may_be_lost_and_can_listen_again() -> None:
    async with redis_server() as url, open_game(redis_url=url) as game:
        async with listen(JANE) as stream:
            await knock(JANE, 1)
            assert await numbers(stream, 1) == [1]
            await game.redis.client_kill_filter(_type="pubsub")
            with pytest.raises(Interrupted):
                async with asyncio.timeout(5):
                    await stream.text()
        async with listen(JANE) as stream:
            await knock(JANE, 2)
            assert await numbers(stream, 1) == [2]


async def test_who_does_not_read_is_cut_off_and_holds_no_memory(world: Game) -> None:
    async with listen(JANE) as slow, listen(JANE) as quick:
        for number in range(pubsub.MOST_UNREAD + 10):
            await knock(JANE, number)
            assert await numbers(quick, 1) == [number]
        with pytest.raises(FellBehind):
            await slow.text()
        await knock(JANE, 0)
        assert await numbers(quick, 1) == [0]


async def test_what_waits_when_the_game_closes_is_still_sent(redis_url: str | None) -> None:
    async with open_game(redis_url=redis_url) as game, listen(JANE) as stream:
        await knock(JANE, 1)
        await game.outbox.close()
        assert await numbers(stream, 1) == [1]


async def test_a_feed_ends_with_the_game(redis_url: str | None) -> None:
    async with open_game(redis_url=redis_url):
        stream = await listen(JANE).__aenter__()
    with pytest.raises(Interrupted):
        await stream.text()


class Recorder:
    """Stands for Redis: notes each round trip, and fails or hangs when told to."""

    def __init__(self, act: Callable[[], Awaitable[None]] | None = None) -> None:
        self.trips: list[list[str]] = []
        self._act = act

    async def publish(self, _channel: str, word: str) -> None:
        if self._act is not None:
            await self._act()
        self.trips.append(word.split("\n"))


async def test_the_events_of_a_commit_leave_in_one_round_trip(
    world: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder()
    outbox = Outbox(recorder, "world")
    async with listen(JANE), listen(BILL):
        monkeypatch.setattr(world, "outbox", outbox)
        async with transaction():
            await knock(JANE, 1)
            after_commit(asyncio.sleep, 0)
            push(Knocked(times_knocked=2), to=BILL)
            broadcast(Dawned())
        await outbox.close()
    assert [len(trip) for trip in recorder.trips] == [3]


async def test_a_redis_that_hangs_costs_events_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pubsub, "PUBLISH_SECONDS", 0.05)
    monkeypatch.setattr(pubsub, "MOST_WAITING", 5)

    async def hang() -> None:
        await asyncio.sleep(60)

    outbox = Outbox(Recorder(hang), "world")
    for number in range(20):
        outbox.put([Letter("door", str(number))])
        await asyncio.sleep(0)
    assert outbox.lost >= 10
    await outbox.close()
    assert outbox.lost == 20


async def test_a_busy_outbox_puts_many_commits_into_few_words() -> None:
    recorder = Recorder()
    outbox = Outbox(recorder, "world")
    for number in range(100):
        outbox.put([Letter("door", str(number))])
        await asyncio.sleep(0.0005)
    await outbox.close()
    assert recorder.trips[0] == ["door 0"]
    assert len(recorder.trips) <= 20
    assert [line for trip in recorder.trips for line in trip] == [f"door {n}" for n in range(100)]


async def test_an_outbox_recovers_with_its_redis() -> None:
    broken = True

    async def act() -> None:
        if broken:
            raise RedisConnectionError

    recorder = Recorder(act)
    outbox = Outbox(recorder, "world")
    outbox.put([Letter("door", "1")])
    await asyncio.sleep(0.01)
    broken = False
    outbox.put([Letter("door", "2")])
    await outbox.close()
    assert (recorder.trips, outbox.lost) == ([["door 2"]], 1)


class SilentRedis:
    """Confirms a subscription, then says nothing, not even to a ping."""

    def __init__(self) -> None:
        self.said: asyncio.Queue[Any] = asyncio.Queue()

    def pubsub(self) -> "SilentRedis":
        return self

    async def subscribe(self, *channels: str) -> None:
        for channel in channels:
            self.said.put_nowait({"type": "subscribe", "channel": channel, "data": 1})

    async def get_message(self, timeout: float) -> Any:
        try:
            return await asyncio.wait_for(self.said.get(), timeout)
        except TimeoutError:
            return None

    async def ping(self) -> None:
        pass

    async def aclose(self) -> None:
        pass


async def test_a_connection_that_died_without_a_word_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pubsub, "SILENCE_SECONDS", 0.02)
    hub = Hub(SilentRedis(), "world")
    feed = pubsub.Feed(hub, ["door"])
    async with feed:
        with pytest.raises(Interrupted):
            async with asyncio.timeout(2):
                await feed.next()
    await hub.close()


async def test_a_connection_that_the_driver_made_again_by_itself_counts_as_broken() -> None:
    redis = SilentRedis()
    hub = Hub(redis, "world")
    feed = pubsub.Feed(hub, ["door"])
    async with feed:
        await redis.subscribe("world")
        with pytest.raises(Interrupted):
            async with asyncio.timeout(2):
                await feed.next()
    await hub.close()


async def test_a_quiet_connection_lives_on(world: Game, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pubsub, "SILENCE_SECONDS", 0.05)
    async with listen(JANE) as stream:
        await asyncio.sleep(0.4)
        await knock(JANE, 1)
        assert await numbers(stream, 1) == [1]
