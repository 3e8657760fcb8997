"""What hunting tells players."""

from __future__ import annotations

from desperados.characters.notices.documents import NoticeType
from desperados.characters.notices.rules import Text

BROUGHT_IN = Text(
    "hunter.caught",
    NoticeType.JAIL,
    "Brought in",
    "{name} has brought you in: {minutes} minutes in jail.",
)
DONE = Text(
    "hunter.done",
    NoticeType.BOUNTY_COLLECTED,
    "{head} sits",
    "{name} has brought in {head} for you: {dollars} dollars.",
)
FAILED = Text(
    "hunter.failed",
    NoticeType.BOUNTY_COLLECTED,
    "{name} came back alone",
    "{head} is at large still. {name} keeps the money.",
)
CALLED_OFF = Text(
    "hunter.returned",
    NoticeType.BOUNTY_COLLECTED,
    "Nobody to hunt",
    "{name} came back, and so did {dollars} dollars.",
)
