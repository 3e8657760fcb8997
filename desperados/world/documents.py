"""Places, events, the calendar and the state of the world."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, Embedded, index, ttl, unique
from desperados.engine.storage.fields import Date, Id, Integer, Mixed, Number


class Continent(Document):
    """The largest part of the world; content."""

    continent_id: str
    name: str
    description: str = ""

    class Settings:
        name = "continents"
        indexes = (unique("continentId"),)


class Region(Document):
    """A part of a continent with its own weather; content."""

    region_id: str
    name: str
    continent_id: str
    description: str = ""
    weather_pattern: str = ""
    danger_modifier: Number = 1

    class Settings:
        name = "regions"
        indexes = (unique("regionId"),)


class LevelRange(Embedded):
    """The levels of characters that a zone is made for."""

    min: Integer
    max: Integer


class WorldZone(Document):
    """A part of a region, for characters of some levels; content."""

    zone_id: str
    name: str
    region_id: str
    level_range: LevelRange
    unlock_requirements: Mixed = Field(default_factory=dict)

    class Settings:
        name = "worldzones"
        indexes = (unique("zoneId"),)


class OperatingHours(Embedded):
    """Opening and closing hour, 0 to 24 in game time."""

    open: Integer
    close: Integer


class Location(Document):
    """A place where characters can be: a town, a building, a camp; content."""

    location_id: str
    name: str
    type: str
    region_id: str
    zone_id: str
    description: str = ""
    buildings: list[str] = Field(default_factory=list)
    npcs: list[str] = Field(default_factory=list)
    jobs: list[str] = Field(default_factory=list)
    shops: list[str] = Field(default_factory=list)
    danger_level: Number = 1
    travel_cost: Number = 0
    is_secret: bool = False
    discover_requirements: Mixed = Field(default_factory=dict)
    operating_hours: OperatingHours

    class Settings:
        name = "locations"
        indexes = (unique("locationId"), index("regionId"), index("zoneId"), index("type"))


class WorldEventEffects(Embedded):
    """What an event multiplies; 1 changes nothing."""

    price_modifier: Number | None = None
    danger_modifier: Number | None = None
    travel_modifier: Number | None = None
    reputation_modifier: Number | None = None


class WorldEventStatus(StrEnum):
    ACTIVE = "active"
    COMPLETED = "completed"
    EXPIRED = "expired"


_OVER = [WorldEventStatus.COMPLETED.value, WorldEventStatus.EXPIRED.value]


class WorldEvent(Document):
    """Something that changes prices, danger or travel for a time."""

    event_type: str
    name: str
    description: str = ""
    location_id: Id | None = None
    region_id: str | None = None
    effects: WorldEventEffects = Field(default_factory=WorldEventEffects)
    status: WorldEventStatus = WorldEventStatus.ACTIVE
    starts_at: Date
    ends_at: Date
    # What a market event adds to the prices of goods with a tag, in percent; "all" is for the rest.
    categories: dict[str, Integer] | None = None
    severity: Integer | None = None
    # What it multiplies besides its effects, by name: "income" is dollars earned by play.
    extra_effects: dict[str, Number] | None = None

    class Settings:
        name = "worldevents"
        indexes = (
            index("status"),
            index("startsAt"),
            # Whoever ends an event tells so; until then its row stays, however late that is.
            ttl("endsAt", where={"status": {"$in": _OVER}}),
            index("status", "startsAt"),
            index("status", "startsAt", "_id"),
            index("status", "endsAt"),
        )


class WorldState(Document):
    """One fact about the whole world, by its key."""

    state_key: str
    value: Mixed
    updated_at: Date = Field(default_factory=now)

    class Settings:
        name = "worldstates"
        indexes = (unique("stateKey"),)


class GameCalendar(Document):
    """The date in the game. One row."""

    game_day: Integer
    game_month: Integer
    game_year: Integer
    season: str
    moon_phase: str
    time_period: str
    active_holiday: str | None = None
    updated_at: Date = Field(default_factory=now)

    class Settings:
        name = "gamecalendars"


class FrontierZodiac(Document):
    """The reigning star sign and what it does."""

    current_sign: str
    effects: Mixed = Field(default_factory=dict)
    changes_at: Date

    class Settings:
        name = "frontierzodiacs"


class Secret(Document):
    """Something hidden at a location; content."""

    secret_id: str
    location_id: Id
    name: str
    description: str = ""
    discovery_requirements: Mixed = Field(default_factory=dict)
    rewards: Mixed = Field(default_factory=dict)

    class Settings:
        name = "secrets"
        indexes = (unique("secretId"),)
