"""What the shapes of play tell players."""

from __future__ import annotations

from datetime import datetime

from desperados.engine.live.events import Event
from desperados.engine.views import Id


class QuestionAsked(Event):
    """You are to decide something; after ``expires_at`` it is decided by itself."""

    event = "question:asked"

    question_id: Id
    kind: str
    text: str
    expires_at: datetime


class OfferMade(Event):
    """Somebody offers you something."""

    event = "offer:made"

    offer_id: Id
    kind: str
    from_id: Id
    text: str
    expires_at: datetime


class OfferChanged(Event):
    """An offer that you made, or have accepted, was answered, withdrawn, used or is over."""

    event = "offer:changed"

    offer_id: Id
    kind: str
    status: str
