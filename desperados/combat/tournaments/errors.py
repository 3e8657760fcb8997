"""What tournaments refuse."""

from __future__ import annotations

from desperados.engine.errors import Conflict, InvalidInput, NotFound


class TournamentNotFound(NotFound):
    """There is no such tournament."""


class TournamentOver(Conflict):
    """The tournament is over, or was cancelled."""


class NotPlaying(Conflict):
    """The character is not, or no longer, in the bracket of this tournament."""


class InvalidTournament(InvalidInput):
    """A tournament cannot be held like this."""
