"""What those who fight a boss are told."""

from __future__ import annotations

from datetime import datetime

from desperados.characters.notices.documents import NoticeType
from desperados.characters.notices.rules import Text
from desperados.engine.live.events import Event
from desperados.engine.views import Id


class BossParty(Event):
    """Somebody has agreed to come along against a boss."""

    event = "boss:party"

    boss: str
    leader: Id
    joined: Id


class BossStarted(Event):
    """The fight that you agreed to has begun; your cards are dealt."""

    event = "boss:started"

    fight_id: Id
    boss: str
    deadline: datetime


class BossRound(Event):
    """A round was fought; look at the fight. ``announced`` is what the boss does in this one, if it
    has let that be seen; ``enraged`` is whether its damage doubles with every round."""

    event = "boss:round"

    fight_id: Id
    version: int
    round: int
    phase: int
    announced: str | None
    enraged: bool
    deadline: datetime | None


class BossEnded(Event):
    """The fight is over; what you have of it, or have lost by it, is in your history. ``card`` is a
    special card, which a first victory brings."""

    event = "boss:ended"

    fight_id: Id
    boss: str
    victory: bool
    dollars: int
    xp: int
    first: bool
    card: str | None


BEATEN = Text(
    "boss.beaten",
    NoticeType.REWARD,
    "{boss} is beaten",
    "{boss} is beaten. You have {dollars} dollars and {xp} experience of it.",
)
LOST = Text(
    "boss.lost",
    NoticeType.COMBAT_DEFEAT,
    "Beaten by {boss}",
    "{boss} was too strong. It will be there for you again in an hour.",
)
