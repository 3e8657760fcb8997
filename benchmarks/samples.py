"""The data that benchmarks work on, and the documents that Beanie's users would write for it."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import beanie
from bson import ObjectId
from pydantic import BaseModel, ConfigDict, Field

from desperados.characters.documents import CharacterBackground
from desperados.characters.rules import SKILLS
from desperados.engine.storage.documents import stored_name

CHARACTERS_IN_LIST = 100
USER = ObjectId("65f0c0ffee0123456789ab01")
FAMILY = ObjectId("65f0c0ffee0123456789ab02")
CREATED = datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC)


class Skill(BaseModel):
    level: int
    xp: int
    specialization: str | None = None


class PlainBeanie(beanie.Document):
    """A character as users of Beanie write it."""

    # Beanie asks for its own alias for the id.
    model_config = ConfigDict(
        extra="allow",
        alias_generator=lambda name: "_id" if name == "id" else stored_name(name),
    )

    user_id: beanie.PydanticObjectId
    name: str
    level: int = 1
    xp: int = 0
    dollars: int = 0
    gold: int = 0
    silver: int = 0
    health: int = 100
    max_health: int = 100
    energy: int = 150
    max_energy: int = 150
    background: CharacterBackground
    faction: str
    current_location_id: beanie.PydanticObjectId
    skills: dict[str, Skill] = Field(default_factory=dict)
    is_in_combat: bool = False
    is_in_jail: bool = False
    is_dead: bool = False
    gang_id: beanie.PydanticObjectId | None = None
    created_at: datetime
    updated_at: datetime
    last_active: datetime

    class Settings:
        name = "characters"


def stored_character() -> dict[str, Any]:
    """A character as it is stored, with all thirty skills."""
    return {
        "_id": ObjectId("65f0c0ffee0123456789ab03"),
        "userId": USER,
        "name": "Calamity Jane",
        "level": 12,
        "xp": 3400,
        "dollars": 15_000,
        "gold": 12,
        "silver": 340,
        "health": 180,
        "maxHealth": 200,
        "energy": 93,
        "maxEnergy": 150,
        "background": "drifter",
        "faction": "frontera",
        "currentLocationId": ObjectId("65f0c0ffee0123456789ab04"),
        "skills": {
            skill: {"level": 1 + number % 20, "xp": 17 * number}
            for number, skill in enumerate(itertools.chain.from_iterable(SKILLS.values()))
        },
        "isInCombat": False,
        "isInJail": False,
        "isDead": False,
        "gangId": ObjectId("65f0c0ffee0123456789ab05"),
        "createdAt": CREATED,
        "updatedAt": CREATED,
        "lastActive": CREATED,
        "__v": 0,
    }


def user_row() -> dict[str, Any]:
    """The account that calls the API."""
    return {
        "_id": USER,
        "email": "jane@example.org",
        "username": "jane",
        "password": "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA",
        "role": "user",
        "status": "active",
        "createdAt": CREATED,
        "lastLogin": CREATED,
        "settings": {"notifications": True, "sound": True, "theme": "default"},
        "tokenVersion": 0,
        "__v": 0,
    }


def session_row() -> dict[str, Any]:
    """What the API reads of the caller's session."""
    return {"_id": FAMILY, "expiresAt": datetime.now(UTC) + timedelta(days=30)}
