"""Dice that are chosen: the next throws are what the test says, the others follow a seed."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from desperados.engine import dice


class Luck(random.Random):
    """A generator whose next whole numbers may be chosen."""

    def __init__(self, seed: int = 1876) -> None:
        self._chosen: deque[int] = deque()
        super().__init__(seed)

    def next(self, *values: int) -> None:
        """The next calls of ``dice.roll`` and ``dice.between`` give ``values``, in this order."""
        self._chosen.extend(values)

    def randint(self, a: int, b: int) -> int:
        """A chosen value where one is left.

        Raises:
            AssertionError: the chosen value cannot be thrown with these dice.
        """
        if not self._chosen:
            return super().randint(a, b)
        value = self._chosen.popleft()
        assert a <= value <= b, f"{value} was chosen, but these dice show {a} to {b}"
        return value

    @property
    def left(self) -> tuple[int, ...]:
        """What was chosen and not thrown yet."""
        return tuple(self._chosen)


@contextmanager
def chosen(seed: int = 1876) -> Iterator[Luck]:
    """Make chance follow a ``Luck`` for this task and the tasks it starts."""
    luck = Luck(seed)
    with dice.drawn_from(luck):
        yield luck
