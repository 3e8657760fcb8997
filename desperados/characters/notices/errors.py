"""What the notices refuse."""

from __future__ import annotations

from desperados.engine.errors import InvalidInput, NotFound


class NoticeNotFound(NotFound):
    """There is no such notice, or it has expired."""


class CannotBeMuted(InvalidInput):
    """What concerns your freedom, your letters or the game itself is always told."""
