"""What play refuses, whatever the domain."""

from __future__ import annotations

from desperados.engine.errors import Conflict, InvalidInput


class NotBoostable(InvalidInput):
    """Only dollars that are earned by play are boosted: deeds, fights, crimes, quests, jobs ..."""


class NotEnoughEnergy(Conflict):
    """The character has less energy than this costs."""


class TooWeak(Conflict):
    """The character has less health than this costs, and would not survive it."""
