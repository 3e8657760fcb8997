"""The rules of tournaments: the bracket, the prizes, the calendar. Pure functions and tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, NamedTuple

from bson import ObjectId

from desperados.combat.calendar import Schedule
from desperados.engine.dice import Luck

LEAST, MOST = 2, 64
"""How many places a tournament may have."""
MOST_FEE, MOST_GUARANTEE = 100_000, 10_000  # dollars
REGISTRATION = timedelta(minutes=5)
"""How long before its start a tournament must be announced."""
FURTHEST = timedelta(days=30)
WINDOW = timedelta(minutes=10)
"""How long the two of a match have for their hand."""
SPARE = timedelta(minutes=30)

NOBODY: Final = "nobody"
"""In a bracket: nobody comes to this slot."""

Slot = ObjectId | str | None
"""Who has a place in the bracket; None is not known yet."""


class Pairing(NamedTuple):
    """Two who are to meet; ``round`` and ``number`` count from 1."""

    round: int
    number: int
    one: ObjectId
    other: ObjectId


@dataclass(frozen=True, slots=True)
class Bracket:
    """Who has come how far: ``slots`` of the first round, of the second, and so on; the last is
    that of the champion. ``gone`` are those who win nothing any more, whoever is against them.

    The winner of match n of a round goes into slot n of the next (both counted from 1).
    """

    slots: tuple[tuple[Slot, ...], ...]
    gone: frozenset[ObjectId] = frozenset()

    @classmethod
    def draw(cls, entrants: Sequence[ObjectId], luck: Luck) -> Bracket:
        """A bracket for 2 to 64, in an order that is drawn. Who is drawn first has the byes, which
        are as far from each other as they can be and are over at once.

        Raises:
            ValueError: they are too few or too many, or one is there twice.
        """
        if not LEAST <= len(entrants) <= MOST or len(set(entrants)) < len(entrants):
            raise ValueError(f"There is no bracket of {len(entrants)}.")
        seeds = luck.sample(list(entrants), len(entrants))
        size = 1 << (len(seeds) - 1).bit_length()
        first: list[Slot] = [
            seeds[seed - 1] if seed <= len(seeds) else NOBODY for seed in _order(size)
        ]
        slots: list[tuple[Slot, ...]] = [tuple(first)]
        while len(slots[-1]) > 1:
            slots.append((None,) * (len(slots[-1]) // 2))
        bracket = cls(tuple(slots))
        for number in range(size // 2):
            bracket = bracket._gone_on(0, number)
        return bracket

    @classmethod
    def of(cls, stored: Mapping[str, Any], gone: Collection[ObjectId] = ()) -> Bracket:
        """A stored bracket."""
        slots = tuple(tuple(found) for found in stored["slots"])
        return cls(slots, frozenset(gone))

    def stored(self) -> dict[str, Any]:
        """As a tournament keeps it."""
        return {
            "size": len(self.slots[0]),
            "rounds": self.rounds,
            "slots": [list(found) for found in self.slots],
        }

    @property
    def rounds(self) -> int:
        """How many rounds there are."""
        return len(self.slots) - 1

    @property
    def is_over(self) -> bool:
        """Whether the final is decided, if only by nobody."""
        return self.slots[-1][0] is not None

    @property
    def champion(self) -> ObjectId | None:
        """Who has won all, if it is over and somebody has."""
        return _person(self.slots[-1][0])

    def pairings(self) -> list[Pairing]:
        """Those who are to meet now, in the order of rounds and numbers."""
        return [
            Pairing(at, number + 1, one, other)
            for at in range(1, self.rounds + 1)
            for number, after in enumerate(self.slots[at])
            if after is None
            and (one := _person(self.slots[at - 1][2 * number])) is not None
            and (other := _person(self.slots[at - 1][2 * number + 1])) is not None
        ]

    def decided(self, round_: int, number: int, winner: ObjectId | None) -> Bracket:
        """The bracket after a match, and after what follows of it at once; None: both are out.

        Raises:
            ValueError: there is no such match to decide, or the winner is not of it, or is gone.
        """
        pairing = next((p for p in self.pairings() if p[:2] == (round_, number)), None)
        if pairing is None or winner not in {pairing.one, pairing.other, None} - self.gone:
            raise ValueError(f"Match {number} of round {round_} is not to be decided so.")
        return self._put(round_, number - 1, winner or NOBODY)._gone_on(round_, (number - 1) // 2)

    def without(self, gone: ObjectId) -> Bracket:
        """The bracket when somebody wins nothing any more. A match that it is playing is still to
        be decided; whoever meets it later goes on at once."""
        return replace(self, gone=self.gone | {gone})

    def ranking(self) -> list[tuple[ObjectId, ...]]:
        """Who was how good, once it is over, the best first; those who went out in one round
        share a place."""
        found = []
        further: set[ObjectId] = set()
        for slots in reversed(self.slots):
            rank = tuple(
                who for slot in slots if (who := _person(slot)) is not None and who not in further
            )
            further.update(rank)
            if rank:
                found.append(rank)
        return found

    def _gone_on(self, at: int, number: int) -> Bracket:
        """The bracket after a pair of a round (both from 0) has come together. It is a match,
        unless one cannot win: then the other goes on, which may bring the next pair together."""
        if at == self.rounds:
            return self
        pair = self.slots[at][2 * number : 2 * number + 2]
        winners = [slot for slot in pair if self._can_win(slot)]
        if None in pair or len(winners) == len(pair):
            return self
        bracket = self._put(at + 1, number, winners[0] if winners else NOBODY)
        return bracket._gone_on(at + 1, number // 2)

    def _can_win(self, slot: Slot) -> bool:
        who = _person(slot)
        return who is not None and who not in self.gone

    def _put(self, at: int, number: int, slot: Slot) -> Bracket:
        row = (*self.slots[at][:number], slot, *self.slots[at][number + 1 :])
        return replace(self, slots=(*self.slots[:at], row, *self.slots[at + 1 :]))


def _person(slot: Slot) -> ObjectId | None:
    return slot if isinstance(slot, ObjectId) else None


def _order(size: int) -> list[int]:
    """The seeds in the order of the first round: the best two meet in the final at the earliest,
    and any two neighbours of a round have the same sum."""
    order = [1]
    while len(order) < size:
        total = 2 * len(order) + 1
        order = [seed for one in order for seed in (one, total - one)]
    return order


# How many took part at least, and what the first, the second and those after them get, in percent.
PRIZES: Sequence[tuple[int, Sequence[int]]] = (
    (16, (50, 25, 15, 10)),
    (8, (60, 30, 10)),
    (4, (70, 30)),
    (0, (100,)),
)


def weights(entrants: int) -> Sequence[int]:
    """What the places get, in percent of the pool."""
    return next(table for least, table in PRIZES if entrants >= least)


def length(entrants: int) -> timedelta:
    """How long a tournament of so many may last, if no hand is replayed."""
    return WINDOW * (entrants - 1).bit_length() + SPARE


@dataclass(frozen=True, slots=True)
class Regular:
    """A tournament that is held again and again. ``fee`` is in dollars."""

    code: str
    name: str
    when: Schedule
    fee: int
    capacity: int


CALENDAR = (
    Regular("penny_table", "The Penny Table", Schedule(12), 10, 8),
    Regular("evening_cards", "Evening Cards", Schedule(20), 100, 16),
    Regular("saturday_stakes", "Saturday Stakes", Schedule(21, weekday=6), 1_000, 64),
)
