"""What shooting contests tell players, and leave behind as notices."""

from __future__ import annotations

from datetime import datetime

from desperados.characters.notices.documents import NoticeType
from desperados.characters.notices.rules import Text
from desperados.engine.live.events import Event
from desperados.engine.views import Id


class RoundOpened(Event):
    """A round has begun, in which you shoot."""

    event = "contest:round"

    contest_id: Id
    round: int
    ends_at: datetime


class ShooterOut(Event):
    """You did not go on to the next round."""

    event = "contest:out"

    contest_id: Id
    round: int


class ContestFinished(Event):
    """A contest that you shot in is over."""

    event = "contest:finished"

    contest_id: Id
    place: int
    prize: int


TURNED_AWAY = Text(
    "shooting.turned",
    NoticeType.REWARD,
    "Not at the range",
    "{name} began without you: you had no {weapon} with you. Your {fee} dollars are back.",
)
CALLED_OFF = Text(
    "shooting.off",
    NoticeType.REWARD,
    "Called off",
    "{name} is not held. What you paid is back.",
)
PLACED = Text(
    "shooting.placed",
    NoticeType.REWARD,
    "In the prizes",
    "You came to place {place} of {name}, for {prize} dollars.",
)
