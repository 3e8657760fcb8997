"""The outbox: a row for each that follows, with the command or not at all."""

import asyncio
from datetime import timedelta

import pytest
from bson import ObjectId

from desperados.embedded.instance.faults import Effect
from desperados.engine import clock, dice
from desperados.engine.errors import Contention, GameError
from desperados.engine.game import Game
from desperados.engine.happenings.batches import KEPT
from desperados.engine.happenings.documents import Happening
from desperados.engine.happenings.outbox import put
from desperados.engine.transactions import transaction
from desperados.engine.work import Follower, Jobs, working
from tests.engine.happenings.bells import call, follow_in, heard, listener, ring, waiting
from tests.games import embedded, open_game
from tests.worlds import uncommitted

BELL, OTHER = ObjectId(), ObjectId()


async def test_what_nobody_follows_leaves_no_row(game: Game) -> None:
    follow_in(game, listener("ann", "bell.rung.loud"), listener("bob", "crow.seen"))
    await ring(BELL, "soft")
    assert await game.database["happenings"].count_documents({}) == 0
    await ring(BELL, "soft", "loud")
    (row,) = await Happening.load_many({}, limit=5)
    assert (row.waiting, row.tags, row.amount) == (["ann"], ["soft", "loud"], 2)
    assert row.expires_at is None


async def test_who_keeps_to_a_key_does_not_hear_of_what_has_none(game: Game) -> None:
    zone = Follower("zones", frozenset(["bell.rung"]), "zone", listener("zones").apply)
    follow_in(game, listener("ann"), zone)
    await ring(BELL)
    (row,) = await Happening.load_many({}, limit=5)
    assert row.waiting == ["ann"]


async def test_a_name_and_a_tag_of_it_are_one_follower(game: Game) -> None:
    follow_in(game, listener("ann", "bell.rung", "bell.rung.loud"))
    await ring(BELL, "loud")
    (row,) = await Happening.load_many({}, limit=5)
    assert row.waiting == ["ann"]


async def test_a_happening_needs_a_transaction(game: Game) -> None:
    follow_in(game, listener("ann"))
    with pytest.raises(GameError, match="outside a transaction"):
        put("bell.rung", (), {"actor": BELL})


async def test_a_command_that_fails_has_not_happened(game: Game) -> None:
    follow_in(game, listener("ann"))
    with pytest.raises(RuntimeError):
        async with transaction():
            await ring(BELL)
            raise RuntimeError
    assert await game.database["happenings"].count_documents({}) == 0


async def test_happenings_of_one_transaction_come_in_their_order(game: Game) -> None:
    """However many there are of one moment, and whatever their ids are."""
    follow_in(game, listener("ann"))
    with clock.frozen(), dice.seeded(7):
        async with transaction():
            for number in range(30):
                put("bell.rung", (), {"actor": BELL, "amount": number})
        await Jobs([listener("ann")]).run_until_idle()
    assert await heard(game, "ann", BELL) == list(range(30))


async def test_a_row_expires_a_day_after_all_have_applied_it_and_not_before(game: Game) -> None:
    ann, bob = listener("ann"), listener("bob")
    follow_in(game, ann, bob)
    with clock.frozen() as time:
        await ring(BELL)
        time.advance(days=400)
        await Jobs([ann]).run_until_idle()
        (row,) = await Happening.load_many({}, limit=5)
        assert (row.waiting, row.expires_at) == (["bob"], None)
        await Jobs([bob]).run_until_idle()
        (row,) = await Happening.load_many({}, limit=5)
        assert (row.waiting, row.expires_at) == ([], time.at + KEPT)
    assert timedelta(days=1) == KEPT


async def test_a_worker_in_the_process_looks_right_after_the_commit(game: Game) -> None:
    """It would look again in an hour."""
    ann = listener("ann")
    applied = asyncio.Event()

    async def apply(rows: list[Happening]) -> None:
        await ann.apply(rows)
        applied.set()

    slow = Follower("ann", ann.happenings, "actor", apply, poll=timedelta(hours=1))
    follow_in(game, slow)
    async with asyncio.timeout(30), working(Jobs([slow])):
        while not game.nudged:
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)  # its first look is over
        for number in range(3):
            applied.clear()
            await ring(BELL if number % 2 else OTHER)
            await applied.wait()
    assert await heard(game, "ann", OTHER) == [1, 2]
    assert game.nudged == []


async def test_an_aborted_command_nudges_nobody(game: Game) -> None:
    follow_in(game, listener("ann"))
    nudges: list[object] = []
    game.nudged.append(nudges.append)
    with pytest.raises(RuntimeError):
        async with transaction():
            await ring(BELL)
            raise RuntimeError
    assert nudges == []
    async with transaction():
        await ring(BELL)
        await ring(BELL)
        assert nudges == []
    assert nudges == [{"ann"}]


async def test_a_row_that_is_seen_late_is_applied_all_the_same(game: Game) -> None:
    """It is dated before another of its key that was committed and applied before it was there."""
    ann = listener("ann")
    follow_in(game, ann)
    worker = Jobs([ann])
    with clock.frozen() as time:
        async with uncommitted(lambda: call(BELL, 1)):
            time.advance(seconds=30)
            await call(BELL, 2)
            await worker.run_until_idle()
            assert await heard(game, "ann", BELL) == [2]
            time.advance(seconds=5)
            await call(BELL, 3)
        await worker.run_until_idle()
    assert await heard(game, "ann", BELL) == [2, 1, 3]


class CutAtTheCommit:
    """Every connection breaks as soon as a commit arrives, or once it is carried out."""

    def __init__(self, *, carried_out: bool) -> None:
        self.carried_out = carried_out

    def effect(self, command: str, _body: object) -> Effect | None:
        if command != "commitTransaction":
            return None
        return Effect(close_before=not self.carried_out, close_after=self.carried_out)


@pytest.mark.parametrize("carried_out", [False, True])
async def test_a_process_that_is_cut_off_at_the_commit_tells_all_or_nothing(
    carried_out: bool,
) -> None:
    """The bell was rung if, and only if, those who follow hear of it, once."""
    async with open_game(transaction_deadline=0.5) as game:
        ann, server = listener("ann"), embedded(game)
        follow_in(game, ann)
        server.faults = CutAtTheCommit(carried_out=carried_out)  # type: ignore[assignment]
        with pytest.raises(Contention):
            await ring(BELL)
        server.faults = None
        await Jobs([ann]).run_until_idle()
        row = await game.database["bells"].find_one({"_id": BELL})
        assert (row or {"strokes": 0})["strokes"] == int(carried_out)
        assert await heard(game, "ann", BELL) == [1] * carried_out
        assert await waiting(game) == 0
