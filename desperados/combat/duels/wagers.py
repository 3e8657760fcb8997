"""Who may challenge whom, for how much, and what a win is worth beside the wager. Pure."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from desperados.characters.participant import Participant
from desperados.combat.duels.documents import DuelType
from desperados.combat.duels.errors import InvalidWager, LevelsApart, NotSkilled
from desperados.engine.allowances import Limit, per_day

SKILLED_FROM = 25  # combat level
MOST_LEVELS_APART = 10
LEAST_WAGER, MOST_WAGER = 100, 100_000
WAGER_OF_LEVEL = 1_000
WAGER_PERCENT = 10  # of the wallet
FAIR_LEVELS = 5
LEAST_XP, USUAL_XP, XP_OF_LEVEL, MOST_XP = 100, 500, 25, 2_000
FAIR_STANDING, AMBUSH_STANDING, CHEAT_STANDING = 2, -2, -10
MORTAL_DANGER = 40  # of a duel to the death

WAGERS = per_day("duel_wagers", 20)


def wagers_of(one: ObjectId, other: ObjectId) -> tuple[Limit, ObjectId]:
    """How many duels for money a pair has in a day."""
    low, high = sorted((one, other))
    return per_day(f"duel_wagers:{low}", 5), high


def rated_of(one: ObjectId, other: ObjectId) -> tuple[Limit, ObjectId]:
    """How many duels of a pair are rated in a day."""
    low, high = sorted((one, other))
    return per_day(f"duels_rated:{low}", 3), high


def wins_over(winner: ObjectId, loser: ObjectId) -> tuple[Limit, ObjectId]:
    """How many wins over the same opponent count in a day: for experience, standing, conduct and
    tallies."""
    return per_day(f"duels_won:{loser}", 3), winner


def most_wager(level: int, dollars: int) -> int:
    """The most that somebody may wager against one of ``level``, if that is the lower one."""
    return min(MOST_WAGER, WAGER_OF_LEVEL * level, dollars * WAGER_PERCENT // 100)


def check_challenge(
    kind: DuelType, wager: Any, challenger: Participant, opponent: Participant
) -> None:
    """Refuse a challenge that the rules do not know. What the opponent carries is not looked at:
    nobody learns it from a refusal.

    Raises:
        NotSkilled: it is about more than the honour, and one has no combat level of 25.
        LevelsApart: it is about money, and the two are more than ten levels apart.
        InvalidWager: the wager is none that may be made in a duel of this kind.
    """
    if not isinstance(wager, int) or isinstance(wager, bool):
        raise InvalidWager(path="wager")
    if kind is not DuelType.CASUAL:
        for person in (challenger, opponent):
            if person.combat_level < SKILLED_FROM:
                raise NotSkilled(character=str(person.id), needed=SKILLED_FROM)
    if kind is not DuelType.WAGER:
        if wager:
            raise InvalidWager("Only a duel of the type wager is about money.", path="wager")
        return
    if abs(challenger.level - opponent.level) > MOST_LEVELS_APART:
        raise LevelsApart(most=MOST_LEVELS_APART)
    most = most_wager(min(challenger.level, opponent.level), challenger.dollars)
    if not LEAST_WAGER <= wager <= most:
        raise InvalidWager(path="wager", least=LEAST_WAGER, most=most)


def check_acceptance(wager: int, defender: Participant) -> None:
    """Refuse a wager that is more than a tenth of what the defender carries; what it cannot pay at
    all the ledger refuses.

    Raises:
        InvalidWager: it is more than that.
    """
    most = defender.dollars * WAGER_PERCENT // 100
    if most < wager <= defender.dollars:
        raise InvalidWager(path="wager", least=LEAST_WAGER, most=most)


def combat_xp(kind: DuelType, winner: int, loser: int) -> int:
    """The experience in fights that a win gives, by the levels of the two."""
    xp = max(LEAST_XP, min(MOST_XP, USUAL_XP + XP_OF_LEVEL * (loser - winner)))
    return xp // 2 if kind is DuelType.CASUAL else xp


def is_fair(winner: int, loser: int) -> bool:
    """Whether the winner was no more than five levels above the loser."""
    return winner - loser <= FAIR_LEVELS
