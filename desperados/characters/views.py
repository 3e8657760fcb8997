"""How characters are shown: to their owner, and to everybody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from desperados.characters import rules
from desperados.characters.condition import Activity, occupation_of
from desperados.characters.documents import Character, CharacterBackground
from desperados.characters.effects import Stat, read_effects
from desperados.characters.energy import energy_of, full_at, health_of
from desperados.characters.growth import combat_level
from desperados.characters.rules import SkillGroup
from desperados.engine import clock
from desperados.engine.views import Id, View

_UNTRAINED = {"level": 1, "xp": 0}
_WORKED_OUT = frozenset(
    {
        "skills",
        "powers",
        "energy",
        "max_energy",
        "energy_full_at",
        "health",
        "max_health",
        "health_full_at",
        "combat_level",
        "effects",
        "is_in_jail",
        "jailed_until",
        "down_until",
        "hidden_until",
        "protected_until",
        "busy",
    }
)


class SkillView(View):
    """Level of a skill, and experience within that level."""

    level: int
    xp: int
    specialization: str | None = None


class EffectView(View):
    """Something that changes a character's numbers until it ends: percents by stat."""

    name: str
    stats: dict[str, int]
    until: datetime | None
    charges: int | None


class BusyView(View):
    """What takes all of a character, and its latest end."""

    activity: Activity
    id: Id
    until: datetime


class CharacterView(View):
    """A character, as its owner sees it at this moment.

    Money is whole coins. ``powers`` are the strengths of the four categories of skills, with the
    faction's bonus and without equipment. Energy and health grow by themselves;
    ``energy_full_at`` and ``health_full_at`` say until when, null: they are full.
    """

    id: Id
    name: str
    background: CharacterBackground
    faction: str
    level: int
    xp: int
    dollars: int
    gold: int
    silver: int
    health: int
    max_health: int
    health_full_at: datetime | None
    energy: int
    max_energy: int
    energy_full_at: datetime | None
    combat_level: int
    effects: list[EffectView]
    current_location_id: Id
    skills: dict[str, SkillView]
    powers: dict[SkillGroup, int]
    is_in_combat: bool
    is_in_jail: bool
    jailed_until: datetime | None
    down_until: datetime | None
    hidden_until: datetime | None
    protected_until: datetime | None
    busy: BusyView | None
    is_dead: bool
    gang_id: Id | None
    created_at: datetime
    last_active: datetime

    @classmethod
    def of(cls, character: Character) -> CharacterView:
        """The view of a character."""
        # Thirty skills as objects cost more than all the rest; the view only passes them on.
        skills = {
            skill: {**_UNTRAINED, **progress}
            for skill, progress in character.stored("skills").items()
        }
        levels = {skill: progress["level"] for skill, progress in skills.items()}
        shown: dict[str, Any] = {
            name: getattr(character, name) for name in cls.model_fields if name not in _WORKED_OUT
        }
        powers = {
            category: rules.power(category, levels, character.faction) for category in SkillGroup
        }
        return cls(**shown, **_condition(character), skills=skills, powers=powers)


def _condition(character: Character) -> dict[str, Any]:
    """How a character is at this moment: what changes by itself, as of now."""
    now = clock.now()
    effects = read_effects(character.stored("effects"))
    seen = character.last_active
    energy = energy_of(
        character.energy, character.max_energy, character.energy_at or seen, effects, now
    )
    health = health_of(
        character.health, character.max_health, character.health_at or seen, effects, now
    )
    jailed = character.is_in_jail and not (
        character.jailed_until is not None and character.jailed_until <= now
    )
    occupation = occupation_of({"busy": character.stored("busy")}, now)
    return {
        "energy": energy.value,
        "max_energy": energy.high,
        "energy_full_at": full_at(energy, effects, Stat.ENERGY_REGEN, now),
        "health": health.value,
        "max_health": health.high,
        "health_full_at": full_at(health, effects, Stat.HEALTH_REGEN, now),
        "combat_level": combat_level(character.combat_xp),
        "effects": [
            EffectView(name=e.name, stats=dict(e.stats), until=e.until, charges=e.charges)
            for e in effects
            if e.holds(now)
        ],
        "is_in_jail": jailed,
        "jailed_until": character.jailed_until if jailed else None,
        "down_until": _running(character.down_until, now),
        "hidden_until": _running(character.hidden_until, now),
        "protected_until": _running(character.protected_until, now),
        "busy": None
        if occupation is None
        else BusyView(activity=occupation.activity, id=occupation.id, until=occupation.until),
    }


def _running(until: datetime | None, now: datetime) -> datetime | None:
    return until if until is not None and now < until else None


class PublicProfile(View):
    """A character, as everybody may see it: neither wallet nor condition nor whereabouts."""

    id: Id
    name: str
    background: CharacterBackground
    faction: str
    level: int
    is_dead: bool
    gang_id: Id | None
    created_at: datetime

    @classmethod
    def of(cls, character: Character) -> PublicProfile:
        """The profile of a character."""
        return cls(**{name: getattr(character, name) for name in cls.model_fields})
