"""Routes as data: who may call which function at which address, and how often.

Everything else about a route is derived from its function by ``api.operations``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

MINUTE = 60
HOUR = 60 * MINUTE

MINE = "/characters/{characterId}"
"""The path below which everything belongs to one character of the caller."""

# A coroutine function, or a plain one that returns a stream.
Service = Callable[..., Any]


class Access(StrEnum):
    """Who may call a route."""

    PUBLIC = "public"
    USER = "user"
    OWNER = "owner"
    MODERATOR = "moderator"
    ADMIN = "admin"


Public = Access.PUBLIC
User = Access.USER
Owner = Access.OWNER
Moderator = Access.MODERATOR
Admin = Access.ADMIN


class Subject(StrEnum):
    """Whom a limit counts."""

    ADDRESS = "address"
    ACCOUNT = "account"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``calls`` in ``seconds``, for each subject."""

    calls: int
    seconds: int
    subject: Subject


@dataclass(frozen=True, slots=True)
class RateClass:
    """A named set of limits; routes of one class share their counters."""

    name: str
    limits: tuple[Limit, ...]

    @property
    def counts_accounts(self) -> bool:
        """Whether the token alone says whom it counts."""
        return all(limit.subject is Subject.ACCOUNT for limit in self.limits)


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the table: who may call which function at which address.

    ``path`` is below the API's prefix. ``rate`` and ``status`` default to what access and method
    suggest: a POST creates something (201), what returns nothing is 204, the rest is 200.
    ``keep_seconds`` is how long anybody may keep an answer; without it nobody may.
    """

    method: str
    path: str
    function: Service
    access: Access
    rate: RateClass | None = None
    status: int | None = None
    keep_seconds: int | None = None
