"""Hunters of the land: whom they hunt for whom, what they cost, how the prey gets away. Pure.

Source: the design of the game, crime: "NPC hunters". The law pays an employer half of what it has
on the head and never more than the hunter cost him, so nobody earns by having a friend hunted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bson import ObjectId

from desperados.characters.participant import Participant
from desperados.characters.rules import SkillGroup
from desperados.combat.fights.engine.setup import Foe
from desperados.crime.errors import SelfTarget, TargetTooGreen
from desperados.crime.hunting.errors import NoPriceWorthIt, NotHireable
from desperados.crime.hunting.trails import gunfighter
from desperados.engine.allowances import Limit
from desperados.play.requirements.kinds import Requirement

LEAST_LEVEL = 10  # of the prey
MOST_ON_A_TARGET = 3
OF_THE_LAW_PERCENT = 50
BACK_PERCENT = 50
PAY_OFF_PERCENT = 150
DECIDE_WITHIN = timedelta(minutes=10)
GIVES_UP_AFTER = timedelta(days=7)
LOOKS_AGAIN = (timedelta(minutes=1), timedelta(minutes=15))
LATELY = timedelta(minutes=20)  # longer than from look to look
FIGHT_ENERGY = 15
XP_PER_LEVEL = 10  # combat experience of whoever beats a hunter
LEAST_CHANCE, MOST_CHANCE = 5, 90

SENT_PERCENT = 5
MOST_SENT = 3  # a day, by the law


class Door(StrEnum):
    """What can be done about a hunter at the door."""

    FIGHT = "fight"
    FLEE = "flee"
    PAY = "pay"


class Ending(StrEnum):
    """How a hunt ended, beyond its status."""

    BROUGHT_IN = "brought_in"
    BEATEN = "hunter_defeated"
    FLED = "fled"
    PAID_OFF = "paid_off"
    CALLED_OFF = "called_off"
    NOTHING_LEFT = "nothing_left"
    NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True)
class NpcHunter:
    """A hunter of the land, as content says (``documents.Hunter``)."""

    code: str
    name: str
    description: str
    method: str
    level: int
    min_bounty: int
    time: timedelta
    hire_base: int | None
    hire_percent: int
    cooldown: timedelta
    capture: int
    bribable: bool
    needs: tuple[Requirement, ...]

    @property
    def rest(self) -> Limit:
        """How often an employer hires him."""
        return Limit(f"hire_{self.code}", 1, self.cooldown)

    @property
    def foe(self) -> Foe:
        """As a fight knows him: the better he catches, the harder he is, with 90 to 285 health."""
        return gunfighter(self.code, self.name, self.level, 3 * self.capture, self.capture)

    def price(self, bounty: int) -> int:
        """What he costs for a head on which ``bounty`` dollars lie, rounded up.

        Raises:
            NotHireable: nobody hires him.
        """
        if self.hire_base is None:
            raise NotHireable(path="hunter")
        return self.hire_base - (-bounty * self.hire_percent // 100)


def must_be_prey(hunter: NpcHunter, target: Participant, bounty: int) -> None:
    """Refuse to hunt beginners, and those whom it does not pay to hunt.

    Raises:
        TargetTooGreen: the target is below level 10.
        NoPriceWorthIt: on its head lies less than the hunter rides for.
    """
    if target.level < LEAST_LEVEL:
        raise TargetTooGreen(path="targetId", least=LEAST_LEVEL)
    if bounty < hunter.min_bounty:
        raise NoPriceWorthIt(least=hunter.min_bounty, have=bounty)


def must_be_another(user_id: ObjectId, target: Participant) -> None:
    """Refuse whoever belongs to the same player.

    Raises:
        SelfTarget: it does.
    """
    if target.user_id == user_id:
        raise SelfTarget(path="targetId")


def meets_at(hunter: NpcHunter, now: datetime, percent: int) -> datetime:
    """When a hunter who rides off now is with his prey; ``percent`` of his time are drawn from 80
    to 120."""
    return now + hunter.time * percent / 100


def half_of(started_at: datetime, meets: datetime) -> datetime:
    """Up to when a hunt can be called off: half of the way."""
    return started_at + (meets - started_at) / 2


def back(hire_cost: int) -> int:
    """What comes back of a hunter's price when he is called off, rounded down."""
    return hire_cost * BACK_PERCENT // 100


def pay_off(bounty: int) -> int:
    """What a hunter takes for not having found his prey: half as much again as lies on its head,
    rounded up."""
    return -(-bounty * PAY_OFF_PERCENT // 100)


def of_the_law(collected: int, hire_cost: int) -> int:
    """What the law pays an employer of ``collected`` dollars: half, and never more than he paid."""
    return min(collected * OF_THE_LAW_PERCENT // 100, hire_cost)


def flee_chance(prey: Participant, hunter: NpcHunter) -> int:
    """How likely one gets away, in percent, 5 to 90: 40, half of the cunning skills (49 at 99) more
    and the hunter's level less."""
    return _within(40 + prey.power(SkillGroup.CUNNING) // 2 - hunter.level)


def is_met(arrived: datetime, last_active: datetime, now: datetime) -> bool:
    """Whether a hunter who came at ``arrived`` meets his prey: it has acted since, and within the
    last twenty minutes. So nobody is met who has gone again while no worker looked."""
    return last_active > max(arrived, now - LATELY)


def looks_again(now: datetime, last_active: datetime) -> datetime:
    """When a hunter looks again who has not found his prey: sooner for who was here lately."""
    least, most = LOOKS_AGAIN
    return now + max(least, min(most, (now - last_active) / 8))


def _within(percent: int) -> int:
    return max(LEAST_CHANCE, min(MOST_CHANCE, percent))
