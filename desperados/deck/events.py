"""What players at a deck game are told."""

from __future__ import annotations

from datetime import datetime

from desperados.engine.live.events import Event
from desperados.engine.views import Id


class DeckMoved(Event):
    """Your game has gone on; who moves next does it upon this ``version``, before the deadline."""

    event = "deck:state"

    game_id: Id
    version: int
    status: str
    deadline: datetime | None


class DeckResult(Event):
    """Your game is over, by you or by the clock."""

    event = "deck:result"

    game_id: Id
    action: str
    status: str
    succeeded: bool
    dollars: int
    xp: int


class CardFound(Event):
    """You have found a special card."""

    event = "deck:card"

    card: str
    name: str
    rarity: str
