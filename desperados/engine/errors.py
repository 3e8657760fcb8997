"""The tree of errors that services raise.

Each class carries a stable ``code`` (the class name in snake_case) and an HTTP status. An
instance carries a message that says what to do, and ``facts``: who, what, had, needed. The API
turns both into a problem document; nothing secret belongs in either.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from desperados.engine.docstrings import docstring_of

_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


class GameError(Exception):
    """Base of everything that a service refuses. ``code`` and ``status`` never change."""

    code: ClassVar[str] = "game_error"
    status: ClassVar[int] = 500

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.code = _WORD_START.sub("_", cls.__name__).lower()

    def __init__(self, message: str | None = None, **facts: Any) -> None:
        self.message = message or _first_line(type(self))
        self.facts = facts
        super().__init__(self.message)


def _first_line(cls: type) -> str:
    """A class that is raised without words says the first line of its docstring."""
    return (docstring_of(cls) or cls.__name__).strip().splitlines()[0]


class InvalidInput(GameError):
    """The request is not valid."""

    status = 422


class Unauthenticated(GameError):
    """Log in first."""

    status = 401


class Forbidden(GameError):
    """You may not do this."""

    status = 403


class NotFound(GameError):
    """There is no such thing, or it is not yours."""

    status = 404


class Conflict(GameError):
    """The state of the world does not allow this now."""

    status = 409


class RateLimited(GameError):
    """Too many requests; try again later.

    Of its facts, ``retry_after`` are the seconds until then, and ``policy`` is the limit: its name,
    how many, in how many seconds.
    """

    status = 429


class Unavailable(GameError):
    """The service cannot answer now; try again later."""

    status = 503


class Contention(Unavailable):
    """Too many others change the same thing; try again in a moment."""


class StorageFull(Unavailable):
    """The disk of the database is full and nothing was changed; once the operator has freed some
    space, the same request goes through."""

    status = 507


class StorageFailed(Unavailable):
    """The database could not write to its disk and nothing was changed; its operator must look."""


class KeyReused(Conflict):
    """This idempotency key was already used with another request."""


class TransactionsUnsupported(GameError):
    """This database cannot run transactions, and money moves only inside one."""


class ReadOnly(GameError):
    """A snapshot is for reading: what would write, or wait for a commit, is refused in it."""


class ForeignTask(GameError):
    """A transaction was used from a task that did not open it."""


class CorruptValue(GameError):
    """A stored value cannot be what its field says; repair it before it is used."""


class ConfigurationError(GameError):
    """A setting is missing or wrong."""


class LimitExceeded(Conflict):
    """The limit of the day is used up, or this would pass it."""
