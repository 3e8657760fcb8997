"""Characters, achievements and prestige."""

from enum import StrEnum

from pydantic import Field

from desperados.accounts.documents import UserRole
from desperados.engine.clock import now
from desperados.engine.storage.documents import CodedDocument, Document, Embedded, index, unique
from desperados.engine.storage.fields import Date, Id, Integer, Mixed, Money, Number
from desperados.engine.storage.indexes import HAS_TEXT
from desperados.references import AchievementId, CharacterId, GangId, LocationId, UserId


class CharacterBackground(StrEnum):
    """Where a character comes from."""

    SETTLER = "settler"
    DRIFTER = "drifter"
    OUTLAW = "outlaw"
    NATIVE_SCOUT = "native_scout"


class SkillProgress(Embedded):
    """Level in one skill and experience within that level."""

    level: Integer = 1
    xp: Integer = 0
    specialization: str | None = None


class Busy(Embedded):
    """What keeps a character from everything else: its kind, the id of it, and its latest end."""

    kind: str
    id: Id
    until: Date


class Wanted(Embedded):
    """How much the law wants a character, 0 to 5, since when that counts, and its last crime."""

    level: Integer = 0
    at: Date
    last_crime_at: Date | None = None


class Character(Document):
    """A player's character: wallet, condition, whereabouts and skills.

    Kept small: what a domain knows about a character lives in that domain's own document, unique
    by ``character_id``. Only the ledger changes ``dollars``, ``gold`` and ``silver``.
    """

    user_id: UserId
    name: str
    level: Integer = 1
    xp: Integer = 0
    dollars: Money = 0
    gold: Money = 0
    silver: Money = 0
    health: Integer = 100
    max_health: Integer = 100
    energy: Integer = 150
    max_energy: Integer = 150
    background: CharacterBackground
    faction: str
    current_location_id: LocationId
    skills: dict[str, SkillProgress] = Field(default_factory=dict)
    is_in_combat: bool = False
    is_in_jail: bool = False
    is_dead: bool = False
    gang_id: GangId | None = None
    created_at: Date = Field(default_factory=now)
    updated_at: Date = Field(default_factory=now)
    last_active: Date = Field(default_factory=now)
    # Number of the last ledger row of each currency, guarded in the same update as its balance.
    ledger_seq: dict[str, Integer] = Field(default_factory=dict)
    # The name without regard to case. Rows that Mongoose wrote lack it.
    name_folded: str | None = None
    # Set by deletion. The row stays for the ledger's history; its name is free again.
    deleted_at: Date | None = None
    former_name: str | None = None
    # Until when the staff bar the character from trade.
    trade_locked_until: Date | None = None
    # The rank of who decided that; without one it counts as an admin's.
    trade_locked_as: UserRole | None = None
    # Condition and growth: guarded in one update with energy, health and the wallet.
    # Up to when ``energy`` and ``health`` are counted (``characters.energy``).
    energy_at: Date | None = None
    health_at: Date | None = None
    # What is exclusive: a fight, a game, a journey, a hiding (``characters.condition``).
    busy: Busy | None = None
    jailed_until: Date | None = None
    down_until: Date | None = None
    hidden_until: Date | None = None
    protected_until: Date | None = None
    combat_xp: Integer = 0
    wanted: Wanted | None = None
    effects: list[Mixed] = Field(default_factory=list)
    # Points with each faction as of the newest row of its history (``renown``).
    standings: dict[str, Integer] = Field(default_factory=dict)

    class Settings:
        name = "characters"
        indexes = (
            index("userId"),
            unique("name"),
            index("gangId"),
            index("currentLocationId"),
            index("level"),
            unique("nameFolded", where={"nameFolded": HAS_TEXT}),
        )


class AchievementTier(StrEnum):
    """How hard an achievement is to reach."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"
    LEGENDARY = "legendary"


class AchievementRewards(Embedded):
    """What claiming an achievement gives."""

    gold: Money = 0
    xp: Integer = 0
    items: list[Id] = Field(default_factory=list)


class Achievement(CodedDocument):
    """A goal that every character can reach once; content, identified by its code."""

    name: str
    description: str = ""
    category: str
    tier: AchievementTier
    requirements: Mixed = Field(default_factory=dict)
    rewards: AchievementRewards = Field(default_factory=AchievementRewards)

    class Settings:
        name = "achievements"


class CharacterAchievement(Document):
    """How far a character has come towards an achievement, and whether it was claimed."""

    character_id: CharacterId
    achievement_id: AchievementId
    progress: Number = 0
    completed: bool = False
    claimed_at: Date | None = None
    unlocked_at: Date | None = None
    # What of the progress another program counted, before there were tallies.
    counted_before: Number | None = None

    class Settings:
        name = "characterachievements"
        indexes = (index("characterId"), unique("characterId", "achievementId"))


class LegacyBonuses(Embedded):
    """What prestige adds: rates (0.05 is 5 %), skill cap and starting gold."""

    xp_bonus: Number = 0
    gold_bonus: Number = 0
    skill_cap_bonus: Integer = 0
    starting_gold: Money = 0


class LegacyProfile(Document):
    """The prestige of a character: what was kept from earlier lives, and what it gives."""

    character_id: CharacterId
    prestige_rank: Integer = Field(default=0, ge=0, le=5)
    prestige_count: Integer = 0
    bonuses: LegacyBonuses = Field(default_factory=LegacyBonuses)
    last_prestige_at: Date

    class Settings:
        name = "legacyprofiles"
        indexes = (unique("characterId"),)
