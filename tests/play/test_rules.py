"""The rules of playing, as properties: of the clock, and of shares."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.engine.dice import Draws
from desperados.play.shapes.errors import GameMoved
from desperados.play.shapes.rules import Move, Play, Rules, shared, split
from tests.play.parlour import GUESS, PIG

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
CLOSES = timedelta(minutes=2)
seeds = st.binary(min_size=32, max_size=32)
moments = st.integers(0, 150_000).map(lambda ms: BEGIN + timedelta(milliseconds=ms))


def begin(rules: Rules, seed: bytes, most: int = 400) -> Play:
    return Play.begin(
        rules, {"seats": 3}, Draws(seed), at=BEGIN, closes_at=BEGIN + CLOSES, most_moves=most
    )


def told(play: Play) -> tuple[object, ...]:
    return (
        play.state,
        play.version,
        play.turn_from,
        play.deadline,
        play.draws.drawn,
        play.verdict,
        [move.stored() for move in play.made],
    )


@pytest.mark.parametrize("rules", [PIG, GUESS], ids=["one seat", "several"])
@given(seed=seeds, looks=st.lists(moments, max_size=6), last=moments)
def test_the_clock_comes_to_the_same_however_often_somebody_looks(
    rules: Rules, seed: bytes, looks: list[datetime], last: datetime
) -> None:
    once, often = begin(rules, seed), begin(rules, seed)
    once.catch_up(last)
    for look in sorted(look for look in looks if look <= last):
        often.catch_up(look)
    often.catch_up(last)
    often.catch_up(last)
    assert told(often) == told(once)


@pytest.mark.parametrize("rules", [PIG, GUESS], ids=["one seat", "several"])
@given(seed=seeds, now=moments)
def test_what_is_due_is_done_and_nothing_else(rules: Rules, seed: bytes, now: datetime) -> None:
    play = begin(rules, seed)
    play.catch_up(now)
    assert play.verdict is not None or now < play.deadline <= BEGIN + CLOSES
    assert all(move.at <= now for move in play.made)
    if now >= BEGIN + CLOSES:
        assert play.verdict is not None


def test_a_move_aside_ends_no_turn() -> None:
    """Whoever makes it gains no time; and, where nobody else is to move, must have seen it before
    the next one: two clicks at once are one move."""
    aside = replace(PIG, aside={"roll"}, verdict=lambda _state, _closed: None)
    play = begin(aside, bytes(32))
    deadline = play.deadline
    play.move(Move(0, "roll", {}, BEGIN + timedelta(seconds=9)), seen=0)
    assert (play.deadline, play.turn_from, play.version) == (deadline, 1, 1)
    with pytest.raises(GameMoved):
        play.move(Move(0, "roll", {}, BEGIN + timedelta(seconds=9)), seen=0)
    play.move(Move(0, "stop", {}, BEGIN + timedelta(seconds=9)), seen=1)
    assert (play.deadline, play.turn_from) == (deadline + timedelta(seconds=9), 2)


def test_others_have_not_missed_a_move_aside() -> None:
    play = begin(replace(GUESS, aside={"choose"}), bytes(32))
    deadline = play.deadline
    play.move(Move(1, "choose", {"number": 3}, BEGIN + timedelta(seconds=9)), seen=0)
    assert (play.deadline, play.turn_from, play.version) == (deadline, 0, 1)
    play.move(Move(0, "choose", {"number": 2}, BEGIN + timedelta(seconds=9)), seen=0)


@given(seed=seeds)
def test_for_who_is_absent_everything_is_done_at_once(seed: bytes) -> None:
    play = begin(PIG, seed)
    play.catch_up(BEGIN, absent={0})
    assert play.verdict is not None
    assert {move.at for move in play.made} <= {BEGIN}


@given(seed=seeds, most=st.integers(0, 5))
def test_a_game_ends_with_its_last_move(seed: bytes, most: int) -> None:
    play = begin(PIG, seed, most)
    play.catch_up(BEGIN, absent={0})
    assert len(play.made) <= most
    assert play.verdict is not None


@given(st.integers(0, 10**9), st.lists(st.integers(0, 1000), min_size=1, max_size=60))
def test_shares_sum_to_the_last_coin(total: int, weights: list[int]) -> None:
    if sum(weights) == 0:
        with pytest.raises(ValueError, match="Nobody"):
            split(total, weights)
        return
    shares = split(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares[1:], weights[1:], strict=True):
        assert share == total * weight // sum(weights)
    assert 0 <= shares[0] - total * weights[0] // sum(weights) < len(weights)


@given(
    st.integers(0, 10**6),
    st.lists(st.integers(0, 100), min_size=1, max_size=8),
    st.lists(st.integers(1, 5), min_size=1, max_size=8),
)
def test_those_who_share_a_place_get_the_same_of_what_they_fill(
    total: int, weights: list[int], sizes: list[int]
) -> None:
    filled = weights[: sum(sizes)]
    if sum(filled) == 0:
        with pytest.raises(ValueError, match="share"):
            shared(total, weights, sizes)
        return
    shares = shared(total, weights, sizes)
    assert len(shares) == sum(sizes)
    assert sum(shares) == total
    at = 0
    for size in sizes:
        rank = shares[at : at + size]
        rest = rank[1:] if at == 0 else rank  # the first has what cannot be divided
        assert len(set(rest)) <= 1
        for share in rest:
            part = sum(weights[at : at + size]) * total
            assert share == part // (size * sum(filled))
        at += size
    if set(sizes) == {1}:
        assert shares[: len(weights)] == split(total, filled)


@pytest.mark.parametrize(("total", "weights"), [(5, []), (5, [0]), (5, [2, -1]), (-1, [1])])
def test_what_nobody_can_share_is_refused(total: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="share"):
        split(total, weights)
