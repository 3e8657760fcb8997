"""Who may arrest whom, how cards decide it, and what it brings. Pure functions and tables.

Source: the design of the game, crime: "Bounties". The defender's hand is dealt like the hunter's:
nobody has to be there to defend himself, and nobody is defenceless who is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bson import ObjectId

from desperados.characters.condition import Activity
from desperados.characters.effects import Stat
from desperados.characters.participant import Participant
from desperados.crime.errors import NoLawfulHand, NotArrestable, NotThere, SameGang, SelfTarget
from desperados.deck.documents import Suit
from desperados.deck.hands import Hand, deal, skill_for
from desperados.engine.allowances import Limit
from desperados.law.rules import ARRESTABLE_FROM
from desperados.law.wanted import wanted_of

ENERGY = 15
XP_PER_LEVEL = 25
STANDING = 5  # with whom the law is of
PAID = Limit("arrest_paid", 1, timedelta(hours=24))
"""The law pays for one head once in a day; what players pay is theirs."""

_NOT_FOUND = (Activity.JOURNEY, Activity.HIDING, Activity.FIGHT)


def attempts(target_id: ObjectId) -> Limit:
    """How often one hunter tries to arrest one outlaw."""
    return Limit(f"arrest_of_{target_id}", 1, timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Grapple:
    """A hunter's hand of clubs against an outlaw's hand of spades."""

    hunter: Hand
    outlaw: Hand
    seeds: tuple[str, str]
    percent: int = 0  # what effects add to the hunter's

    @classmethod
    def between(cls, hunter: Participant, outlaw: Participant, seeds: tuple[str, str]) -> Grapple:
        """The hands that these seeds give the two."""
        return cls(
            deal(seeds[0], skill_for(hunter, Suit.CLUBS), Suit.CLUBS),
            deal(seeds[1], skill_for(outlaw, Suit.SPADES), Suit.SPADES),
            seeds,
            hunter.percent(Stat.ARREST),
        )

    @property
    def strength(self) -> int:
        """What the hunter's hand counts."""
        return self.hunter.effectiveness * (100 + self.percent) // 100

    @property
    def caught(self) -> bool:
        """Whether the hunter has the better one; who is as good gets away."""
        return self.strength > self.outlaw.effectiveness


def must_be_arrestable(hunter: Participant, outlaw: Participant, now: datetime) -> int:
    """The wanted level of ``outlaw``, if ``hunter`` may arrest it.

    Raises:
        SelfTarget: they are one, or belong to one player.
        SameGang: they ride together.
        NoLawfulHand: the hunter is wanted at 3 or more.
        CharacterUnavailable: the outlaw is dead.
        NotThere: they are at different places, or the outlaw is on a journey, hides or fights.
        NotArrestable: the outlaw is wanted at less than 3, sits already, or has just got up.
    """
    if hunter.user_id == outlaw.user_id:
        raise SelfTarget(path="targetId")
    if hunter.gang_id is not None and hunter.gang_id == outlaw.gang_id:
        raise SameGang(path="targetId")
    if wanted_of(hunter, now).value >= ARRESTABLE_FROM:
        raise NoLawfulHand(most=ARRESTABLE_FROM - 1)
    outlaw.must_be_alive()
    level = wanted_of(outlaw, now).value
    protected = outlaw.protected_until is not None and now < outlaw.protected_until
    if outlaw.jailed or level < ARRESTABLE_FROM or protected:
        raise NotArrestable(path="targetId")
    busy = outlaw.occupation
    away = busy is not None and busy.activity in _NOT_FOUND
    if outlaw.location_id != hunter.location_id or away or outlaw.fighting:
        raise NotThere(path="targetId")
    return level
