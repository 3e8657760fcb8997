"""Killed at any write: a game begins whole or not at all, and ends whole or goes on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from desperados.deck.documents import ActionResult
from desperados.deck.domain import DOMAIN
from desperados.deck.queries import get_game
from desperados.deck.service import play, start_action
from desperados.engine.clock import FrozenClock
from desperados.engine.work import Jobs
from desperados.testing import World
from tests.deck.players import EVENING, player, purse, reseed, rigged
from tests.worlds import fingerprint

MOST_WRITES = 40


async def cut(
    world: World, act: Callable[[], Awaitable[Any]], at: int, monkeypatch: pytest.MonkeyPatch
) -> bool:
    """Do something whose writes leave one by one, and crash at the ``at``-th; whether it came to
    that."""
    world.game.bulk_writes = False
    database, sent = type(world.game.database), 0
    plain = database.command

    async def counting(self: Any, order: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal sent
        if isinstance(order, dict) and ("insert" in order or "update" in order):
            sent += 1
            if sent == at:
                raise RuntimeError("crash")
        return await plain(self, order, *args, **kwargs)

    monkeypatch.setattr(database, "command", counting)
    try:
        await act()
    except RuntimeError:
        return True
    finally:
        monkeypatch.undo()
    return False


async def test_a_game_begins_whole_or_not_at_all(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    time.at = EVENING
    crashed = 0
    jane = await player(world, "golden-spur-saloon", level=5)
    before = await fingerprint(world.game)
    for at in range(1, MOST_WRITES):
        if not await cut(world, lambda: start_action(jane, "bar_brawl", 50), at, monkeypatch):
            break
        crashed += 1
        assert await fingerprint(world.game) == before
    assert 6 <= crashed < MOST_WRITES - 1
    assert await purse(jane) == 50


@pytest.mark.parametrize("won", [True, False])
async def test_a_game_ends_whole_or_goes_on(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch, won: bool
) -> None:
    time.at = EVENING
    jane = await player(world, "golden-spur-saloon", level=5)
    shown = await start_action(jane, "bar_brawl", 50)
    shown = await reseed(jane, shown, rigged("poker", won=won))
    crashed, last = 0, "early_finish"
    shown = await play(jane, shown.id, "draw", 0, [])
    before = await fingerprint(world.game)
    for at in range(1, MOST_WRITES):
        if not await cut(world, lambda: play(jane, shown.id, last, 1), at, monkeypatch):
            break
        crashed += 1
        assert await fingerprint(world.game) == before
        assert (await get_game(jane, shown.id)).result is None
    assert 8 <= crashed < MOST_WRITES - 1
    over = await get_game(jane, shown.id)
    assert over.result is not None
    assert await purse(jane) == 50 + over.result.dollars + max(0, over.result.stake + 50)
    assert await ActionResult.collection().count_documents({"_id": shown.id}) == 1


async def test_a_game_of_whoever_never_comes_back_is_settled_by_its_deadline(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    time.at = EVENING
    jane = await player(world, "golden-spur-saloon", level=5)
    shown = await start_action(jane, "bar_brawl", 50)
    assert await cut(world, lambda: play(jane, shown.id, "forfeit", 0), 3, monkeypatch)
    time.advance(minutes=15)
    await Jobs(DOMAIN.jobs).run_until_idle()
    over = await get_game(jane, shown.id)
    assert over.result is not None
    await start_action(jane, "bar_brawl")
