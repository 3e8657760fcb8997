"""The one source of chance and of new identifiers.

By default everything comes from the operating system's generator: no outcome can be predicted
from earlier ones. Under ``seeded`` the same calls give the same results, identifiers included,
which is what makes a simulation reproducible.
"""

from __future__ import annotations

import hashlib
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


class Draws(random.Random):
    """Chance that follows from a secret seed and a counter: the same two give the same numbers.

    Block n of the stream is SHA-256 of the seed followed by n as eight bytes, big end first; each
    draw takes the next blocks and ``drawn`` counts them. Whoever keeps seed and count goes on where
    the last one stopped, without going through the draws before; and, unlike those of a Mersenne
    Twister, numbers that were seen say nothing about the next.

    A rule takes it as the ``random.Random`` that it is.
    """

    def __init__(self, seed: bytes, drawn: int = 0) -> None:
        self._of = seed
        self.drawn = drawn
        super().__init__()

    def getrandbits(self, k: int, /) -> int:
        """``k`` random bits."""
        blocks = -(-k // _BLOCK_BITS)
        drawn = b"".join(self._block() for _ in range(blocks))
        return int.from_bytes(drawn, "big") >> (blocks * _BLOCK_BITS - k)

    def random(self) -> float:
        """A number from 0 to 1, 1 excluded, of 53 random bits."""
        return float(self.getrandbits(53) * 2**-53)

    def gauss(self, mu: float = 0.0, sigma: float = 1.0) -> float:
        """As ``normalvariate``; the usual one keeps a second number, which no counter counts."""
        return self.normalvariate(mu, sigma)

    def seed(self, *_args: Any, **_options: Any) -> None:
        """The seed was given, and stays."""

    def _block(self) -> bytes:
        block = hashlib.sha256(self._of + self.drawn.to_bytes(8, "big")).digest()
        self.drawn += 1
        return block


_BLOCK_BITS = 256


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
