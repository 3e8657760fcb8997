"""Shooting contests, and what each reached in them."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.storage.documents import Document
from desperados.engine.storage.fields import Date, Id, Integer, Number


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
