"""Keys as bytes: they lie as the values do in MongoDB's order, and equal ones are equal."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from bson import (
    Binary,
    Code,
    DatetimeMS,
    Decimal128,
    Int64,
    MaxKey,
    MinKey,
    ObjectId,
    Regex,
    Timestamp,
)
from hypothesis import example, given
from hypothesis import strategies as st

from desperados.embedded.storage.keys import after, entry, key_of, number_of, part_of, turned
from desperados.embedded.values.collation import parse_collation
from desperados.embedded.values.order import order_key

DECIMALS = st.decimals(allow_nan=False, places=None).map(
    lambda number: Decimal128(f"{number:.34g}") if number.is_finite() else Decimal128(number)
)
NUMBERS = st.one_of(
    st.integers(-(2**63), 2**63 - 1).map(Int64),
    st.integers(-5, 5),
    st.sampled_from([2**53 + n for n in range(-3, 4)]).map(Int64),
    st.floats(),
    st.sampled_from([2.0**53, 2.0**53 + 2, 0.1, -0.1, 5e-324, 1.7976931348623157e308]),
    DECIMALS,
    st.sampled_from(
        ["0.1", "-0.1", "9007199254740993", "1E-6176", "-1E-6176", "9E+6144", "-9E+6144", "0E+3"]
    ).map(Decimal128),
)
TEXTS = st.text(st.sampled_from("\0\1\2aAbž\uffff\U0001f920"), max_size=4)
SCALARS = st.one_of(
    NUMBERS,
    TEXTS,
    st.none(),
    st.booleans(),
    st.datetimes().map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)),
    st.integers(-(2**63), 2**63 - 1).map(DatetimeMS).filter(lambda at: abs(int(at)) > 2**60),
    st.binary(max_size=3),
    st.builds(Binary, st.binary(max_size=3), st.sampled_from([0, 4, 128])),
    st.binary(min_size=12, max_size=12).map(ObjectId),
    st.builds(Timestamp, st.integers(0, 3), st.integers(0, 3)),
    st.builds(Regex, st.sampled_from(["a", "^a", "b"]), st.sampled_from([0, 2])),
    st.builds(Code, TEXTS),
    st.sampled_from([MinKey(), MaxKey()]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "b", ""]), inner)
    ),
    max_leaves=4,
)
ENGLISH = parse_collation({"locale": "en", "strength": 2, "numericOrdering": True})


@given(VALUES, VALUES)
@example(0.1, Decimal128("0.1"))
@example(Int64(2**53 + 1), 2.0**53)
@example(Decimal128("9007199254740993.5"), Int64(2**53 + 1))
@example(-0.0, Decimal128("0E-10"))
@example(float("-inf"), Decimal128("-9E+6144"))
@example(DatetimeMS(2**61), datetime.datetime(9999, 12, 31))
def test_parts_lie_as_the_values_do(one: Any, other: Any) -> None:
    left, right = part_of(one), part_of(other)
    assert (left < right, left == right) == (
        order_key(one) < order_key(other),
        order_key(one) == order_key(other),
    )
    assert (turned(left) < turned(right)) == (right < left)
    # No part is the beginning of another: what follows it does not matter.
    assert left == right or not right.startswith(left)


@given(TEXTS, TEXTS)
def test_texts_under_a_collation_lie_as_it_says(one: str, other: str) -> None:
    assert ENGLISH is not None
    left, right = part_of(one, ENGLISH.fold), part_of(other, ENGLISH.fold)
    assert (left < right, left == right) == (
        order_key(one, ENGLISH.fold) < order_key(other, ENGLISH.fold),
        order_key(one, ENGLISH.fold) == order_key(other, ENGLISH.fold),
    )


@given(st.decimals(allow_nan=False, min_value=-(10**20), max_value=10**20), st.floats(-1e20, 1e20))
def test_decimals_and_doubles_are_compared_exactly(decimal: Decimal, double: float) -> None:
    exact = Decimal128(f"{decimal:.34g}")
    assert (part_of(exact) < part_of(double)) == (exact.to_decimal() < Decimal(double))


@given(st.binary(max_size=4), st.binary(max_size=4), st.binary(max_size=4))
def test_the_end_of_a_beginning_is_behind_it_and_before_all_else(
    prefix: bytes, rest: bytes, other: bytes
) -> None:
    end = after(prefix)
    if prefix.strip(b"\xff"):
        assert prefix + rest < end
        assert other.startswith(prefix) or (other < prefix) != (other >= end)


@given(VALUES, st.integers(1, 2**40 - 1))
def test_an_entry_is_its_key_and_its_record(value: Any, number: int) -> None:
    key = part_of(value)
    assert (key_of(entry(key, number)), number_of(entry(key, number))) == (key, number)
    assert key < entry(key, number) < after(key)
