"""What duelists are told. Nothing of it says what the other side holds, or has tried."""

from __future__ import annotations

from datetime import datetime

from desperados.characters.notices.documents import NoticeType
from desperados.characters.notices.rules import Text
from desperados.combat.duels.documents import DuelType, EndReason
from desperados.engine.live.events import Event
from desperados.engine.views import Id


class DuelChallenged(Event):
    """Somebody challenges you to a duel; the challenge is open until ``expires_at``."""

    event = "duel:challenge"

    duel_id: Id
    challenger_id: Id
    name: str
    kind: DuelType
    wager: int
    lethal: bool
    expires_at: datetime


class DuelAccepted(Event):
    """Your challenge was accepted: say that you are ready before ``deadline``."""

    event = "duel:accepted"

    duel_id: Id
    deadline: datetime


class DuelDeclined(Event):
    """A challenge came to nothing: it was declined, cancelled, or its time was over."""

    event = "duel:declined"

    duel_id: Id
    reason: EndReason


class DuelMoved(Event):
    """Your duel has gone on, by one of you or the clock: look at it again. ``in_turn`` are those
    who are to move until ``deadline``."""

    event = "duel:state_update"

    duel_id: Id
    version: int
    phase: str
    round: int
    in_turn: list[Id]
    deadline: datetime | None


class DuelEnded(Event):
    """Your duel is over. Without a ``winner_id`` nobody has won."""

    event = "duel:complete"

    duel_id: Id
    winner_id: Id | None
    reason: EndReason
    wager: int
    rating_change: int | None


LOST = Text(
    "duel.lost", NoticeType.COMBAT_DEFEAT, "A duel is lost", "{name} has won the duel against you."
)
WON = Text(
    "duel.won",
    NoticeType.REWARD,
    "A duel is won",
    "You have won the duel against {name}, and {dollars} dollars of theirs.",
)
