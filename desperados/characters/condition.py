"""Condition: what a character is in, and until when. Pure functions.

What takes all of a character (a fight, a game, a journey, a hiding) lies in one slot of its own
document, ``Character.busy``: two that begin at the same moment meet there, and one looks again. It
has a latest end, so that nobody is stuck in what nobody ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bson import ObjectId


class Activity(StrEnum):
    """What takes all of a character. ``refusal`` is what whoever asks for more is told."""

    def __new__(cls, value: str, refusal: str) -> Activity:
        member = str.__new__(cls, value)
        member._value_ = value
        member.refusal = refusal
        return member

    refusal: str

    FIGHT = "fight", "Finish the fight first."
    GAME = "game", "Finish the game first."
    JOURNEY = "journey", "Arrive first."
    HIDING = "hide", "Come out of hiding first."


@dataclass(frozen=True, slots=True)
class Occupation:
    """What a character is busy with: the id of it, and its latest end."""

    activity: Activity
    id: ObjectId
    until: datetime

    def stored(self) -> dict[str, Any]:
        """As the character stores it."""
        return {"kind": self.activity.value, "id": self.id, "until": self.until}


def occupation_of(stored: Mapping[str, Any], now: datetime) -> Occupation | None:
    """What a stored character is busy with at ``now``. A kind that we do not know keeps nobody."""
    busy = stored.get("busy")
    if not isinstance(busy, dict):
        return None
    activity = next((activity for activity in Activity if activity.value == busy.get("kind")), None)
    until = busy.get("until")
    if activity is None or not isinstance(until, datetime) or until <= now:
        return None
    return Occupation(activity, busy["id"], until)
