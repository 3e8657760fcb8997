"""How hard a text is to guess, as far as its form tells. Pure functions.

Long is not strong: "abcabcabc..." is three characters and a habit. What follows from what stands
before it counts for nothing.
"""

from __future__ import annotations

import itertools

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertz", "azerty")
_NEIGHBOURS = frozenset(
    pair for row in _ROWS for a, b in itertools.pairwise(row) for pair in (a + b, b + a)
)


def variety(text: str) -> int:
    """How many characters of ``text`` do not follow from those before, without regard to case.

    A block that is repeated counts once. A character follows that is the one before, the next or
    the last in order (a-b, 3-2), or its neighbour on the keyboard.
    """
    block = unit(text.casefold())
    return bool(block) + sum(not _follows(a, b) for a, b in itertools.pairwise(block))


def unit(text: str) -> str:
    """The shortest beginning whose repetition is ``text``; its last one may be cut short."""
    for length in range(1, len(text) // 2 + 1):
        if text[length:] == text[:-length]:
            return text[:length]
    return text


def _follows(before: str, after: str) -> bool:
    return abs(ord(before) - ord(after)) <= 1 or before + after in _NEIGHBOURS
