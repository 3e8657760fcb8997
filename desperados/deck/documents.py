"""Cards, deeds decided by cards, and encounters on the road."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import CodedDocument, Document, index
from desperados.engine.storage.fields import Date, Id, Integer, Mixed, Number


class Suit(StrEnum):
    """The four suits."""

    SPADES = "spades"
    HEARTS = "hearts"
    DIAMONDS = "diamonds"
    CLUBS = "clubs"


class Card(CodedDocument):
    """A playing card with a value from 2 to 14; content, identified by its code (``spades-A``)."""

    suit: Suit
    rank: str
    value: Integer
    effects: Mixed = Field(default_factory=dict)

    class Settings:
        name = "cards"


class Action(CodedDocument):
    """A deed that is decided by cards; content, identified by its code."""

    name: str
    type: str
    energy_cost: Integer = 0
    requirements: Mixed = Field(default_factory=dict)
    effects: Mixed = Field(default_factory=dict)

    class Settings:
        name = "actions"


class ActionDeckSession(Document):
    """A deck game in progress: what is left to draw and what is held."""

    character_id: Id
    deck: list[Mixed] = Field(default_factory=list)
    hand: list[Mixed] = Field(default_factory=list)
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "actiondecksessions"


class ActionResult(Document):
    """The outcome of one deed. Rows are only ever added. ``result`` has the ``purpose`` of the deed
    ("job" ...) and what it knows of it."""

    character_id: Id
    action_id: str
    result: Mixed = Field(default_factory=dict)
    performed_at: Date = Field(default_factory=now)

    class Settings:
        name = "actionresults"
        indexes = (index("characterId", "result.purpose", "performedAt", "_id"),)


class Encounter(CodedDocument):
    """Something that may happen on the road; content, identified by its code."""

    name: str
    type: str
    location_types: list[str] = Field(default_factory=list)
    difficulty: Number
    rewards: Mixed = Field(default_factory=dict)

    class Settings:
        name = "encounters"
