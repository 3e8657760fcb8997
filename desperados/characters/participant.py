"""Who takes part in play: an actor with all that play changes of it.

It is loaded once, in one read that others may leave with, and handed from step to step of the
command: requirements look at it, rules decide with it, ``play.settle`` changes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.characters import growth
from desperados.characters.actor import ACTOR_FIELDS, Actor, actor_fields
from desperados.characters.documents import Character
from desperados.characters.effects import Effect, Stat, percent, points, read_effects
from desperados.characters.energy import energy_of, health_of
from desperados.characters.errors import CharacterNotFound
from desperados.characters.rules import ALIVE, MAX_ENERGY, MAX_HEALTH, SKILLS, SkillGroup
from desperados.engine import clock
from desperados.engine.errors import GameError
from desperados.engine.meters import Meter
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.reads import Read
from desperados.ledger.money.wallets import keep_wallets

_FIELDS = ACTOR_FIELDS | dict.fromkeys(
    (
        "lastActive",
        "xp",
        "skills",
        "combatXp",
        "energy",
        "energyAt",
        "maxEnergy",
        "health",
        "healthAt",
        "maxHealth",
        "effects",
        "wanted",
        "hiddenUntil",
        "protectedUntil",
    ),
    1,
)


@dataclass(frozen=True, slots=True)
class Skill:
    """A level, and experience within it."""

    level: int = 1
    xp: int = 0


@dataclass(frozen=True, slots=True)
class Wants:
    """How much the law wants somebody, as stored: 0 to 5 as of ``at``; it falls by itself
    (``law.wanted``)."""

    level: int
    at: datetime
    last_crime_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant(Actor):
    """An actor with its energy and health as of ``at``, its growth, effects and what it is wanted
    for. ``max_energy`` and ``max_health`` are those stored, without what effects add."""

    at: datetime
    xp: int
    skills: Mapping[str, Skill]
    combat_xp: int
    energy: Meter
    health: Meter
    max_energy: int
    max_health: int
    effects: tuple[Effect, ...]
    wants: Wants | None
    hidden_until: datetime | None
    protected_until: datetime | None

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Participant:
        """The participant in a stored ``Character``, as of now."""
        now = clock.now()
        effects = read_effects(stored.get("effects"))
        wanted = stored.get("wanted")
        max_energy = _whole(stored.get("maxEnergy"), MAX_ENERGY)
        max_health = _whole(stored.get("maxHealth"), MAX_HEALTH)
        # Whose energy we never counted is counted from when it was last seen.
        seen = stored.get("lastActive") or now
        return cls(
            **actor_fields(stored),
            at=now,
            xp=int(stored.get("xp") or 0),
            skills=_skills(stored.get("skills")),
            combat_xp=int(stored.get("combatXp") or 0),
            energy=energy_of(
                _whole(stored.get("energy"), max_energy),
                max_energy,
                stored.get("energyAt") or seen,
                effects,
                now,
            ),
            health=health_of(
                _whole(stored.get("health"), max_health),
                max_health,
                stored.get("healthAt") or seen,
                effects,
                now,
            ),
            max_energy=max_energy,
            max_health=max_health,
            effects=effects,
            wants=_wants(wanted) if isinstance(wanted, dict) else None,
            hidden_until=stored.get("hiddenUntil"),
            protected_until=stored.get("protectedUntil"),
        )

    @property
    def combat_level(self) -> int:
        """1 to 138, of the experience in fights."""
        return growth.combat_level(self.combat_xp)

    def skill(self, skill: str) -> int:
        """The level of a skill."""
        return self.skills[skill].level if skill in self.skills else 1

    def power(self, group: SkillGroup) -> int:
        """The mean level of a category of skills, rounded down: what formulas mean that name a
        category where a skill is needed."""
        members = SKILLS[group]
        return sum(self.skill(skill) for skill in members) // len(members)

    def percent(self, stat: Stat) -> int:
        """What effects add to 100% of ``stat``: -90 to 200."""
        return percent(self.effects, stat, self.at)

    def points(self, stat: Stat) -> int:
        """The sum of what effects add to ``stat``."""
        return points(self.effects, stat, self.at)


def participant_of(character_id: ObjectId) -> Read[Participant]:
    """A character who takes part, as a read that may leave with others.

    Raises (when it was sent):
        CharacterNotFound: there is no such character, or it was deleted.
    """
    return Read(Character, {"_id": character_id, **ALIVE}, _only, _FIELDS)


def _only(rows: list[dict[str, Any]]) -> Participant:
    if not rows:
        raise CharacterNotFound()
    keep_wallets(rows)
    return Participant.of(rows[0])


async def load_participant(character_id: ObjectId) -> Participant:
    """A character who takes part.

    Raises:
        CharacterNotFound: there is no such character, or it was deleted.
    """
    return (await load_participants([character_id]))[character_id]


async def load_participants(
    ids: Iterable[ObjectId], missing: Mapping[ObjectId, GameError] | None = None
) -> dict[ObjectId, Participant]:
    """The characters of ``ids``, in one query. ``missing`` gives the error for one that is not.

    Raises:
        CharacterNotFound: one does not exist or was deleted, and ``missing`` has no other error.
    """
    wanted = list(dict.fromkeys(ids))
    found = await find_participants(wanted)
    for identity in wanted:
        if identity not in found:
            raise (missing or {}).get(identity) or CharacterNotFound()
    return found


async def find_participants(ids: Iterable[ObjectId]) -> dict[ObjectId, Participant]:
    """Those of ``ids`` that exist and were not deleted, in one query."""
    wanted = list(dict.fromkeys(ids))
    rows = await find_all(
        Character.collection(),
        {"_id": {"$in": wanted}, **ALIVE},
        projection=_FIELDS,
        limit=max(1, len(wanted)),
    )
    keep_wallets(rows)
    return {row["_id"]: Participant.of(row) for row in rows}


def _skills(stored: object) -> dict[str, Skill]:
    if not isinstance(stored, dict):
        return {}
    return {
        name: Skill(int(row.get("level") or 1), int(row.get("xp") or 0))
        for name, row in stored.items()
        if isinstance(row, dict)
    }


def _whole(value: object, otherwise: int) -> int:
    return int(value) if isinstance(value, int | float) else otherwise


def _wants(stored: Mapping[str, Any]) -> Wants | None:
    at = stored.get("at")
    if not isinstance(at, datetime):
        return None
    return Wants(int(stored.get("level") or 0), at, stored.get("lastCrimeAt"))
