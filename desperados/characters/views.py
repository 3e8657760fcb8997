"""How characters are shown: to their owner, and to everybody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from desperados.characters import rules
from desperados.characters.documents import Character, CharacterBackground
from desperados.characters.rules import SkillGroup
from desperados.engine.views import Id, View

_UNTRAINED = {"level": 1, "xp": 0}


class SkillView(View):
    """Level of a skill, and experience within that level."""

    level: int
    xp: int
    specialization: str | None = None


class CharacterView(View):
    """A character, as its owner sees it.

    Money is whole coins. ``powers`` are the strengths of the four categories of skills, with the
    faction's bonus and without equipment.
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
    energy: int
    max_energy: int
    current_location_id: Id
    skills: dict[str, SkillView]
    powers: dict[SkillGroup, int]
    is_in_combat: bool
    is_in_jail: bool
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
            name: getattr(character, name)
            for name in cls.model_fields
            if name not in {"skills", "powers"}
        }
        powers = {
            category: rules.power(category, levels, character.faction) for category in SkillGroup
        }
        return cls(**shown, skills=skills, powers=powers)


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
