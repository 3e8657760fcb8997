"""Random additions and removals: the keys are a sorted set."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from desperados.embedded.storage.sorted_keys import SortedKeys


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 60)), max_size=200),
    st.integers(0, 60),
    st.integers(0, 60),
)
def test_sorted_keys_are_a_sorted_set(steps: list[tuple[bool, int]], low: int, high: int) -> None:
    keys, model = SortedKeys(), set()
    for adding, number in steps:
        if adding:
            keys.add((number, 0))
            model.add(number)
        else:
            keys.remove((number, 0))
            model.discard(number)
    inside = [number for number in sorted(model) if low <= number < high]
    assert [entry[0] for entry in keys.between((low,), (high,))] == inside
    assert [entry[0] for entry in keys.between((low,), (high,), backwards=True)] == inside[::-1]
    assert keys.count((low,), (high,)) == len(inside)
    assert len(keys) == len(model)
