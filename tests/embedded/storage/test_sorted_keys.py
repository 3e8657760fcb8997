"""Random additions and removals: the keys are a sorted set, and a fork of one is another."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from desperados.embedded.storage.sorted_keys import SortedKeys

STEPS = st.lists(st.tuples(st.booleans(), st.integers(0, 60)), max_size=200)


def work(keys: SortedKeys, model: set[bytes], steps: list[tuple[bool, int]]) -> None:
    for adding, number in steps:
        item = bytes([number])
        if adding:
            keys.add(item)
            model.add(item)
        else:
            keys.remove(item)
            model.discard(item)


def check(keys: SortedKeys, model: set[bytes], low: bytes, high: bytes) -> None:
    inside = [item for item in sorted(model) if low <= item < high]
    assert list(keys.between(low, high)) == inside
    assert list(keys.between(low, high, backwards=True)) == inside[::-1]
    assert keys.count(low, high) == len(inside)
    assert len(keys) == len(model)
    assert all(item in keys for item in model)


@given(STEPS, STEPS, STEPS, st.integers(0, 60), st.integers(0, 60))
def test_sorted_keys_are_a_sorted_set(
    before: list[tuple[bool, int]],
    here: list[tuple[bool, int]],
    there: list[tuple[bool, int]],
    low: int,
    high: int,
) -> None:
    keys, model = SortedKeys(), set[bytes]()
    work(keys, model, before)
    check(keys, model, bytes([low]), bytes([high]))
    fork, other = keys.fork(), model.copy()
    work(keys, model, here)
    work(fork, other, there)
    for one, expected in ((keys, model), (fork, other)):
        check(one, expected, bytes([low]), bytes([high]))


def test_blocks_are_split_and_shared_at_any_size() -> None:
    keys = SortedKeys(number.to_bytes(3, "big") for number in range(0, 5000, 2))
    fork = keys.fork()
    for number in range(1, 5000, 2):
        keys.add(number.to_bytes(3, "big"))
    for number in range(0, 5000, 4):
        fork.remove(number.to_bytes(3, "big"))
    assert [*keys.between(b"", b"\xff")] == [n.to_bytes(3, "big") for n in range(5000)]
    assert [*fork.between(b"", b"\xff")] == [n.to_bytes(3, "big") for n in range(2, 5000, 4)]


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 4000)), max_size=60),
    st.booleans(),
)
@settings(max_examples=25)
def test_what_stays_is_read_once_and_in_order_while_the_rest_changes(
    steps: list[tuple[bool, int]], backwards: bool
) -> None:
    def entry(number: int) -> bytes:
        return number.to_bytes(3, "big")

    numbers = range(0, 4000, 2)
    keys = SortedKeys(map(entry, numbers))
    touched = {entry(number) for _, number in steps}
    found = []
    for at, item in enumerate(keys.between(b"", b"\xff", backwards=backwards)):
        found.append(item)
        if at % 25 == 0 and steps:
            adding, number = steps.pop()
            (keys.add if adding else keys.remove)(entry(number))
    stayed = [item for item in found if item not in touched]
    expected = {entry(number) for number in numbers} - touched
    assert stayed == sorted(expected, reverse=backwards)
    assert found == sorted(set(found), reverse=backwards)
