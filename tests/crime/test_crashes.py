"""Killed at any write: a crime, an arrest, a price, an escape are there whole or not at all."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from desperados import economy, law
from desperados.crime.arrests import arrest_character
from desperados.crime.attempts import attempt_crime, past_crimes
from desperados.crime.bounties import post_bounty
from desperados.crime.jail import attempt_escape, bribe_jailer, prison_labour
from desperados.engine.clock import FrozenClock
from desperados.law.consequences import LawBounty, Sentence
from desperados.law.rules import Cause
from desperados.play.shapes import games
from desperados.testing import World
from tests.crime.arrests.posse import always, hunter_in, outlaw_in
from tests.crime.attempts.heists import DRAWS, NOON, THEFT, move, thief, winning
from tests.crime.seeds import next_seeds
from tests.deck.test_crashes import MOST_WRITES, cut
from tests.law.courts import charge
from tests.world.people import change
from tests.worlds import fingerprint


async def whole_or_nothing(
    world: World,
    act: Callable[[], Awaitable[Any]],
    monkeypatch: pytest.MonkeyPatch,
    *,
    prepare: Callable[[], None] = lambda: None,
) -> int:
    """Crash at each write in turn until one run goes through; how many crashes that took."""
    before = await fingerprint(world.game)
    for at in range(1, MOST_WRITES):
        prepare()
        if not await cut(world, act, at, monkeypatch):
            return at - 1
        assert await fingerprint(world.game) == before, f"write {at} left something"
    raise AssertionError("It never went through.")


@pytest.mark.parametrize("wins", [True, False])
async def test_a_crime_ends_whole_or_goes_on(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch, wins: bool
) -> None:
    time.at = NOON
    jane = await thief(world)
    next_seeds(monkeypatch, games, winning())
    begun = await attempt_crime(jane, THEFT)
    version = 0
    for _ in range(DRAWS if wins else 0):
        version = (await move(jane, begun.id, "draw", version)).version
    crashed = await whole_or_nothing(
        world, lambda: move(jane, begun.id, "stop", version), monkeypatch
    )
    assert crashed >= 8
    (done,) = (await past_crimes(jane)).items
    assert done.succeeded is wins


async def test_an_arrest_is_made_whole_or_not_at_all(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    robbery = LawBounty("settler_alliance", 800, "robbery")
    pat, jane = await hunter_in(world), await outlaw_in(world, 4, bounty=robbery)
    for _ in range(2):
        await post_bounty(await world.character(dollars=900), jane, 500)
    crashed = await whole_or_nothing(
        world,
        lambda: arrest_character(pat, jane),
        monkeypatch,
        prepare=lambda: always(monkeypatch),
    )
    assert crashed >= 12
    assert (await economy.balance(pat)).dollars == 100 + 800 + 1_000


async def test_a_price_is_posted_whole_or_not_at_all(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane, bill = await world.character(), await world.character(dollars=900)
    await change(jane, level=5)
    await charge(jane, bounty=LawBounty("frontera", 450, "arson"))
    assert await whole_or_nothing(world, lambda: post_bounty(bill, jane, 500), monkeypatch) >= 6
    assert (await law.status(jane)).bounty == 950


async def test_a_prisoner_is_out_or_in(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane = await world.character(dollars=9_000)
    await charge(jane, wanted=2)
    await charge(jane, jail=Sentence(Cause.MAJOR_CRIME, 300))
    for deed in (prison_labour, attempt_escape):
        assert await whole_or_nothing(world, functools.partial(deed, jane), monkeypatch) >= 3
    if (await law.status(jane)).sentence is not None:
        bribe = functools.partial(bribe_jailer, jane, 6_000)
        assert await whole_or_nothing(world, bribe, monkeypatch) >= 3
