"""Gambling tables and poker tournaments."""

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, index
from desperados.engine.storage.fields import Date, Id, Mixed, Money


class GamblingSession(Document):
    """A character at a gambling table. ``won`` counts returned stakes and winnings."""

    character_id: Id
    game_type: str
    state: Mixed = Field(default_factory=dict)
    wagered: Money = 0
    won: Money = 0
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "gamblingsessions"
        indexes = (index("characterId"),)


class GamblingHistory(Document):
    """The result of one game, winnings positive and losses negative."""

    character_id: Id
    game_type: str
    wagered: Money
    result: Money
    recorded_at: Date = Field(default_factory=now)

    class Settings:
        name = "gamblinghistories"
        indexes = (index("characterId"),)


class PokerTournament(Document):
    """A poker tournament. Holds the buy-ins until it is settled."""

    location_id: Id
    buy_in: Money
    prize_pool: Money = 0
    players: list[Id] = Field(default_factory=list)
    status: str = "registration"
    starts_at: Date

    class Settings:
        name = "pokertournaments"


class PokerHand(Document):
    """What one player held in one hand, and how it ended."""

    tournament_id: Id | None = None
    character_id: Id
    hand: list[Mixed] = Field(default_factory=list)
    result: str
    played_at: Date = Field(default_factory=now)

    class Settings:
        name = "pokerhands"
