"""Rewards: never more than their bound, in this form and in those before it."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from desperados.play.rewards import Bound, Reward, bound, draw, read_reward

spans = st.one_of(
    st.integers(-500, 500),
    st.tuples(st.integers(0, 50), st.integers(0, 50)).map(
        lambda pair: {"min": pair[0], "max": sum(pair)}
    ),
)
items = st.lists(
    st.fixed_dictionaries(
        {
            "itemId": st.sampled_from(["whiskey", "rope"]),
            "quantity": st.integers(1, 5),
            "chance": st.sampled_from([1, 50, 99.5, 100]),
        }
    ),
    max_size=3,
)
parts = st.fixed_dictionaries(
    {"dollars": spans, "xp": st.integers(0, 500), "items": items},
    optional={
        "skillXp": st.dictionaries(st.sampled_from(["stealth", "cooking"]), st.integers(1, 50)),
        "standing": st.dictionaries(st.just("frontera"), st.integers(-50, 50)),
        "energy": st.integers(-20, 20),
    },
)


@st.composite
def rewards(draw: st.DrawFn) -> dict[str, Any]:
    reward = draw(parts)
    weighted = draw(st.lists(st.tuples(parts, st.integers(1, 9)), max_size=3))
    return {**reward, "oneOf": [{**part, "weight": weight} for part, weight in weighted]}


@given(rewards(), st.integers())
def test_no_draw_gives_more_than_the_bound(stored: dict[str, Any], seed: int) -> None:
    reward = read_reward(stored)
    most = bound(reward)
    outcome = draw(reward, random.Random(seed))
    assert outcome.dollars <= most.dollars
    assert outcome.xp <= most.xp
    for item in {line.item_id for line in outcome.items}:
        pieces = sum(line.quantity for line in outcome.items if line.item_id == item)
        assert pieces <= most.items[item]


@given(rewards(), st.integers())
def test_the_same_dice_give_the_same(stored: dict[str, Any], seed: int) -> None:
    reward = read_reward(stored)
    assert draw(reward, random.Random(seed)) == draw(reward, random.Random(seed))


def test_one_of_several_comes_by_its_weight() -> None:
    reward = read_reward({"oneOf": [{"xp": 1, "weight": 3}, {"xp": 2, "weight": 1}]})
    luck = random.Random(7)
    drawn = [draw(reward, luck).xp for _ in range(4_000)]
    assert set(drawn) == {1, 2}
    assert 0.70 < drawn.count(1) / len(drawn) < 0.80


def test_a_chance_is_in_percent() -> None:
    reward = read_reward({"items": [{"itemId": "pelt", "chance": 25}]})
    luck = random.Random(7)
    found = sum(bool(draw(reward, luck).items) for _ in range(4_000))
    assert 900 < found < 1_100


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ({"gold": 50, "xp": 10, "items": ["rope", "rope"]}, Bound(50, 10, {"rope": 2})),
        ({"gold": 5.0, "xp": 10, "reputation": {"frontera": 5}}, Bound(5, 10, {})),
        ({"dollars": 3, "locationAccess": ["saloon"]}, Bound(3, 0, {})),
        (None, Bound(0, 0, {})),
    ],
)
def test_the_forms_before_it_are_read(stored: Any, expected: Bound) -> None:
    assert bound(read_reward(stored)) == expected


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        ({"dollars": {"min": 5, "max": 1}}, "min is above max"),
        ({"dollars": 60_000, "oneOf": [{"dollars": 60_000, "weight": 1}]}, "100000 at most"),
        ({"xp": 90_000, "oneOf": [{"xp": 20_000, "weight": 1}]}, "100000 at most"),
        ({"items": [{"itemId": "a", "quantity": 60}] * 2}, "120 of a"),
        ({"skillXp": {"juggling": 5}}, "no skill 'juggling'"),
        ({"conduct": ["yodel"]}, "no 'yodel'"),
        ({"standing": {"nobody": 5}}, "standing"),
        ({"luck": 5}, "luck"),
    ],
)
def test_what_gives_too_much_or_makes_no_sense_is_refused(
    stored: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        Reward.model_validate(stored)
