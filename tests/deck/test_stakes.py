"""Stakes: held at the start, back with their win or gone; never a good bet for the player."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.deck.documents import ActionDeckSession
from desperados.deck.domain import DOMAIN
from desperados.deck.errors import ActionNotFound, InvalidStake
from desperados.deck.queries import get_game
from desperados.deck.service import PRACTICE_SUIT, play, start_action
from desperados.deck.sessions import terms_of
from desperados.deck.staking.odds import SKILLS, TABLE, most_percent
from desperados.deck.staking.stakes import TIERS, tier_of, winnings
from desperados.engine.clock import FrozenClock
from desperados.engine.work import Jobs
from desperados.ledger.money.documents import Hold, HoldStatus
from desperados.ledger.money.errors import InsufficientFunds
from desperados.play.seeds import Seed, hash_of
from desperados.play.shapes import games
from desperados.testing import World, hammer
from tests.deck.players import EVENING, player, purse, reseed, rigged, to_the_end, verdict_of
from tests.world.people import energy, stored

amounts = st.integers(10, 10_000)


@given(amounts, st.integers(1, 100))
def test_no_stake_is_worth_more_than_itself(amount: int, percent: int) -> None:
    """What the table's odds make of it, and so (they are the best) whatever anybody makes of it:
    neither streaks nor hot hands touch a stake."""
    tier = tier_of(amount)
    assert tier is not None
    held, win = amount * tier.loss // 100, winnings(amount, percent)
    assert 0 <= win <= amount
    assert percent * (held + win) <= 100 * held


@given(amounts, st.integers(1, 99))
def test_the_better_the_odds_the_less_is_won(amount: int, percent: int) -> None:
    assert winnings(amount, percent + 1) <= winnings(amount, percent)


def test_the_tiers_meet_and_what_is_beyond_them_is_no_stake() -> None:
    for lower, higher in pairwise(TIERS):
        assert higher.least == lower.most + 1
    for amount in (-10, 0, 9, 10_001):
        assert tier_of(amount) is None
        with pytest.raises(InvalidStake):
            winnings(amount, 50)


def test_the_odds_rise_with_the_skill() -> None:
    for rows in TABLE.values():
        for row in rows:
            assert list(row) == sorted(row)
            assert len(row) == len(SKILLS)


@pytest.mark.parametrize("game", sorted(TABLE))
@pytest.mark.parametrize("grade", range(1, 6))
def test_sensible_play_is_never_better_than_the_table(game: str, grade: int) -> None:
    """With the real rules. A frequency of 300 games is within four deviations of its mean; one
    that the table denies would be beyond."""
    games = 300
    for skill in (1, 45, 100):
        terms = terms_of(game, PRACTICE_SUIT[game], skill, grade)
        random = Random(f"{game} {grade} {skill}")
        won = sum(
            verdict_of(terms, f"{random.getrandbits(256):064x}")["succeeded"] for _ in range(games)
        )
        most = most_percent(game, grade, skill) / 100
        slack = 4 * (most * (1 - most) / games) ** 0.5
        assert won / games <= most + slack


async def test_a_stake_comes_back_with_what_was_told(world: World, time: FrozenClock) -> None:
    time.at = EVENING
    jane = await player(world, "golden-spur-saloon", level=5)
    shown = await start_action(jane, "bar_brawl", 50)
    assert shown.stake is not None
    assert (shown.stake.amount, shown.stake.held) == (50, 50)
    assert 0 < shown.stake.win < 50
    assert await purse(jane) == 50
    shown = await reseed(jane, shown, rigged("poker", won=True))
    over = await to_the_end(jane, shown)
    assert over.result is not None
    assert over.result.stake == shown.stake.win
    assert await purse(jane) == 100 + over.result.stake + over.result.dollars
    (hold,) = await Hold.load_many({"reference": shown.id}, limit=2)
    assert (hold.status, hold.held) == (HoldStatus.RELEASED, {"dollars": 0})


@pytest.mark.parametrize("end", ["lost", "forfeit", "bail_out", "clock"])
async def test_a_stake_is_lost_with_its_game(world: World, time: FrozenClock, end: str) -> None:
    time.at = EVENING
    jane = await player(world, "golden-spur-saloon", level=5)
    shown = await start_action(jane, "bar_brawl", 50)
    shown = await reseed(jane, shown, rigged("poker", won=False))
    if end == "lost":
        shown = await to_the_end(jane, shown)
    elif end == "clock":
        time.advance(timedelta(minutes=15).total_seconds())
        await Jobs(DOMAIN.jobs).run_until_idle()
        shown = await get_game(jane, shown.id)
    else:
        shown = await play(jane, shown.id, "draw", 0, [])
        shown = await play(jane, shown.id, end, 1)
    assert shown.result is not None
    assert shown.result.stake == -50
    assert await purse(jane) == 50 + shown.result.dollars
    (hold,) = await Hold.load_many({"reference": shown.id}, limit=2)
    assert hold.status is HoldStatus.LAPSED


@pytest.mark.parametrize(
    ("action", "stake", "error"),
    [
        ("bar_brawl", 101, InvalidStake),  # from level 10 on
        ("bar_brawl", 9, InvalidStake),
        ("bar_brawl", -50, InvalidStake),
        ("bar_brawl", 10_001, InvalidStake),
        ("pickpocket_drunk", 50, ActionNotFound),
    ],
)
async def test_what_nobody_stakes(
    world: World, time: FrozenClock, action: str, stake: int, error: type[Exception]
) -> None:
    time.at = EVENING
    jane = await player(world, "golden-spur-saloon", level=5)
    with pytest.raises(error):
        await start_action(jane, action, stake)
    assert (await energy(jane), await purse(jane)) == (150, 100)


async def test_more_than_is_there_is_not_staked(world: World, time: FrozenClock) -> None:
    time.at = EVENING
    jane = await player(world, "golden-spur-saloon", level=10)
    with pytest.raises(InsufficientFunds):
        await start_action(jane, "bar_brawl", 101)
    assert (await energy(jane), await purse(jane)) == (150, 100)
    assert await ActionDeckSession.collection().count_documents({}) == 0


async def test_of_many_stakes_at_once_one_is_taken(world: World, time: FrozenClock) -> None:
    time.at = EVENING
    jane = await player(world, "golden-spur-saloon", level=5)
    outcomes = await hammer(lambda: start_action(jane, "bar_brawl", 60), 5)
    assert outcomes.done == 1
    assert await purse(jane) == 40


async def test_nothing_is_won_where_nothing_is_at_risk(world: World, time: FrozenClock) -> None:
    time.at = EVENING
    jane = await player(world, "golden-spur-saloon", level=5)
    skills = {name: {"level": 60, "xp": 0} for name in ("melee_combat", "ranged_combat")}
    await world.game.database["characters"].update_one({"_id": jane}, {"$set": {"skills": skills}})
    with pytest.raises(InvalidStake, match="sure"):
        await start_action(jane, "clear_rat_nest", 50)


async def test_a_game_that_ends_with_its_deal_is_settled_with_its_beginning(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two cards that are 21: the stake is held and comes back in one command."""
    time.at = EVENING
    terms = terms_of("blackjack", PRACTICE_SUIT["blackjack"], 1, 2)
    secret = next(
        secret
        for secret in (f"{number:064x}" for number in range(1, 2_000))
        if verdict_of(terms, secret)["natural"]
    )
    monkeypatch.setattr(games, "new_seed", lambda: Seed(secret, hash_of(secret)))
    jane = await player(world, "golden-spur-saloon", level=5)
    shown = await start_action(jane, "charm_bartender", 60, key="k")
    assert shown.result is not None
    assert (shown.moves, shown.result.succeeded) == ([], True)
    assert shown.stake is not None
    assert shown.result.stake == shown.stake.win
    assert await purse(jane) == 100 + shown.result.stake + shown.result.dollars
    assert (await stored(jane)).get("busy") is None
    assert await start_action(jane, "charm_bartender", 60, key="k") == shown
    assert await get_game(jane, shown.id) == shown
    (hold,) = await Hold.load_many({"reference": shown.id}, limit=2)
    assert hold.status is HoldStatus.RELEASED
