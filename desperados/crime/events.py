"""What crime tells players: what happens now, and the lasting news."""

from __future__ import annotations

from desperados.characters.notices.documents import NoticeType
from desperados.characters.notices.rules import Text
from desperados.engine.live.events import PublicEvent
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
