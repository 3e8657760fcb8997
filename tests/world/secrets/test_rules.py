"""Who finds what is hidden."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.world.secrets.rules import Progress, search_percent


@pytest.mark.parametrize(("tracking", "percent"), [(1, 22), (10, 40), (37, 94), (38, 95), (99, 95)])
def test_tracking_finds_more(tracking: int, percent: int) -> None:
    assert search_percent(tracking) == percent


@given(st.integers(0, 12), st.integers(0, 12))
def test_half_is_before_the_whole(one: int, other: int) -> None:
    met, needed = sorted((one, other))
    progress = Progress(met, needed)
    assert progress.whole is (met == needed)
    assert progress.half or not progress.whole
