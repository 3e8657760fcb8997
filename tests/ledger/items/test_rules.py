"""Quantities, slots and room: the pure part."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.ledger.items.errors import (
    FractionalQuantity,
    InvalidQuantity,
    NegativeQuantity,
    OversizedQuantity,
    UnknownItemSource,
    ZeroQuantity,
)
from desperados.ledger.items.rules import (
    MOST_AT_ONCE,
    Allowance,
    check_item_source,
    check_quantity,
    level_bonus,
    room_for,
    slots_of,
    thousandths,
)
from desperados.ledger.items.sources import ItemFlow, ItemSource

BAD_QUANTITIES = [
    (0, ZeroQuantity),
    (-1, NegativeQuantity),
    (1.5, FractionalQuantity),
    (5.0, FractionalQuantity),
    (float("nan"), FractionalQuantity),
    (float("inf"), FractionalQuantity),
    (True, InvalidQuantity),
    ("10", InvalidQuantity),
    (None, InvalidQuantity),
    ({"$gt": 0}, InvalidQuantity),
    (MOST_AT_ONCE + 1, OversizedQuantity),
    (2**63, OversizedQuantity),
    (-(2**63), NegativeQuantity),
]

stacks = st.integers(1, 500)
held = st.integers(0, 5000)
limits = st.none() | st.integers(-50, 500)


@pytest.mark.parametrize("quantity", [1, 2, MOST_AT_ONCE])
def test_a_whole_number_up_to_the_most_is_a_quantity(quantity: int) -> None:
    assert check_quantity(quantity) == quantity


@pytest.mark.parametrize(("quantity", "error"), BAD_QUANTITIES)
def test_each_kind_of_bad_quantity_has_its_own_error(quantity: Any, error: type[Exception]) -> None:
    with pytest.raises(InvalidQuantity) as caught:
        check_quantity(quantity)
    assert type(caught.value) is error


def test_ninety_nine_and_five_are_two_stacks() -> None:
    assert slots_of(99, 99) == 1
    assert slots_of(99 + 5, 99) == 2


@given(held, stacks)
def test_slots_are_as_few_as_hold_the_quantity(quantity: int, most: int) -> None:
    slots = slots_of(quantity, most)
    assert slots * most >= quantity
    assert (slots - 1) * most < quantity


@given(held, stacks, st.integers(0, 5000), limits, limits)
def test_room_is_the_largest_quantity_within_both_limits(
    have: int, most: int, weight: int, slots: int | None, pounds: int | None
) -> None:
    room = room_for(have, most, weight, slots, pounds)

    def fits(quantity: int) -> bool:
        more = slots_of(have + quantity, most) - slots_of(have, most)
        return (slots is None or more <= slots) and (pounds is None or quantity * weight <= pounds)

    if room is None:
        assert slots is None
        assert pounds is None or weight == 0
    elif room:
        assert fits(room)
        assert not fits(room + 1)
    else:
        assert (
            (slots is not None and slots < 0)
            or (pounds is not None and pounds < 0)
            or (not fits(1))
        )


def test_skill_levels_make_a_larger_pack() -> None:
    assert level_bonus(30) == Allowance(0, 0)
    assert level_bonus(100) == Allowance(10, 100)
    assert level_bonus(1499) == Allowance(140, 1450)


@given(st.lists(st.sampled_from([0.1, 0.2, 0.05, 0.3, 2.5, 7]), max_size=50))
def test_weights_add_up_the_same_in_any_order(weights: list[float]) -> None:
    assert sum(map(thousandths, weights)) == sum(map(thousandths, reversed(weights)))
    assert sum(map(thousandths, weights)) == round(sum(weights) * 1000)


def test_a_source_must_exist_and_flow_the_right_way() -> None:
    assert check_item_source("gathered", ItemFlow.FAUCET) is ItemSource.GATHERED
    with pytest.raises(UnknownItemSource, match="not a faucet"):
        check_item_source(ItemSource.ROTTED, ItemFlow.FAUCET)
    with pytest.raises(UnknownItemSource):
        check_item_source("thin_air", ItemFlow.FAUCET)
