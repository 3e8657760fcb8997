"""What the accounts show. Hashes never leave the domain; tokens leave it once, to their owner."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from desperados.accounts.documents import User, UserRole, UserStatus
from desperados.engine.views import Id, View


class AccountView(View):
    """An account, as its owner and the staff see it."""

    id: Id
    username: str
    email: str
    role: UserRole
    status: UserStatus
    created_at: datetime
    last_login: datetime

    @classmethod
    def of(cls, user: User) -> AccountView:
        """The view of ``user``."""
        return cls(
            id=user.id,
            username=user.username,
            email=user.email,
            role=user.role,
            status=user.status,
            created_at=user.created_at,
            last_login=user.last_login,
        )


class TokenPair(View):
    """The tokens of a session.

    Send the access token with every request (``Authorization: Bearer ...``). When it has ended,
    ``refresh`` gives a new pair for the refresh token, once: keep only the newest.
    """

    access_token: str = Field(repr=False)
    refresh_token: str = Field(repr=False)
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105
    expires_at: datetime = Field(description="end of the access token")
    refresh_expires_at: datetime = Field(description="end of the refresh token")


class SessionView(View):
    """One open session: a login on one device, with all its refreshes."""

    id: Id
    started_at: datetime
    last_used_at: datetime
    expires_at: datetime
    ip: str | None
    user_agent: str | None
    current: bool


class SessionsClosed(View):
    """How many sessions were closed."""

    closed: int
