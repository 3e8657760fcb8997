"""Horses, stables, races and bets on them, and pack animals."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, Embedded, index, unique
from desperados.engine.storage.fields import Date, Id, Integer, Mixed, Money, Number
from desperados.references import CharacterId


class HorseStats(Embedded):
    """What a horse can do."""

    speed: Number = 0
    stamina: Number = 0
    handling: Number = 0


class Horse(Document):
    """A horse. ``health`` is its condition now."""

    owner_id: CharacterId
    name: str
    breed: str
    stats: HorseStats = Field(default_factory=HorseStats)
    level: Integer = 1
    xp: Integer = 0
    health: Integer = 100
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "horses"
        indexes = (index("ownerId"),)


class Stable(Document):
    """Where a character keeps horses."""

    character_id: Id
    capacity: Integer = 3
    level: Integer = 1
    horses: list[Id] = Field(default_factory=list)

    class Settings:
        name = "stables"
        indexes = (unique("characterId"),)


class RaceEntry(Embedded):
    """A horse at the start, and its odds."""

    horse_id: Id
    owner_id: Id
    odds: Number


class RaceResult(Embedded):
    """A horse at the finish; position 1 won."""

    position: Integer
    horse_id: Id


class HorseRaceStatus(StrEnum):
    OPEN = "open"
    RUNNING = "running"
    FINISHED = "finished"


class HorseRace(Document):
    """A race: who starts at which odds, and who won."""

    race_id: str
    entries: list[RaceEntry] = Field(default_factory=list)
    results: list[RaceResult] = Field(default_factory=list)
    status: HorseRaceStatus = HorseRaceStatus.OPEN
    scheduled_at: Date

    class Settings:
        name = "horseraces"


class BetType(StrEnum):
    WIN = "win"
    PLACE = "place"
    SHOW = "show"
    EXACTA = "exacta"
    TRIFECTA = "trifecta"
    QUINELLA = "quinella"


class RaceBet(Document):
    """A bet on a race. Holds a stake until the race is settled."""

    character_id: Id
    race_id: Id
    bet_type: BetType
    selections: list[Id] = Field(default_factory=list)
    amount: Money
    payout: Money | None = None
    placed_at: Date = Field(default_factory=now)

    class Settings:
        name = "racebets"


class Mount(Document):
    """A pack animal or a cart that a character owns."""

    owner_id: Id
    type: str
    name: str
    stats: Mixed = Field(default_factory=dict)
    is_active: bool = False

    class Settings:
        name = "mounts"
        indexes = (index("ownerId"),)
