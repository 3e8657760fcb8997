"""What tournaments tell players, and leave behind as notices."""

from __future__ import annotations

from datetime import datetime

from desperados.characters.notices.documents import NoticeType
from desperados.characters.notices.rules import Text
from desperados.engine.live.events import Event
from desperados.engine.views import Id


class TournamentStarted(Event):
    """A tournament that you are in has begun."""

    event = "tournament:started"

    tournament_id: Id
    entrants: int
    prize_pool: int


class MatchReady(Event):
    """You are to play a match, before the deadline."""

    event = "tournament:match_ready"

    tournament_id: Id
    match_id: Id
    round: int
    opponent_id: Id
    deadline: datetime


class MatchDone(Event):
    """A match of yours is over; of a winner that is null both are out."""

    event = "tournament:match_done"

    tournament_id: Id
    match_id: Id
    winner_id: Id | None
    reason: str


class TournamentFinished(Event):
    """A tournament that you were in is over."""

    event = "tournament:finished"

    tournament_id: Id
    place: int
    prize: int


TURNED_AWAY = Text(
    "tournament.turned",
    NoticeType.REWARD,
    "Not in the bracket",
    "You could not sit down at {name}. Your {fee} dollars are back.",
)
CALLED_OFF = Text(
    "tournament.off",
    NoticeType.REWARD,
    "Called off",
    "{name} is not held. What you paid is back.",
)
PLACED = Text(
    "tournament.placed",
    NoticeType.REWARD,
    "In the prizes",
    "You came to place {place} of {name}, for {prize} dollars.",
)
