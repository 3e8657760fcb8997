"""Claims are renewed while work lasts, run out when a worker is gone, and count attempts."""

import asyncio
from datetime import timedelta

from desperados.engine import clock
from desperados.engine.game import Game
from desperados.engine.work import DueJob, Jobs, dead_letters
from desperados.engine.work.claims import CLAIM_SECONDS, MOST_ATTEMPTS, RENEW_SECONDS, Claims
from tests.engine.work.kitchen import COOKING, START, add_pies, claims, cook, smells


class Pause:
    """A wait that ends when the test says so."""

    def __init__(self) -> None:
        self.waiting, self.over = asyncio.Event(), asyncio.Event()

    async def __call__(self, _seconds: float) -> None:
        self.waiting.set()
        await self.over.wait()
        self.over.clear()
        self.waiting.clear()

    async def end(self) -> None:
        """End the wait, and come back when the next one has begun."""
        await self.waiting.wait()
        self.over.set()
        while self.over.is_set():
            await asyncio.sleep(0)
        await self.waiting.wait()


async def test_a_claim_is_renewed_while_its_work_lasts(game: Game) -> None:
    await add_pies(game, 1)
    begun, end, pause = asyncio.Event(), asyncio.Event(), Pause()

    async def slowly(pie: int) -> None:
        begun.set()
        await end.wait()
        await cook(pie)

    with clock.frozen(START) as now:
        slow = Jobs([DueJob("cooking", "pies", "readyAt", slowly, {"state": "raw"})], pause=pause)
        task = asyncio.create_task(slow.run_until_idle())
        await begun.wait()
        for _ in range(10 * CLAIM_SECONDS // RENEW_SECONDS):
            now.advance(RENEW_SECONDS)
            await pause.end()
            assert await Jobs([COOKING]).run_until_idle() == 0
        end.set()
        assert await task == 1
    assert (await smells(game), await claims(game)) == (1, [])


async def test_work_that_lasts_longer_than_its_claim_is_done_once_all_the_same(game: Game) -> None:
    """Nobody renewed: two work in vain, the guard of the settlement lets one through."""
    await add_pies(game, 1)
    begun, end = asyncio.Event(), asyncio.Event()

    async def slowly(pie: int) -> None:
        begun.set()
        await end.wait()
        await cook(pie)

    with clock.frozen(START) as now:
        slow = Jobs([DueJob("cooking", "pies", "readyAt", slowly, {"state": "raw"})])
        task = asyncio.create_task(slow.run_until_idle())
        await begun.wait()
        now.advance(CLAIM_SECONDS)
        assert await Jobs([COOKING]).run_until_idle() == 1
        end.set()
        await task
    assert await smells(game) == 1


async def test_what_is_renewed_is_what_is_in_hand_and_nothing_of_others(game: Game) -> None:
    first, second = Claims("first"), Claims("second")
    with clock.frozen(START) as now:
        for name in ("cooking:1", "cooking:2", "cooking:3"):
            assert await first.take("cooking", name)
        await first.finish(["cooking:1"])
        now.advance(CLAIM_SECONDS)
        assert await second.take("cooking", "cooking:2")
        await first.renew()
        assert first.held == {"cooking:3"}
        found = await game.database["jobclaims"].find({}, sort=[("_id", 1)]).to_list(None)
    end = START + timedelta(seconds=2 * CLAIM_SECONDS)
    assert [(row["_id"], row["worker"], row["until"]) for row in found] == [
        ("cooking:2", "second", end),
        ("cooking:3", "first", end),
    ]


async def test_who_has_lost_a_claim_changes_nothing_of_it(game: Game) -> None:
    first, second = Claims("first"), Claims("second")
    with clock.frozen(START) as now:
        assert await first.take("cooking", "cooking:1")
        now.advance(CLAIM_SECONDS)
        assert await second.take("cooking", "cooking:1")
        before = await game.database["jobclaims"].find_one({})
        await first.finish(["cooking:1"])
        await first.give_back("cooking:1", ValueError("burnt"))
        await first.release("cooking:1")
        assert await game.database["jobclaims"].find_one({}) == before


async def test_rows_are_claimed_together_but_for_those_that_somebody_has(game: Game) -> None:
    first, second = Claims("first"), Claims("second")
    with clock.frozen(START):
        assert await first.take("baking", "baking:1")
        rows = {f"baking:{n}": {"row": n} for n in range(4)}
        assert await second.take_new("baking", rows) == {"baking:0", "baking:2", "baking:3"}
        assert second.held == {"baking:0", "baking:2", "baking:3"}
        assert await second.take_new("baking", {}) == set()


async def test_work_whose_workers_die_without_a_word_is_set_aside(game: Game) -> None:
    await add_pies(game, 1)
    with clock.frozen(START) as now:
        for number in range(MOST_ATTEMPTS):
            assert await Claims(str(number)).take("cooking", "cooking:0")
            now.advance(CLAIM_SECONDS)
        assert await Jobs([COOKING]).run_until_idle() == 0
        (letter,) = await dead_letters()
    assert letter.error == "its workers ended before they could say why"
    assert await smells(game) == 0
