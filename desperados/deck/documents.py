"""Cards, deeds decided by cards, and encounters on the road."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import CodedDocument, Document, index, unique
from desperados.engine.storage.fields import Date, Id, Integer, Mixed, Number
from desperados.play.shapes.envelopes import PLAYED_INDEXES, SoloGame
from desperados.references import CharacterId


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
        indexes = (index("type"),)


class ActionDeckSession(SoloGame):
    """A deck game: what is left to draw, what is held, and what else the game knows (``state``).

    ``terms`` are those of the game; ``deed`` is what it decides, as that was when the game began,
    and ``stake`` what lies on it, in the hold ``hold_id``. Practice has neither.
    Rows of another program have none of the envelope: they are no games of ours, and stay.
    """

    state_fields = ("deck", "hand", "state")

    character_id: Id
    action_id: str | None = None
    deck: list[Mixed] = Field(default_factory=list)
    hand: list[Mixed] = Field(default_factory=list)
    state: Mixed = None
    deed: Mixed = None
    energy_spent: Integer = 0
    stake: Mixed = None
    hold_id: Id | None = None
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "actiondecksessions"
        indexes = (index("characterId", "startedAt", "_id"), *PLAYED_INDEXES)


class ActionResult(Document):
    """The outcome of one deed. Rows are only ever added. ``result`` has the ``purpose`` of the deed
    ("job", "action" ...) and what it knows of it. That of a game has the id of the game: so a game
    has one."""

    character_id: Id
    action_id: str
    result: Mixed = Field(default_factory=dict)
    performed_at: Date = Field(default_factory=now)

    class Settings:
        name = "actionresults"
        indexes = (index("characterId", "result.purpose", "performedAt", "_id"),)


class CardDeck(Document):
    """The special cards of a character, the deck that it plays with, and how its luck runs.

    ``owned`` are pieces by the code of the card. ``active`` are 52 codes, one for each suit and
    rank; empty is the plain deck. ``streak`` counts wins in a row, or (negative) losses;
    ``hot_hand`` is how many more games the hot hand lasts. ``record`` is by game and purpose: how
    many were played, won and given up.
    """

    character_id: CharacterId
    owned: dict[str, Integer] = Field(default_factory=dict)
    active: list[str] = Field(default_factory=list)
    streak: Integer = 0
    hot_hand: Integer = 0
    record: dict[str, dict[str, Integer]] = Field(default_factory=dict)

    class Settings:
        name = "carddecks"
        indexes = (unique("characterId"),)


class Encounter(CodedDocument):
    """Something that may happen on the road; content, identified by its code."""

    name: str
    type: str
    location_types: list[str] = Field(default_factory=list)
    difficulty: Number
    rewards: Mixed = Field(default_factory=dict)

    class Settings:
        name = "encounters"
