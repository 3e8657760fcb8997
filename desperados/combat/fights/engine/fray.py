"""A round in the making: the fight, its setup and its luck, and how health is lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from desperados.combat.fights.engine import effects
from desperados.combat.fights.engine.setup import Gauge, Phase, Setup
from desperados.combat.fights.engine.state import Battle, Fighter, MemberState, in_fight
from desperados.engine.dice import Luck

MOST_DOUBLINGS = 10


@dataclass(frozen=True, slots=True)
class Fray:
    """What the steps of a round share. They change the ``battle``, which is theirs."""

    battle: Battle
    setup: Setup
    luck: Luck

    @property
    def phase(self) -> Phase:
        """The phase that the foe is in."""
        return self.setup.foe.phases[self.battle["foe"]["phase"] - 1]

    @property
    def fury(self) -> int:
        """By how much enrage multiplies the damage of the foe."""
        begins = self.setup.enrage
        if begins is None or self.battle["round"] < begins:
            return 1
        return int(2 ** min(MOST_DOUBLINGS, self.battle["round"] - begins + 1))

    def tell(self, what: str, **facts: Any) -> None:
        """Note an event of this round."""
        self.battle["events"].append({"what": what, **facts})

    def standing(self) -> list[int]:
        """The seats of those who stand."""
        return in_fight(self.battle)

    def gauges(self, member: MemberState) -> list[tuple[Gauge, int]]:
        """Each gauge with its value for a member."""
        return [(gauge, member["gauges"][gauge.code]) for gauge in self.setup.gauges]

    def hurt(self, seat: int, amount: int) -> int:
        """Take health of a member, as far as there is any; returns how much."""
        member = self.battle["members"][seat]
        lost = lose(member, amount)
        member["taken"] += lost
        return lost

    def hit(self, seat: int, amount: int, by: str) -> int:
        """Strike a member with ``amount`` of damage, after all that protects it: at least 1;
        returns what it lost."""
        member, terms = self.battle["members"][seat], self.setup.members[seat]
        for gauge, value in self.gauges(member):
            amount = amount * gauge.step(value).harm // 100
        amount = effects.suffered(member["effects"], amount) * 100 // terms.defence
        if member["guards"]:
            amount //= 2
        lost = self.hurt(seat, max(1, amount - terms.armor))
        self.tell("hit", by=by, seat=seat, damage=lost)
        for gauge, value in self.gauges(member):
            member["gauges"][gauge.code] = gauge.clamped(value + gauge.each_hit)
        return lost

    def fell(self) -> None:
        """Whoever has no health left, or has come to the end of a deadly gauge, is out."""
        for seat in self.standing():
            member = self.battle["members"][seat]
            lost = any(
                gauge.deadly and gauge.at_its_end(value) for gauge, value in self.gauges(member)
            )
            if lost:
                self.hurt(seat, member["health"])
            if member["health"] == 0:
                member["out"] = "down"
                self.tell("down", seat=seat)


def lose(fighter: Fighter, amount: int) -> int:
    """Take health, as far as there is any; returns how much."""
    lost = max(0, min(amount, fighter["health"]))
    fighter["health"] -= lost
    return lost


def heal(fighter: Fighter, amount: int) -> int:
    """Give health, as far as there is room; returns how much."""
    given = max(0, min(amount, fighter["max_health"] - fighter["health"]))
    fighter["health"] += given
    return given
