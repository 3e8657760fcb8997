"""What fights against the people of the land refuse."""

from __future__ import annotations

from desperados.engine.errors import Conflict, NotFound, RateLimited


class NpcNotFound(NotFound):
    """There is no such person."""


class NotHostile(Conflict):
    """Nobody draws against this one."""


class NotHere(Conflict):
    """The other is somewhere else."""


class TooStrong(Conflict):
    """The other is far beyond the character: come back with more levels."""


class NotBackYet(RateLimited):
    """The character has felled this one, who is not back yet."""


class NoUse(Conflict):
    """That is of no use in a fight."""


class ScarNotFound(NotFound):
    """The character has no such scar."""
