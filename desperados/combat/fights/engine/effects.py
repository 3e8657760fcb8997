"""Effects: what lasts for some rounds on who fights. Pure functions.

An effect ticks at the end of each round, and each takes one of its rounds; at none it is gone. The
same again adds a stack where the kind stacks, and the longer time counts. Multipliers multiply,
once for each kind; cards add.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

MOST_STACKS = 5
LEAST_DEFENCE = 10  # percent


class Lasting(TypedDict):
    """An effect on a fighter; ``power`` is what a tick is measured by."""

    code: str
    stacks: int
    rounds: int
    power: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What an effect does.

    ``tick`` percent of its power is lost in each round for each stack; ``damage`` percent of what
    is dealt, ``defence`` percent of what protects; ``cards`` more. Whoever is stunned does not act.
    """

    tick: int = 0
    damage: int = 100
    defence: int = 100
    cards: int = 0
    acts: bool = True
    flees: bool = True
    uses_items: bool = True

    @property
    def most_stacks(self) -> int:
        """What ticks adds up, what multiplies does not."""
        return MOST_STACKS if self.tick else 1


EFFECTS: Mapping[str, Kind] = {
    "bleed": Kind(tick=100),
    "burn": Kind(tick=120, defence=90),
    "poison": Kind(tick=80),
    "corruption": Kind(tick=150, damage=90, defence=90),
    "gold_corruption": Kind(tick=100, damage=80, defence=80),
    "touched_by_gold": Kind(tick=80),
    "stun": Kind(defence=50, acts=False),
    "root": Kind(defence=80, flees=False),
    "silence": Kind(uses_items=False),
    "fear": Kind(damage=70, defence=80, cards=-1),
    "cowards_mark": Kind(damage=60, cards=-1),
    "weakness": Kind(damage=60),
    "confusion": Kind(damage=80, cards=-1),
    "blind": Kind(damage=50, defence=70, cards=-2),
    "slow": Kind(damage=90, defence=90, cards=-1),
    "armor_break": Kind(defence=50),
    "marked": Kind(defence=50),
    "madness": Kind(tick=50, damage=120, defence=60),
    "consumed_by_rage": Kind(tick=30, damage=130, defence=60),
    "cold_exposure": Kind(tick=50, cards=-1),
    "oxygen_depletion": Kind(tick=150, damage=80, cards=-1),
    "guilty_verdict": Kind(damage=70, defence=70, cards=-1),
    "dead_mans_hand": Kind(damage=70, defence=70, cards=-1),
    "guilt_vision": Kind(damage=80, defence=80),
    "contempt_of_court": Kind(tick=200, damage=50, defence=50, cards=-2),
    "poker_round": Kind(cards=2),
    # On a foe:
    "strong": Kind(damage=125),
    "frenzied": Kind(damage=150, defence=80),
    "armored": Kind(defence=150),
    "monstrous": Kind(damage=130, defence=120),
}
"""What there is; the codes are those of the content."""


def added(effects: Sequence[Lasting], code: str, rounds: int, power: int) -> list[Lasting]:
    """``effects`` with one more: a stack more of what is there, for the longer time and the greater
    power."""
    known = next((effect for effect in effects if effect["code"] == code), None)
    others = [effect for effect in effects if effect is not known]
    if known is None:
        return [*others, Lasting(code=code, stacks=1, rounds=rounds, power=power)]
    return [
        *others,
        Lasting(
            code=code,
            stacks=min(EFFECTS[code].most_stacks, known["stacks"] + 1),
            rounds=max(rounds, known["rounds"]),
            power=max(power, known["power"]),
        ),
    ]


def loss(effects: Sequence[Lasting]) -> int:
    """The health that one tick of them costs."""
    return sum(EFFECTS[e["code"]].tick * e["power"] * e["stacks"] // 100 for e in effects)


def ticked(effects: Sequence[Lasting]) -> list[Lasting]:
    """``effects`` a round later, without those that are over."""
    return [
        Lasting(code=e["code"], stacks=e["stacks"], rounds=e["rounds"] - 1, power=e["power"])
        for e in effects
        if e["rounds"] > 1
    ]


def damage(effects: Sequence[Lasting], amount: int) -> int:
    """What they make of damage that is dealt."""
    for effect in effects:
        amount = amount * EFFECTS[effect["code"]].damage // 100
    return amount


def suffered(effects: Sequence[Lasting], amount: int) -> int:
    """What they make of damage that is taken: it is divided by what protects."""
    for effect in effects:
        amount = amount * 100 // max(LEAST_DEFENCE, EFFECTS[effect["code"]].defence)
    return amount


def cards(effects: Sequence[Lasting]) -> int:
    """How many cards they add, or take."""
    return sum(EFFECTS[effect["code"]].cards for effect in effects)


def acts(effects: Sequence[Lasting]) -> bool:
    """Whether one can act under them."""
    return all(EFFECTS[effect["code"]].acts for effect in effects)


def flees(effects: Sequence[Lasting]) -> bool:
    """Whether one can flee under them."""
    return all(EFFECTS[effect["code"]].flees for effect in effects)


def uses_items(effects: Sequence[Lasting]) -> bool:
    """Whether one can use an item under them."""
    return all(EFFECTS[effect["code"]].uses_items for effect in effects)
