"""Who calls: the authenticated principal, and where the request came from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from desperados.accounts.documents import UserRole

LONGEST_AGENT = 300  # characters kept of a User-Agent header


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated user. ``family`` is the session that the access token belongs to."""

    user_id: ObjectId
    role: UserRole
    family: ObjectId
    jti: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from, as far as that is known."""

    ip: str | None = None
    user_agent: str | None = None


_UNKNOWN = Origin()
_origin: ContextVar[Origin] = ContextVar("desperados_origin", default=_UNKNOWN)


def origin() -> Origin:
    """The origin of the current request; unknown in plain Python calls."""
    return _origin.get()


@contextmanager
def calling_from(*, ip: str | None = None, user_agent: str | None = None) -> Iterator[None]:
    """Say where the calls inside the block come from. The API does it for every request."""
    agent = user_agent[:LONGEST_AGENT] if user_agent is not None else None
    mark = _origin.set(Origin(ip, agent))
    try:
        yield
    finally:
        _origin.reset(mark)
