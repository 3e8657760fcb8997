"""A fight of one character against one enemy."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Embedded, index
from desperados.engine.storage.fields import Date, Id, Integer, Mixed, Money
from desperados.play.shapes.envelopes import FAR_OFF, PLAYED_INDEXES, SoloGame
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
    """The character's side of a fight: ``cards`` are all that it had of this round's deck, of
    which ``hand`` are those that it holds; ``abilities`` what it can still do with them."""

    health: Integer
    cards: list[Mixed] = Field(default_factory=list)
    hand: list[Mixed] = Field(default_factory=list)
    abilities: Mixed = Field(default_factory=dict)


class FightingEnemy(Embedded):
    """The enemy's side of a fight; ``deck`` are the cards that it showed last."""

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


class CombatEncounter(SoloGame):
    """One fight of one character against one enemy.

    ``battle`` is the whole state of the fight; the fields beside it say the same to those who read
    only them. A fight of another program has no battle, and no clock here.
    """

    state_fields: ClassVar[tuple[str, ...]] = ("battle", "player", "enemy", "round", "turn")

    character_id: CharacterId
    type: EncounterType
    status: EncounterStatus = EncounterStatus.ACTIVE
    player: FightingPlayer
    enemy: FightingEnemy
    round: Integer = 1
    turn: FightTurn = FightTurn.PLAYER
    battle: Mixed = Field(default_factory=dict)
    rewards: CombatRewards = Field(default_factory=CombatRewards)
    created_at: Date = Field(default_factory=now)
    closes_at: Date = FAR_OFF
    seed: str = ""
    seed_hash: str = ""
    purpose: str = ""

    class Settings:
        name = "combatencounters"
        indexes = (
            index("characterId"),
            index("status"),
            *PLAYED_INDEXES,
            index("characterId", "status"),
            index("characterId", "createdAt", "_id"),
        )
