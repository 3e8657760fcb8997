"""Effects: what changes a character's numbers for a while, or for good. Pure functions.

An effect is a named bundle of modifiers that its owner (a tavern, a talent, a god) pushes to the
character. The same name replaces; so saying it twice is saying it once. Who reads asks for a stat
and never who pushed it: ``percent(effects, Stat.XP, now)``.

An effect ends at its date, or when its charges are used up; without either it stays until its
owner takes it back. What has ended counts for nothing, and is dropped at the next write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from desperados.characters.errors import TooManyEffects

MOST_EFFECTS = 24
LONGEST_NAME = 60
LEAST, MOST = -90, 200
"""What all effects together may add to a stat, in percent: a tenth to three times."""


class Stat(StrEnum):
    """What an effect changes, in percent unless it says otherwise."""

    XP = "xp"
    DOLLARS = "dollars"
    SKILL_XP = "skill_xp"
    STANDING_GAIN = "standing_gain"
    ENERGY_COST = "energy_cost"
    ENERGY_REGEN = "energy_regen"
    HEALTH_REGEN = "health_regen"
    DAMAGE = "damage"
    DEFENCE = "defence"
    ACCURACY = "accuracy"
    CRIT = "crit"
    LUCK = "luck"
    FLEE = "flee"
    CRIME_SUCCESS = "crime_success"
    DETECTION = "detection"
    JAIL_TIME = "jail_time"
    WANTED_FALL = "wanted_fall"  # how fast the law forgets
    BRIBE_PRICE = "bribe_price"
    ARREST = "arrest"
    BOUNTY = "bounty"
    TRAVEL_COST = "travel_cost"
    ENCOUNTER = "encounter"
    BUY = "buy"
    SELL = "sell"
    CRAFT_QUALITY = "craft_quality"
    CRAFT_SPEED = "craft_speed"
    TRAINING_TIME = "training_time"
    YIELD = "yield"
    HUNTING = "hunting"
    FISHING = "fishing"
    RACE = "race"
    HEAL = "heal"
    SOCIAL = "social"
    # In points:
    DISGUISE = "disguise"  # wanted levels that guards do not see
    MAX_ENERGY = "max_energy"
    MAX_HEALTH = "max_health"
    SURVIVE_DEATH = "survive_death"  # charges: how often death is cheated
    RISK = "risk"  # percent points of danger in defeat


IN_POINTS = frozenset(
    {Stat.DISGUISE, Stat.MAX_ENERGY, Stat.MAX_HEALTH, Stat.SURVIVE_DEATH, Stat.RISK}
)


@dataclass(frozen=True, slots=True)
class Effect:
    """``stats`` until ``until`` or while there are ``charges``; None: no such end."""

    name: str
    stats: Mapping[Stat, int]
    until: datetime | None = None
    charges: int | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it counts at ``now``."""
        return (self.until is None or now < self.until) and self.charges != 0

    def stored(self) -> dict[str, Any]:
        """As the character stores it."""
        row: dict[str, Any] = {
            "name": self.name,
            "stats": {stat.value: value for stat, value in self.stats.items()},
        }
        if self.until is not None:
            row["until"] = self.until
        if self.charges is not None:
            row["charges"] = self.charges
        return row


def read_effects(stored: object) -> tuple[Effect, ...]:
    """The effects that a character stores; what is of another form than ours counts for nothing."""
    if not isinstance(stored, list):
        return ()
    return tuple(
        Effect(
            row["name"],
            _stats(row.get("stats")),
            row["until"] if isinstance(row.get("until"), datetime) else None,
            int(row["charges"]) if isinstance(row.get("charges"), int | float) else None,
        )
        for row in stored
        if isinstance(row, dict) and isinstance(row.get("name"), str)
    )


def _stats(stored: object) -> dict[Stat, int]:
    if not isinstance(stored, dict):
        return {}
    known = set(Stat)
    return {
        Stat(name): int(value)
        for name, value in stored.items()
        if name in known and isinstance(value, int | float)
    }


def points(effects: Iterable[Effect], stat: Stat, now: datetime) -> int:
    """The sum of what the effects that hold add to ``stat``."""
    return sum(effect.stats.get(stat, 0) for effect in effects if effect.holds(now))


def percent(effects: Iterable[Effect], stat: Stat, now: datetime) -> int:
    """What is added to 100% of ``stat``: -90 to 200."""
    return max(LEAST, min(MOST, points(effects, stat, now)))


def pushed(effects: Sequence[Effect], new: Iterable[Effect], now: datetime) -> tuple[Effect, ...]:
    """``effects`` with the ``new`` ones, without those that have ended.

    A new one takes the place of that with the same name; one that has no stats, or has ended, only
    takes it away.

    Raises:
        TooManyEffects: there would be more than 24.
    """
    named = {effect.name: effect for effect in effects}
    for effect in new:
        named.pop(effect.name, None)
        named[effect.name] = effect
    kept = tuple(effect for effect in named.values() if effect.stats and effect.holds(now))
    if len(kept) > MOST_EFFECTS:
        raise TooManyEffects(most=MOST_EFFECTS)
    return kept


def used(effects: Sequence[Effect], stat: Stat, now: datetime) -> tuple[Effect, ...] | None:
    """The effects after one charge of ``stat`` was used, that of the one which ends first; None if
    there is none to use."""
    able = [
        effect
        for effect in effects
        if effect.holds(now) and effect.charges and effect.stats.get(stat, 0) > 0
    ]
    if not able:
        return None
    chosen = min(able, key=lambda effect: (effect.until is None, effect.until or now))
    return tuple(
        replace(effect, charges=(effect.charges or 0) - 1) if effect is chosen else effect
        for effect in effects
    )


def ends_of(effects: Iterable[Effect], stat: Stat, since: datetime) -> list[datetime]:
    """When effects on ``stat`` that held at ``since`` or later end, in order: where it changes."""
    found = {
        effect.until
        for effect in effects
        if effect.until is not None and effect.until > since and stat in effect.stats
    }
    return sorted(found)
