"""What comes of a fight against a boss: who has earned what. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from desperados.play.shapes.rules import split

ELIGIBLE_PERCENT = 10
"""Who has dealt less than this share of the damage gets no dollars and no goods."""
LEFTOVER_XP_PERCENT = 10
AFTER_DEFEAT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Fought:
    """How one of a party came out of a fight: the damage that it dealt and took, its strongest
    hand, the health that it lost (less than none, if it is in better health than before)."""

    damage: int
    taken: int = 0
    best: int = 0
    lost: int = 0
    fallen: bool = False
    fled: bool = False


def eligible(party: Sequence[Fought]) -> list[int]:
    """The seats that have earned their part, who dealt most first: at least a tenth of all damage,
    and not fled."""
    total = sum(one.damage for one in party)
    seats = [
        seat
        for seat, one in enumerate(party)
        if not one.fled and one.damage > 0 and 100 * one.damage >= ELIGIBLE_PERCENT * total
    ]
    return sorted(seats, key=lambda seat: (-party[seat].damage, seat))


def dollars_of(pot: int, party: Sequence[Fought]) -> dict[int, int]:
    """``pot`` dollars by seat, by the damage of those who are eligible, to the last coin; what
    cannot be divided goes to who dealt most. The part of those who fled goes to nobody."""
    seats, total = eligible(party), sum(one.damage for one in party)
    if not seats:
        return {}
    burned = pot * sum(one.damage for one in party if one.fled) // total
    parts = split(pot - burned, [party[seat].damage for seat in seats])
    return dict(zip(seats, parts, strict=True))


def xp_of(xp: int, party: Sequence[Fought], seat: int) -> int:
    """The experience of one seat: all of it for whoever did its even share or more, half of it and
    more for who is eligible, a tenth for who only was there, nothing for who fled."""
    one, total = party[seat], sum(other.damage for other in party)
    if one.fled:
        return 0
    if seat not in eligible(party):
        return xp * LEFTOVER_XP_PERCENT // 100
    even = total + one.damage * len(party)  # of 2 x total: (1/2 + 1/2 x share x members)
    return min(xp, xp * even // (2 * total))
