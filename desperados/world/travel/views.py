"""What travel shows."""

from __future__ import annotations

from datetime import datetime

from desperados.engine.views import Id, View
from desperados.play.requirements.views import UnmetView


class ExitView(View):
    """A way from where the character is: the energy that it costs now, and the seconds that it
    takes. It may be gone if nothing is ``unmet``."""

    place: str
    name: str
    type: str
    danger: int
    energy: int
    seconds: int
    indoors: bool
    unmet: list[UnmetView]


class ExitsView(View):
    """Where a character is, or arrives at ``arrives_at``, and where it can go from there."""

    place: str
    name: str
    arrives_at: datetime | None
    energy: int
    exits: list[ExitView]


class TravelView(View):
    """A journey that has begun. Without a ``question`` the character is at ``place``, or arrives
    there at ``arrives_at``; with one it must first be answered what is done about an encounter."""

    place: str
    name: str
    energy_spent: int
    energy: int
    arrives_at: datetime | None
    question: Id | None
