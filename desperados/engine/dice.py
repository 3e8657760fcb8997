"""The one source of chance and of new identifiers.

By default everything comes from the operating system's generator: no outcome can be predicted
from earlier ones. Under ``seeded`` the same calls give the same results, identifiers included,
which is what makes a simulation reproducible.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, MutableSequence, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from bson import ObjectId

from desperados.engine import clock

T = TypeVar("T")

Luck = random.Random
"""A generator, as rules get it that draw more than once."""

_system: random.Random = random.SystemRandom()
_seeded: ContextVar[random.Random | None] = ContextVar("desperados_dice", default=None)


def source() -> random.Random:
    """The generator in force; pass it to a rule that draws more than once."""
    return _seeded.get() or _system


def roll(sides: int) -> int:
    """A whole number from 1 to ``sides``."""
    return source().randint(1, sides)


def between(low: int, high: int) -> int:
    """A whole number from ``low`` to ``high``, both included."""
    return source().randint(low, high)


def uniform(low: float, high: float) -> float:
    """A number between ``low`` and ``high``."""
    return source().uniform(low, high)


def choice(options: Sequence[T]) -> T:
    """One of ``options``, each as likely."""
    return source().choice(options)


def shuffle(items: MutableSequence[Any]) -> None:
    """Put ``items`` into random order, in place."""
    source().shuffle(items)


def token(length: int = 32) -> str:
    """``length`` random bytes as hexadecimal text, for secrets."""
    return source().randbytes(length).hex()


def new_id() -> ObjectId:
    """An identifier that no document has: the driver's own, or a reproducible one when seeded."""
    seeded = _seeded.get()
    if seeded is None:
        return ObjectId()
    seconds = int(clock.now().timestamp()) & 0xFFFFFFFF
    return ObjectId(seconds.to_bytes(4, "big") + seeded.randbytes(8))


@contextmanager
def seeded(seed: int | str) -> Iterator[random.Random]:
    """Make chance reproducible for this task and the tasks it starts."""
    generator = random.Random(seed)  # noqa: S311 - reproducibility is the purpose here
    with drawn_from(generator):
        yield generator


@contextmanager
def drawn_from(generator: random.Random) -> Iterator[random.Random]:
    """Draw from ``generator`` in this task and the tasks it starts."""
    mark = _seeded.set(generator)
    try:
        yield generator
    finally:
        _seeded.reset(mark)
