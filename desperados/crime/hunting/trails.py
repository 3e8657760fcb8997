"""Contracts on outlaws of the land: tiers, what happens on a trail, how it ends. Pure functions.

Source: the design of the game, crime: "Hunters and contracts" and "NPC contracts". Where it counts
skills of ten levels, the mean of the category is taken, and the bonus at 99 is said. Guns are a
fight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from desperados.characters.participant import Participant
from desperados.characters.rules import SkillGroup
from desperados.combat.fights.engine.blows import FOE_BLOW
from desperados.combat.fights.engine.setup import Foe
from desperados.combat.fights.rules import FURY_ABOVE, FURY_PERCENT
from desperados.engine.dice import Luck
from desperados.play.requirements.kinds import Kind, Requirement

LEAST_MORAL = -20
READY_AT = 75
MOST_PROGRESS = 100
CONFRONTS_FOR = 20  # energy
MISSED = 20  # progress that a failure costs
MOST_CLUES = 5  # that help in a fight
EVENT_PERCENT = 25
BEST_GAIN = 15  # progress of a day on an easy trail
LEAST_CHANCE, MOST_CHANCE = 20, 90
ALIVE_PERCENT = 70
FOR_ALIVE_PERCENT = 20
STANDING = 5  # with the settlers, whose law pays
FREE_AFTER = timedelta(hours=24)
DECIDE_WITHIN = timedelta(hours=1)


class Tier(StrEnum):
    """How dangerous an outlaw is."""

    PETTY = "petty"
    WANTED = "wanted"
    NOTORIOUS = "notorious"
    LEGENDARY = "legendary"


@dataclass(frozen=True, slots=True)
class TierTerms:
    """What contracts of a tier mean: the least level, the energy of each time on the trail, how
    long they run, the experience, and the most dollars that content may pay."""

    level: int
    energy: int
    time: timedelta
    xp: int
    most_reward: int

    @property
    def needs(self) -> tuple[Requirement, ...]:
        """What a hunter must be."""
        return Requirement(Kind.LEVEL, value=self.level), Requirement(Kind.MORAL, value=LEAST_MORAL)


TIERS: Mapping[Tier, TierTerms] = {
    Tier.PETTY: TierTerms(20, 15, timedelta(hours=24), 200, 1_000),
    Tier.WANTED: TierTerms(25, 25, timedelta(hours=48), 500, 5_000),
    Tier.NOTORIOUS: TierTerms(30, 40, timedelta(hours=72), 1_200, 15_000),
    Tier.LEGENDARY: TierTerms(40, 60, timedelta(hours=168), 3_000, 50_000),
}


@dataclass(frozen=True, slots=True)
class Target:
    """An outlaw of the land. ``reward`` are the least and most dollars."""

    code: str
    name: str
    description: str
    tier: Tier
    reward: tuple[int, int]
    tracking: int
    combat: int
    escape: int

    @property
    def terms(self) -> TierTerms:
        """What its tier means."""
        return TIERS[self.tier]

    def foe(self, clues: int) -> Foe:
        """As a fight knows it: as clever as it is hard to beat, and with 60 health and three for
        each point of that; a twentieth less for each clue, of five at most."""
        health = (60 + 3 * self.combat) * (20 - min(MOST_CLUES, clues)) // 20
        return gunfighter(self.code, self.name, self.terms.level, health, self.combat)


def gunfighter(code: str, name: str, level: int, health: int, skill: int) -> Foe:
    """Somebody of the land with a skill of 0 to 100 in a fight: as difficult (1 to 6 of 10) as lets
    a match for him win about every second time."""
    wits = max(1, skill // 15)
    return Foe(
        code=code,
        name=name,
        level=level,
        health=health,
        attack=wits // 2,
        percent=100 + FURY_PERCENT * max(0, wits - FURY_ABOVE),
        blow=FOE_BLOW,
        wits=wits,
    )


def gain(target: Target, luck: Luck) -> int:
    """The progress of one time on the trail: 15, up to half of it less for how hard the outlaw is
    to find, and a fifth more or less; rounded down, 1 at least."""
    percent = luck.randint(80, 120)
    return max(1, BEST_GAIN * (200 - target.tracking) * percent // 20_000)


class Way(StrEnum):
    """How an outlaw is confronted."""

    AMBUSH = "ambush"
    NEGOTIATE = "negotiate"
    FIGHT = "fight"


def chance(target: Target, hunter: Participant, way: Way, progress: int, clues: int) -> int:
    """How likely an ambush or words succeed, in percent, 20 to 90.

    An ambush adds 15; words 10 and a quarter of the spirit skills (24 at 99).
    """
    words = 10 + hunter.power(SkillGroup.SPIRIT) // 4
    bonus = 15 if way is Way.AMBUSH else words
    found = 50 + (progress - READY_AT) // 2 + 5 * clues - target.combat // 3 + bonus
    return max(LEAST_CHANCE, min(MOST_CHANCE, found))


@dataclass(frozen=True, slots=True)
class Confrontation:
    """How one ended. Of a success the dollars; of a failure whether the outlaw is ``gone``."""

    succeeded: bool
    alive: bool = False
    dollars: int = 0
    gone: bool = False


def success(target: Target, way: Way, luck: Luck) -> Confrontation:
    """What a success brings. Who talks brings in alive, who does not in 70 of 100; alive pays a
    fifth more, rounded down."""
    alive = way is Way.NEGOTIATE or luck.randint(1, 100) <= ALIVE_PERCENT
    dollars = luck.randint(*target.reward)
    return Confrontation(True, alive, dollars * (100 + FOR_ALIVE_PERCENT * alive) // 100)


def failure(target: Target, luck: Luck) -> Confrontation:
    """What a failure leaves: an outlaw that may be gone for good."""
    return Confrontation(False, gone=luck.randint(1, 100) <= target.escape)


@dataclass(frozen=True, slots=True)
class Turn:
    """What something on the trail brings or takes. ``dollars`` and ``health`` are losses."""

    progress: int = 0
    clues: int = 0
    dollars: int = 0
    health: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be done: it succeeds with ``percent``, and a fraction of the skills of ``group``
    (half: 49 at 99)."""

    text: str
    success: Turn
    failure: Turn = field(default_factory=Turn)
    percent: int = 100
    group: SkillGroup | None = None

    def taken(self, hunter: Participant, luck: Luck) -> Turn:
        """What comes of it."""
        skill = hunter.power(self.group) // 2 if self.group is not None else 0
        won = self.percent >= 100 or luck.randint(1, 100) <= self.percent + skill
        return self.success if won else self.failure


@dataclass(frozen=True, slots=True)
class Lead:
    """Something on the trail. Who does not decide gets what ``default`` brings."""

    code: str
    text: str
    choices: Mapping[str, Choice]
    default: str


LEADS: Mapping[str, Lead] = {
    lead.code: lead
    for lead in (
        Lead(
            "camp",
            "Ashes, still warm, and something that was dropped in a hurry.",
            {
                "search": Choice("Search the camp", Turn(clues=1)),
                "ride_on": Choice("Ride on while they are warm", Turn(progress=5)),
            },
            default="ride_on",
        ),
        Lead(
            "witness",
            "An old man has seen everything. He looks at your purse.",
            {
                "pay": Choice("Pay him 25 dollars", Turn(clues=1, dollars=25)),
                "press": Choice(
                    "Press him", Turn(clues=1), Turn(progress=-5), 40, SkillGroup.CUNNING
                ),
                "leave": Choice("Leave him be", Turn()),
            },
            default="leave",
        ),
        Lead(
            "trap",
            "A wire across the path. Whoever strung it knows that you are coming.",
            {
                "disarm": Choice(
                    "Take it apart", Turn(progress=10), Turn(health=15), 40, SkillGroup.CRAFT
                ),
                "around": Choice("Go the long way round", Turn(progress=-5)),
            },
            default="around",
        ),
        Lead(
            "gang",
            "Four riders on the ridge, and none of them is lost.",
            {
                "fight": Choice(
                    "Ride at them",
                    Turn(progress=15, clues=1),
                    Turn(health=20),
                    40,
                    SkillGroup.COMBAT,
                ),
                "hide": Choice("Wait until they have gone", Turn(progress=-5)),
            },
            default="hide",
        ),
    )
}
"""What may happen on a trail, each as likely."""


def moved(progress: int, by: int) -> int:
    """The progress after a change: 0 to 100."""
    return max(0, min(MOST_PROGRESS, progress + by))
