"""Fights, duels, tournaments, hunts for legends and shooting contests."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, Embedded, index, ttl
from desperados.engine.storage.fields import Date, Id, Integer, Mixed, Money, Number
from desperados.references import CharacterId, DuelId, LegendaryHuntId, TournamentId


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


class BossEncounterStatus(StrEnum):
    ACTIVE = "active"
    VICTORY = "victory"
    DEFEAT = "defeat"


class BossEffect(Embedded):
    """An effect on the boss; ``duration`` is in rounds."""

    type: str
    stacks: Integer = 1
    duration: Integer


class BossMinion(Embedded):
    """A helper of the boss."""

    id: str
    health: Integer


class BossEncounter(Document):
    """A fight in phases against a boss, led by one character."""

    character_id: CharacterId
    boss_id: str
    status: BossEncounterStatus = BossEncounterStatus.ACTIVE
    current_phase: Integer = 1
    total_phases: Integer
    boss_health: Integer
    boss_max_health: Integer
    active_effects: list[BossEffect] = Field(default_factory=list)
    minions: list[BossMinion] = Field(default_factory=list)
    environmental_hazards: list[str] = Field(default_factory=list)
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "bossencounters"
        indexes = (index("characterId"),)


class DuelStatus(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    ACTIVE = "active"
    COMPLETE = "complete"
    DECLINED = "declined"


class Duel(Document):
    """A challenge between two characters, and how it ended."""

    challenger_id: CharacterId
    defender_id: CharacterId
    status: DuelStatus = DuelStatus.PENDING
    winner_id: Id | None = None
    wager: Money = 0
    phase: str = ""
    created_at: Date = Field(default_factory=now)
    expires_at: Date

    class Settings:
        name = "duels"
        indexes = (index("challengerId"), index("defenderId"), index("status"))


class DuelSession(Document):
    """The live game of a duel, and the only truth about it while it runs."""

    duel_id: DuelId
    state: Mixed = Field(default_factory=dict)
    last_heartbeat: Date = Field(default_factory=now)

    class Settings:
        name = "duelsessions"


class TournamentType(StrEnum):
    INDIVIDUAL = "individual"
    GANG = "gang"


class TournamentStatus(StrEnum):
    REGISTRATION = "registration"
    ACTIVE = "active"
    COMPLETE = "complete"


class Tournament(Document):
    """A tournament: who plays, for what, and the bracket."""

    name: str
    type: TournamentType
    status: TournamentStatus = TournamentStatus.REGISTRATION
    entry_fee: Money = 0
    prize_pool: Money = 0
    participants: list[Id] = Field(default_factory=list)
    bracket: Mixed = Field(default_factory=dict)
    starts_at: Date
    ends_at: Date

    class Settings:
        name = "tournaments"


class TournamentMatchStatus(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    COMPLETE = "complete"


class TournamentMatch(Document):
    """One pairing of a tournament."""

    tournament_id: TournamentId
    round: Integer
    match_number: Integer
    player1_id: Id
    player2_id: Id
    winner_id: Id | None = None
    status: TournamentMatchStatus = TournamentMatchStatus.PENDING

    class Settings:
        name = "tournamentmatches"


class WorldBossSession(Document):
    """What one character contributed to the fight against a world boss."""

    boss_id: str
    character_id: CharacterId
    damage_dealt: Number = 0
    contribution_percent: Number = 0
    joined_at: Date = Field(default_factory=now)
    last_action: Date = Field(default_factory=now)

    class Settings:
        name = "worldbosssessions"
        indexes = (index("bossId"), index("characterId"))


class DiscoveryStage(StrEnum):
    """How much a hunter knows, least first."""

    UNKNOWN = "unknown"
    RUMORED = "rumored"
    TRACKED = "tracked"
    LOCATED = "located"


class LegendaryHuntRewards(Embedded):
    """What the kill gave."""

    trophy: bool = False
    permanent_bonus: Mixed = Field(default_factory=dict)


class LegendaryHunt(Document):
    """A character's search for a legendary creature."""

    character_id: CharacterId
    creature_id: str
    discovery_stage: DiscoveryStage = DiscoveryStage.UNKNOWN
    clues_found: list[str] = Field(default_factory=list)
    hunted: bool = False
    defeated_at: Date | None = None
    rewards: LegendaryHuntRewards = Field(default_factory=LegendaryHuntRewards)

    class Settings:
        name = "legendaryhunts"
        indexes = (index("characterId"),)


class LegendaryCombatSession(Document):
    """The open fight of a legendary hunt."""

    hunt_id: LegendaryHuntId
    character_id: Id
    combat_state: Mixed = Field(default_factory=dict)
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "legendarycombatsessions"


class ShootingContestStatus(StrEnum):
    REGISTRATION = "registration"
    ACTIVE = "active"
    COMPLETE = "complete"


class ShootingContest(Document):
    """A shooting contest held at a location."""

    location_id: Id
    participants: list[Id] = Field(default_factory=list)
    status: ShootingContestStatus = ShootingContestStatus.REGISTRATION
    starts_at: Date

    class Settings:
        name = "shootingcontests"


class ShootingRecord(Document):
    """What one shooter reached in one contest."""

    character_id: Id
    contest_id: Id
    score: Number
    placement: Integer

    class Settings:
        name = "shootingrecords"
