"""Following: every happening is applied once by everybody who follows, in order by key, whatever
fails, and whoever dies."""

import asyncio
import itertools
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from bson import ObjectId

from desperados.embedded import Faults
from desperados.engine import clock
from desperados.engine.game import Game
from desperados.engine.happenings.batches import BATCH
from desperados.engine.happenings.documents import Happening
from desperados.engine.transactions import transaction
from desperados.engine.work import Jobs, dead_letters, job_statuses, revive, worker
from desperados.engine.work.claims import (
    BACKOFF_LIMIT,
    BACKOFF_START,
    CLAIM_SECONDS,
    MOST_ATTEMPTS,
    Claims,
)
from desperados.engine.work.following import TOGETHER, follow, set_aside, waiting_keys
from tests.engine.happenings.bells import (
    call,
    follow_in,
    heard,
    listener,
    ring,
    waiting,
)
from tests.games import embedded

BELL, OTHER = ObjectId("5" * 24), ObjectId("6" * 24)


async def test_more_than_a_batch_is_applied_in_batches_of_one_key(game: Game) -> None:
    sizes: list[int] = []
    ann = listener("ann")

    async def apply(rows: list[Happening]) -> None:
        sizes.append(len(rows))
        await ann.apply(rows)

    counting = replace(ann, apply=apply)
    follow_in(game, counting)
    async with transaction():
        for number in range(BATCH + 5):
            await call(BELL, number)
        for number in range(3):
            await call(OTHER, number)
    assert await Jobs([counting]).run_until_idle() == 3
    assert sorted(sizes) == [3, 5, BATCH]
    assert await heard(game, "ann", BELL) == list(range(BATCH + 5))
    assert await heard(game, "ann", OTHER) == [0, 1, 2]
    assert await game.database["jobclaims"].count_documents({}) == 0


async def test_the_keys_of_a_page_come_in_the_order_of_what_waited_longest(game: Game) -> None:
    """In every process: the names of claims hash to another order in each."""
    came: list[ObjectId | None] = []

    async def apply(rows: list[Happening]) -> None:
        came.append(rows[0].actor)

    ann = replace(listener("ann"), apply=apply)
    follow_in(game, ann)
    bells = [ObjectId(f"{number * 7919 % 99_991:024}") for number in range(20)]
    with clock.frozen() as time:
        for bell in bells:
            time.advance(seconds=1)
            await ring(bell)
        await Jobs([ann]).run_until_idle()
    assert came == bells


async def test_a_batch_that_two_have_in_hand_is_applied_by_one(game: Game) -> None:
    """One has lost its claim, and does not know."""
    ann = listener("ann")
    both = asyncio.Barrier(2)
    met = False

    async def apply(rows: list[Happening]) -> None:
        nonlocal met
        if not met:
            await both.wait()
            met = True
        await ann.apply(rows)

    slow = replace(ann, apply=apply)
    follow_in(game, slow)
    for _ in range(4):
        await ring(BELL)
    counts = await asyncio.gather(follow(slow, BELL), follow(slow, BELL))
    assert sorted(counts) == [0, 4]
    assert await heard(game, "ann", BELL) == [1, 2, 3, 4]


async def test_keys_with_few_rows_share_a_transaction(game: Game) -> None:
    ann = listener("ann")
    follow_in(game, ann)
    people = [ObjectId() for _ in range(2 * TOGETHER + 1)]
    for bell in people:
        await ring(bell)
        await ring(bell)
    stats = embedded(game).stats
    stats.reset()
    await Jobs([ann]).run_until_idle()
    assert stats.asked["commitTransaction"] < len(people)
    for bell in people:
        assert await heard(game, "ann", bell) == [1, 2]
    assert await waiting(game) == 0
    assert await game.database["jobclaims"].count_documents({}) == 0


async def test_what_was_in_hand_a_page_ago_is_left_for_the_next_look(game: Game) -> None:
    """Its claim is forgotten between two pages: the rows of the second are not its oldest."""
    ann = listener("ann")
    follow_in(game, ann)
    name = f"ann:{BELL}"
    await Claims("other").take_new("ann", {name: {"row": BELL}})
    async with transaction():
        for number in range(BATCH + 5):
            await call(BELL, number)
    fresh = []
    async for keys in waiting_keys(ann):
        fresh += keys.fresh
        await game.database["jobclaims"].delete_many({"_id": name})
    assert fresh == []
    await Jobs([ann]).run_until_idle()
    assert await heard(game, "ann", BELL) == list(range(BATCH + 5))


class Deaf:
    """A listener who cannot bear one bell until it is ``healed``; ``tries`` says when it tried."""

    def __init__(self, name: str, bell: ObjectId) -> None:
        self.bell = bell
        self.healed = False
        self.tries: list[datetime] = []
        self._listener = listener(name)
        self.follower = replace(self._listener, apply=self._apply)

    async def _apply(self, rows: list[Happening]) -> None:
        if rows[0].actor == self.bell:
            self.tries.append(clock.now())
            if not self.healed:
                raise ValueError("too loud")
        await self._listener.apply(rows)


async def test_what_fails_waits_and_is_set_aside_and_holds_up_nobody(game: Game) -> None:
    deaf, bob = Deaf("ann", BELL), listener("bob")
    ann, tries = deaf.follower, deaf.tries
    follow_in(game, ann, bob)
    jobs = Jobs([ann, bob])
    with clock.frozen() as time:
        for _ in range(3):
            await ring(BELL)
            await ring(OTHER)
            await jobs.run_until_idle()
            time.advance(milliseconds=1)
        assert await heard(game, "ann", OTHER) == [1, 2, 3]
        assert await heard(game, "bob", BELL) == [1, 2, 3]
        assert len(set(tries)) == 1  # at one moment: in company, then alone
        (status, _) = await job_statuses([ann, bob])
        assert (status.waiting, status.dead) == (3, 0)
        for _ in range(MOST_ATTEMPTS + 3):
            time.advance(BACKOFF_LIMIT)
            await jobs.run_until_idle()
        moments = sorted(set(tries))
        assert len(moments) == MOST_ATTEMPTS
        waits = [later - earlier for earlier, later in itertools.pairwise(moments)]
        assert min(waits) >= timedelta(seconds=BACKOFF_START)
        (letter,) = await dead_letters()
        assert (letter.id, letter.error) == (f"ann:{BELL}", "ValueError: too loud")
        (status, _) = await job_statuses([ann, bob])
        assert (status.waiting, status.dead, status.late) == (3, 1, timedelta())
        assert not status.in_order

        # What comes later waits with it, and nobody looks at it again and again.
        await ring(BELL)
        await ring(OTHER)
        await jobs.run_until_idle()
        assert await waiting(game, "ann") == 0
        assert await heard(game, "ann", OTHER) == [1, 2, 3, 4]
        assert await heard(game, "ann", BELL) == []

        deaf.healed = True
        assert await revive(letter.id)
        await ring(BELL)
        await jobs.run_until_idle()
    assert await heard(game, "ann", BELL) == [1, 2, 3, 4, 5]
    assert await waiting(game) == 0
    assert await game.database["jobclaims"].count_documents({}) == 0


async def test_what_is_revived_while_more_is_set_aside_is_not_forgotten(game: Game) -> None:
    """The worker has read that the claim is dead; then an operator revives it."""
    ann = listener("ann")
    follow_in(game, ann)
    await ring(BELL)
    name = f"ann:{BELL}"
    claim = {"_id": name, "job": "ann", "row": BELL, "worker": "w", "dead": True}
    await game.database["jobclaims"].insert_one({**claim, "until": clock.now(), "attempts": 8})
    await revive(name)
    await set_aside(ann, name, BELL)
    assert await waiting(game, "ann") == 1
    await Jobs([ann]).run_until_idle()
    assert await heard(game, "ann", BELL) == [1]


async def test_a_key_that_a_dead_worker_had_in_hand_is_taken_on(game: Game) -> None:
    ann = listener("ann")
    follow_in(game, ann)
    with clock.frozen() as time:
        await ring(BELL)
        await ring(OTHER)
        await Claims("dead").take_new("ann", {f"ann:{BELL}": {"row": BELL}})
        await Jobs([ann]).run_until_idle()
        assert (await heard(game, "ann", BELL), await heard(game, "ann", OTHER)) == ([], [1])
        time.advance(CLAIM_SECONDS)
        await Jobs([ann]).run_until_idle()
    assert await heard(game, "ann", BELL) == [1]


async def test_a_worker_that_dies_on_a_retry_leaves_the_key_to_others(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The claim that it has found is forgotten before it takes the key in hand, and made anew."""
    ann, begun = listener("ann"), asyncio.Event()

    async def found(_job: object) -> list[dict[str, object]]:
        return [{"_id": f"ann:{BELL}", "row": BELL}]

    async def hang(_rows: list[Happening]) -> None:
        begun.set()
        await asyncio.sleep(3600)

    follow_in(game, ann)
    with clock.frozen() as time:
        await ring(BELL)
        with monkeypatch.context() as patched:
            patched.setattr(worker, "waiting_rows", found)
            task = asyncio.create_task(Jobs([replace(ann, apply=hang)]).run_until_idle())
            await begun.wait()
            task.cancel()
            await asyncio.wait([task])
        await Jobs([ann]).run_until_idle()
        assert await heard(game, "ann", BELL) == []
        time.advance(CLAIM_SECONDS)
        await Jobs([ann]).run_until_idle()
    assert await heard(game, "ann", BELL) == [1]


@pytest.mark.parametrize("seed", range(2))
async def test_three_workers_in_a_storm_apply_everything_once_and_in_order(
    game: Game, seed: int
) -> None:
    """Connections break before and after a write, transactions conflict, and workers are killed in
    the middle of what they do, while the bells are rung."""
    ann, bob = listener("ann"), listener("bob", "bell.rung.loud")
    follow_in(game, ann, bob)
    server = embedded(game)
    bells = [ObjectId() for _ in range(4)]
    faults = Faults(
        seed, conflict_rate=0.03, lost_answer_before=0.02, lost_answer_after=0.02, disconnect=0.01
    )
    over = asyncio.Event()

    async def play(bell: ObjectId) -> None:
        for number in range(8):
            await ring(bell, *(["loud"] if number % 2 else []))

    async def work(number: int) -> None:
        """Work, be killed, and be followed by another worker who knows nothing."""
        lives = 0
        while not over.is_set():
            lives += 1
            task = asyncio.create_task(Jobs([ann, bob]).work(over))
            await asyncio.wait([task], timeout=0.03 * (number + lives))
            if not over.is_set():
                task.cancel()
                await asyncio.wait([task])

    server.faults = faults
    workers = [asyncio.create_task(work(number)) for number in range(3)]
    # A player whose connection broke may not know what came of it, and goes home.
    await asyncio.gather(*(play(bell) for bell in bells), return_exceptions=True)
    over.set()
    await asyncio.wait(workers)
    server.faults = None
    assert faults.injected
    # What a killed worker had in hand is free when its claims run out.
    with clock.frozen(clock.now() + timedelta(seconds=BACKOFF_LIMIT)) as time:
        for _ in range(3):
            await Jobs([ann, bob]).run_until_idle()
            time.advance(BACKOFF_LIMIT)
    assert await waiting(game) == 0
    rung = 0
    for bell in bells:
        row = await game.database["bells"].find_one({"_id": bell})
        strokes = row["strokes"] if row else 0
        rung += strokes
        assert await heard(game, "ann", bell) == list(range(1, strokes + 1))
        loud = await Happening.load_many(
            {"actor": bell, "tags": "loud"}, sort=[("amount", 1)], limit=100
        )
        assert await heard(game, "bob", bell) == [row.amount for row in loud]
    assert rung
