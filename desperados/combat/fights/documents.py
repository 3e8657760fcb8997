"""A fight of one character against one enemy."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, Embedded, index, ttl
from desperados.engine.storage.fields import Date, Id, Integer, Mixed, Money
from desperados.references import CharacterId


class EncounterType(StrEnum):
    NPC = "npc"
    BOSS = "boss"
    PLAYER = "player"
    WORLD_BOSS = "world_boss"


class EncounterStatus(StrEnum):
    ACTIVE = "active"
    VICTORY = "victory"
    DEFEAT = "defeat"
    FLED = "fled"


class FightingPlayer(Embedded):
    """The character's side of a fight."""

    health: Integer
    cards: list[Mixed] = Field(default_factory=list)
    hand: list[Mixed] = Field(default_factory=list)
    abilities: Mixed = Field(default_factory=dict)


class FightingEnemy(Embedded):
    """The enemy's side of a fight."""

    npc_id: str | None = None
    name: str
    health: Integer
    max_health: Integer
    deck: list[Mixed] = Field(default_factory=list)


class FightTurn(StrEnum):
    PLAYER = "player"
    ENEMY = "enemy"


class CombatRewards(Embedded):
    """What victory gives."""

    xp: Integer = 0
    gold: Money = 0
    items: list[Id] = Field(default_factory=list)


class CombatEncounter(Document):
    """One fight of one character against one enemy."""

    character_id: CharacterId
    type: EncounterType
    status: EncounterStatus = EncounterStatus.ACTIVE
    player: FightingPlayer
    enemy: FightingEnemy
    round: Integer = 1
    turn: FightTurn = FightTurn.PLAYER
    rewards: CombatRewards = Field(default_factory=CombatRewards)
    created_at: Date = Field(default_factory=now)
    expires_at: Date

    class Settings:
        name = "combatencounters"
        indexes = (
            index("characterId"),
            index("status"),
            ttl("expiresAt"),
            index("characterId", "status"),
        )
