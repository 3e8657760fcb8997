"""A sorted set of index entries that stays cheap to change at any size, and cheap to fork.

Blocks of at most a thousand entries, each a sorted list, under a list of the blocks' greatest
entries: finding a place is two binary searches, inserting moves one block's tail. Measured to a
million entries. A fork has the same blocks; either side copies a block before it changes it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

_BLOCK = 1000


class SortedKeys:
    """A set of byte strings in order, at first of `entries`, all different."""

    def __init__(self, entries: Iterable[bytes] = ()) -> None:
        ordered = sorted(entries)
        half = _BLOCK // 2
        self._blocks = [ordered[i : i + half] for i in range(0, len(ordered), half)]
        self._maxes = [block[-1] for block in self._blocks]
        self._size = len(ordered)
        # Blocks that a fork may have, too: by their ids, as lists have no place for a mark.
        self._shared: set[int] = set()

    def fork(self) -> SortedKeys:
        """The same entries; what changes here does not change there, nor the other way round."""
        other = SortedKeys()
        other._blocks = self._blocks.copy()
        other._maxes = self._maxes.copy()
        other._size = self._size
        other._shared = set(map(id, self._blocks))
        self._shared = other._shared.copy()
        return other

    def _own(self, number: int) -> list[bytes]:
        """The block of this number, which no fork has: it may be changed."""
        block = self._blocks[number]
        if id(block) in self._shared:
            self._shared.discard(id(block))
            block = self._blocks[number] = block.copy()
        return block

    def __len__(self) -> int:
        return self._size

    def _place(self, entry: bytes) -> tuple[int, int]:
        number = bisect_left(self._maxes, entry)
        if number == len(self._blocks):
            return number, 0
        return number, bisect_left(self._blocks[number], entry)

    def __contains__(self, entry: bytes) -> bool:
        number, at = self._place(entry)
        return (
            number < len(self._blocks)
            and at < len(self._blocks[number])
            and self._blocks[number][at] == entry
        )

    def add(self, entry: bytes) -> None:
        """Put the entry in its place, unless it is there."""
        if not self._blocks:
            self._blocks.append([entry])
            self._maxes.append(entry)
            self._size = 1
            return
        number = min(bisect_left(self._maxes, entry), len(self._blocks) - 1)
        block = self._blocks[number]
        at = bisect_left(block, entry)
        if at < len(block) and block[at] == entry:
            return
        block = self._own(number)
        block.insert(at, entry)
        self._size += 1
        self._maxes[number] = block[-1]
        if len(block) > _BLOCK:
            half = len(block) // 2
            self._blocks.insert(number + 1, block[half:])
            del block[half:]
            self._maxes[number] = block[-1]
            self._maxes.insert(number + 1, self._blocks[number + 1][-1])

    def remove(self, entry: bytes) -> None:
        """Take the entry out, if it is there."""
        number, at = self._place(entry)
        if number == len(self._blocks):
            return
        block = self._blocks[number]
        if at == len(block) or block[at] != entry:
            return
        block = self._own(number)
        del block[at]
        self._size -= 1
        if block:
            self._maxes[number] = block[-1]
        else:
            del self._blocks[number]
            del self._maxes[number]

    def between(self, low: bytes, high: bytes, *, backwards: bool = False) -> Iterator[bytes]:
        """The entries from `low` (included) to `high` (excluded), in order or backwards.

        They may change meanwhile: what is added or removed beyond the last block that was read is
        seen, and nothing else is left out or comes twice.
        """
        if backwards:
            return self._down(low, high)
        return self._up(low, high)

    def _up(self, low: bytes, high: bytes) -> Iterator[bytes]:
        while True:
            number, at = self._place(low)
            if number == len(self._blocks):
                return
            block = self._blocks[number]
            end = len(block) if block[-1] < high else bisect_left(block, high)
            last = end < len(block)
            part = block[at:end]
            yield from part
            if last or not part:
                return
            low = part[-1] + b"\0"  # the least that is greater

    def _down(self, low: bytes, high: bytes) -> Iterator[bytes]:
        while True:
            number, at = self._place(high)
            if not at:
                number -= 1
                if number < 0:
                    return
                at = len(self._blocks[number])
            block = self._blocks[number]
            start = 0 if block[0] >= low else bisect_left(block, low)
            part = block[start:at]
            yield from reversed(part)
            if start or not part:
                return
            high = part[0]

    def count(self, low: bytes, high: bytes) -> int:
        """How many entries lie from `low` (included) to `high` (excluded)."""
        first, at = self._place(low)
        last, end = self._place(high)
        if first == last:
            return max(0, end - at)
        if first > last:
            return 0
        return sum(len(block) for block in self._blocks[first:last]) - at + end
