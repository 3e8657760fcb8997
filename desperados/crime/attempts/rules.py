"""Crimes: how likely they are seen, what they bring, and what the law makes of them. Pure functions
and tables.

Source: the design of the game, crime: "Witness and outcome". What a crime puts on the head is a
half to the whole of its bail, and nobody gets such a price without the sentence that goes with it:
whoever buys himself out for a friend to earn it pays more than the friend gets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from desperados.characters.effects import Stat
from desperados.characters.participant import Participant
from desperados.characters.rules import SkillGroup
from desperados.crime.records import SKILLS
from desperados.deck.actions import PlayedAction, Risk
from desperados.engine.dice import Luck
from desperados.law.consequences import LawBounty, Sentence
from desperados.law.rules import Cause
from desperados.play.outcome import Outcome
from desperados.play.requirements import Kind

FIRST_SKILLS: Mapping[str, str] = {"pickpocket_drunk": "pickpocketing"}
FIRST_SKILL = "burglary"
"""What a crime teaches that asks for no criminal skill."""
CROWDED = frozenset({"pickpocket_drunk"})
"""Crimes for which there must be people about."""

MOST_RELIEF = 30  # percent
PAY = (80, 120)  # percent of what the content says
LEAST_SEEN_SHARE, MOST_SEEN = 25, 95  # percent: of the base, and in all
MOST_LUCK = 50
CUNNING = ((48, 133), (30, 115), (15, 105))
"""From which cunning on one is seen less: what the chance is divided by, in percent."""
MOST_WITNESSES = 3
QUIET_FROM, QUIET = 60, 50
"""Whom an NPC trusts so far it does not give away in so many of 100 cases; nor if it is afraid."""
REPORTED_WITHIN = timedelta(hours=24)
HUSH_LEAST, HUSH_SHARE = 25, 2
THREAT_ENERGY, THREAT_CHANCE = 10, 40

CAUSES = (Cause.MINOR_CRIME, Cause.MODERATE_CRIME, Cause.MAJOR_CRIME, Cause.VIOLENT_CRIME)
OWN_CAUSES: Mapping[str, Cause] = {"murder_for_hire": Cause.MURDER_FOR_HIRE}
CONDUCT: Mapping[str, str] = {
    "pickpocketing": "theft_poor",
    "burglary": "theft_rich",
    "robbery": "robbery",
    "heisting": "robbery",
    "assassination": "assassination",
}
OWN_CONDUCT: Mapping[str, str] = {"arson": "arson"}

SETTLERS, FRONTERA = "settler_alliance", "frontera"
STANDING: Mapping[tuple[bool, bool], tuple[int, int]] = {
    (True, False): (-5, 2),
    (True, True): (-10, 1),
    (False, False): (-10, 0),
    (False, True): (-15, 0),
}
"""Points with the settlers and with the Frontera, by (succeeded, the law knows)."""


def skill_of(action: PlayedAction) -> str:
    """The criminal skill that a crime asks for and teaches."""
    asked = (need.name for need in action.needs if need.kind is Kind.CRIMINAL_SKILL)
    return next(asked, FIRST_SKILLS.get(action.code, FIRST_SKILL))


def relief(level: int, percent: int = 0) -> int:
    """By how many percent a criminal skill (1 to 50), and effects, lower the target of a crime."""
    return max(0, min(MOST_RELIEF, level // 2 + percent))


def lessons(skill: str, xp: int) -> dict[str, int]:
    """What a success teaches: half of its experience in its own skill, a quarter in the others, for
    there is no first lesson in robbery. 1 at least in its own."""
    return {name: max(1, xp // 2) if name == skill else xp // 4 for name in SKILLS}


@dataclass(frozen=True, slots=True)
class Scenery:
    """What decides how much is seen: weather and hour, the crowd, and who it is."""

    climate: float = 1
    crowd: float = 1
    cunning: int = 1
    luck: int = 0
    detection: int = 0  # what effects add, in percent

    @classmethod
    def of(cls, who: Participant, climate: float, crowd: float) -> Scenery:
        """That of a character at a place."""
        return cls(
            climate,
            crowd,
            who.power(SkillGroup.CUNNING),
            who.percent(Stat.LUCK),
            who.percent(Stat.DETECTION),
        )


def seen_percent(base: int, scenery: Scenery) -> int:
    """How likely a crime is seen that is seen in ``base`` of 100 cases by day, in the open, among
    some people: never less than a quarter of that, never more than 95."""
    if base <= 0:
        return 0
    factor = next((percent for least, percent in CUNNING if scenery.cunning >= least), 100)
    luck = max(-MOST_LUCK, min(MOST_LUCK, scenery.luck))
    chance = base * scenery.climate * scenery.crowd * 100 / factor
    chance *= (100 - luck) / 100 * (100 + scenery.detection) / 100
    least = -(-base * LEAST_SEEN_SHARE // 100)
    return max(min(least, MOST_SEEN), min(MOST_SEEN, round(chance)))


def bounty_of(risk: Risk, luck: Luck) -> int:
    """What the law puts on the head for a crime: a half to the whole of its bail."""
    return luck.randint(-(-risk.bail // 2), risk.bail) if risk.bail > 0 else 0


def loot(drawn: Outcome, luck: Luck, crowd: float = 1) -> int:
    """The dollars of a crime that succeeds, of which no two bring the same; rounded down."""
    percent = luck.randint(*PAY)
    return max(0, drawn.dollars) * percent * round(100 * crowd) // 10_000


@dataclass(frozen=True, slots=True)
class Case:
    """A crime that is over, as the law sees it: whether it succeeded, whether the law ``knows`` of
    it, whose law it is, and what it puts on the head then."""

    action: PlayedAction
    skill: str
    succeeded: bool
    knows: bool
    faction: str
    bounty: int

    @property
    def free(self) -> bool:
        """Whether nothing comes of it: it succeeded, and the law knows of nothing."""
        return self.succeeded and not self.knows

    @property
    def wanted(self) -> int:
        """The levels that it brings now."""
        return 0 if self.free else self.action.risk.wanted

    @property
    def price(self) -> LawBounty | None:
        """What it puts on the head now."""
        if not self.knows or self.bounty < 1:
            return None
        return LawBounty(self.faction, self.bounty, self.action.code)

    @property
    def sentence(self) -> Sentence | None:
        """The stay in jail that it brings."""
        risk, code = self.action.risk, self.action.code
        if self.free or risk.jail_minutes < 1:
            return None
        tier = max(1, min(len(CAUSES), self.action.tier))
        cause = OWN_CAUSES.get(code, CAUSES[tier - 1])
        return Sentence(cause, risk.jail_minutes, risk.bail)

    @property
    def standing(self) -> dict[str, int]:
        """The points that it costs and brings."""
        settlers, frontera = STANDING[self.succeeded, self.knows]
        moved = {SETTLERS: settlers, FRONTERA: frontera}
        return {faction: points for faction, points in moved.items() if points}

    @property
    def conduct(self) -> str:
        """What it is in the table of conduct."""
        return OWN_CONDUCT.get(self.action.code, CONDUCT[self.skill])


def hush_money(bounty: int) -> int:
    """What a witness takes to keep quiet: half of the price that a report would put on the head, 25
    dollars at least."""
    return max(HUSH_LEAST, -(-bounty // HUSH_SHARE))


def threat_chance(cunning: int) -> int:
    """How likely a threat keeps a witness quiet, in percent: 40, and half of the cunning (1 to
    99)."""
    return THREAT_CHANCE + cunning // 2
