"""What crime tells players: what happens now, and the lasting news."""

from __future__ import annotations

from datetime import datetime

from desperados.characters.notices.documents import NoticeType
from desperados.characters.notices.rules import Text
from desperados.engine.live.events import Event, PublicEvent
from desperados.engine.views import Id
from desperados.law.documents import WantedRank


class BountyChanged(PublicEvent):
    """What lies on a head has changed: ``total`` dollars of all who pay."""

    event = "bounty:changed"

    character_id: Id
    total: int
    rank: WantedRank


class BountyCollected(PublicEvent):
    """A hunter has brought in an outlaw, for ``amount`` dollars of all who paid."""

    event = "bounty:collected"

    hunter_id: Id
    target_id: Id
    amount: int


class CrimeResolved(Event):
    """A crime of yours is over."""

    event = "crime:resolved"

    game_id: Id
    crime: str
    succeeded: bool
    seen: bool
    dollars: int
    wanted: int | None
    jailed_until: datetime | None


POSTED = Text(
    "bounty.posted",
    NoticeType.BOUNTY_POSTED,
    "A price on your head",
    "Somebody pays {dollars} dollars for you; {total} lie on your head now.",
)
RETURNED = Text(
    "bounty.returned",
    NoticeType.BOUNTY_COLLECTED,
    "Nobody came",
    "Your {dollars} dollars for a head came back.",
)
ARRESTED = Text(
    "law.arrested",
    NoticeType.JAIL,
    "Arrested",
    "{name} has brought you in: {minutes} minutes in jail.",
)
SLIPPED = Text(
    "law.slipped",
    NoticeType.JAIL,
    "A narrow escape",
    "{name} tried to arrest you. You got away.",
)
COLLECTED = Text(
    "bounty.collected",
    NoticeType.BOUNTY_COLLECTED,
    "{head} sits",
    "{name} has brought in {head}, and has your {dollars} dollars.",
)
WITNESSED = Text(
    "crime.witnessed",
    NoticeType.NEWS,
    "You saw something",
    "{name}: {crime}. For a day you may tell the law, at a sheriff's office.",
)
REPORTED = Text(
    "crime.reported",
    NoticeType.NEWS,
    "Somebody has talked",
    "The law wants you for {levels} levels more, and {dollars} dollars come to your head.",
)
HUSHED = Text(
    "crime.hushed",
    NoticeType.NEWS,
    "You saw nothing",
    "{name} has given you {dollars} dollars to forget it.",
)
