"""What a deck game costs: reads that leave together, one write, the commit; and no scan."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from desperados.deck.queries import current_game, get_game, list_actions, list_results, read_record
from desperados.deck.service import play, start_action
from desperados.engine.clock import FrozenClock
from desperados.testing import World
from tests.deck.players import EVENING, player, reseed, rigged, to_the_end
from tests.games import embedded


async def test_a_game_costs_few_round_trips(world: World, time: FrozenClock) -> None:
    time.at = EVENING
    jane = await player(world, "golden-spur-saloon", level=5)
    stats = embedded(world.game).stats

    async def trips(work: Awaitable[Any]) -> int:
        stats.reset()
        await work
        return int(stats.asked.total())

    shown = await reseed(jane, await start_action(jane, "bar_brawl", 10), rigged("poker", won=True))
    await to_the_end(jane, shown)  # the content is kept
    time.advance(minutes=10)
    found: dict[str, int] = {}
    found["list"] = await trips(list_actions(jane))
    found["start"] = await trips(start_action(jane, "bar_brawl", 10, key="a"))
    shown = await current_game(jane)
    assert shown is not None
    shown = await reseed(jane, shown, rigged("poker", won=True))
    found["move"] = await trips(play(jane, shown.id, "draw", 0, [], key="b"))
    found["end"] = await trips(play(jane, shown.id, "draw", 1, [], key="c"))
    found["look"] = await trips(get_game(jane, shown.id))
    found["current"] = await trips(current_game(jane))
    found["history"] = await trips(list_results(jane))
    found["record"] = await trips(read_record(jane))
    assert stats.full_scans == {}
    most = {
        "list": 3,
        "start": 5,  # one may be the look at the version of the content, due once a second
        "move": 5,
        "end": 8,
        "look": 2,
        "current": 4,
        "history": 1,
        "record": 2,
    }
    assert {name: count for name, count in found.items() if count > most[name]} == {}
