"""What clients send is read more strictly than JSON asks for."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.api.errors import MalformedJson, MalformedRequest, NestedTooDeep, UnusableValue
from desperados.api.operations.decoding import DEEPEST, SAFE_INTEGER, check_json, check_text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"1",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b'{"a": \xed\xa0\x80}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b"{'a': 1}",
        b'{"a": 01}',
        b"\xef\xbb\xbf{}",
        b"\x00",
        b'{"a": "\n"}',
    ],
)
def test_what_is_not_one_json_object_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedJson):
        check_json(body)


@pytest.mark.parametrize("depth", [DEEPEST + 1, 500, 30_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_deep_nesting_is_refused_at_any_depth(depth: int, opening: str, closing: str) -> None:
    with pytest.raises(NestedTooDeep):
        check_json(f'{{"a": {opening * depth}1{closing * depth}}}'.encode())


@pytest.mark.parametrize(
    "number", ["1e400", "-1e400", "9007199254740993", "-9007199254740993", "1" * 400, "9" * 60_000]
)
def test_numbers_that_nobody_can_hold_are_refused_with_their_path(number: str) -> None:
    with pytest.raises(UnusableValue) as refused:
        check_json(f'{{"deep": [{{"amount": {number}}}]}}'.encode())
    assert refused.value.facts["errors"][0]["path"] == "/deep/0/amount"


@pytest.mark.parametrize("text", [r"\u0000", r"\ud800", r"\udfff\ud800", r"ok\u0000"])
def test_text_that_bson_cannot_store_is_refused_in_values_and_in_names(text: str) -> None:
    with pytest.raises(UnusableValue) as refused:
        check_json(f'{{"a/b": "{text}"}}'.encode())
    assert refused.value.facts["errors"][0]["path"] == "/a~1b"
    with pytest.raises(UnusableValue):
        check_json(f'{{"{text}": 1}}'.encode())


def test_paired_surrogates_are_a_character() -> None:
    check_json(rb'{"a": "\ud83d\ude00"}')


@given(
    st.dictionaries(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers(-SAFE_INTEGER, SAFE_INTEGER)
            | st.floats(allow_nan=False, allow_infinity=False)
            | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
            lambda inner: st.lists(inner) | st.dictionaries(st.just("a"), inner),
            max_leaves=5,
        ),
    )
)
def test_ordinary_objects_pass(value: dict[str, object]) -> None:
    check_json(json.dumps(value).encode())


@given(st.binary(max_size=200))
def test_any_bytes_either_pass_or_are_refused_as_the_clients_fault(body: bytes) -> None:
    with contextlib.suppress(MalformedRequest, UnusableValue):
        check_json(body)


def test_text_is_checked_in_other_places_too() -> None:
    check_text("fine", ("after",), "query")
    with pytest.raises(UnusableValue) as refused:
        check_text("\0", ("after",), "query")
    assert refused.value.facts["errors"][0]["in"] == "query"
