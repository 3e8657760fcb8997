"""Sessions: families of refresh tokens, one family for each login.

A family has at most one active row. A refresh rotates it: the row becomes ``rotated`` and a new
one follows it in the same transaction. Rotated and revoked rows stay until they expire, so that
their use can be told from a token that never existed.

Everything here runs inside the caller's transaction. Whoever opens a session writes the user's
document too: that makes parallel logins meet, and keeps the number of sessions within its limit.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from bson import ObjectId

from desperados.accounts.callers import origin
from desperados.accounts.credentials import tokens
from desperados.accounts.documents import RefreshToken, RefreshTokenStatus, User
from desperados.accounts.errors import AlreadyRotated
from desperados.accounts.events import AccessChanged
from desperados.accounts.rules import SESSIONS_PER_USER, refresh_expiry
from desperados.accounts.views import TokenPair
from desperados.engine import clock, dice
from desperados.engine.game import current_game
from desperados.engine.live.events import push
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.transactions import stage

MOST_LIVE_ROWS = 100  # far above SESSIONS_PER_USER


class RevokeReason(StrEnum):
    """Why a session was closed."""

    LOGOUT = "logout"
    LIMIT = "limit"
    PASSWORD = "password"  # noqa: S105
    STAFF = "staff"
    REUSE = "reuse"


async def live(user_id: ObjectId) -> list[RefreshToken]:
    """The active rows of a user, one for each open session, the least recently used first."""
    now = clock.now()
    rows = await RefreshToken.load_many(
        {"userId": user_id, "status": RefreshTokenStatus.ACTIVE.value}, limit=MOST_LIVE_ROWS
    )
    # An expired row waits for the TTL monitor and counts for nothing.
    return sorted(
        (row for row in rows if row.expires_at > now), key=lambda row: (_last_use(row), row.id)
    )


async def open_session(user: User, version: int) -> TokenPair:
    """Start a family for ``user``, closing the least recently used above the limit.

    ``version`` is the token version that the user has after the transaction.
    """
    open_rows = await live(user.id)
    crowded = open_rows[: max(0, len(open_rows) - SESSIONS_PER_USER + 1)]
    families = [row.family_id for row in crowded if row.family_id]
    await revoke(user.id, families, RevokeReason.LIMIT)
    return _issue(user.id, version, dice.new_id(), generation=1)


def rotate(row: RefreshToken, version: int) -> TokenPair:
    """Replace the active ``row`` by its successor."""
    assert row.family_id is not None
    assert row.family_started_at is not None
    successor = dice.new_id()
    now = clock.now()
    stage(
        StagedUpdate(
            RefreshToken.collection_name(),
            {"_id": row.id, "status": RefreshTokenStatus.ACTIVE.value},
            {
                "$set": {
                    "status": RefreshTokenStatus.ROTATED.value,
                    "rotatedAt": now,
                    "lastUsedAt": now,
                    "replacedBy": successor,
                }
            },
            otherwise=AlreadyRotated(),
        )
    )
    return _issue(
        row.user_id,
        version,
        row.family_id,
        generation=(row.generation or 0) + 1,
        started=row.family_started_at,
        row_id=successor,
    )


async def revoke(user_id: ObjectId, families: Iterable[ObjectId], reason: RevokeReason) -> int:
    """Close these sessions of a user; returns how many were open."""
    ids = list(families)
    if not ids:
        return 0
    push(AccessChanged(), to=user_id)
    result = await RefreshToken.collection().update_many(
        {"familyId": {"$in": ids}, "status": RefreshTokenStatus.ACTIVE.value},
        {"$set": {"status": RefreshTokenStatus.REVOKED.value, "revokeReason": reason.value}},
    )
    return int(result.modified_count)


async def revoke_all(user_id: ObjectId, reason: RevokeReason) -> int:
    """Close every session of a user; returns how many were open."""
    push(AccessChanged(), to=user_id)
    result = await RefreshToken.collection().update_many(
        {"userId": user_id, "status": RefreshTokenStatus.ACTIVE.value},
        {"$set": {"status": RefreshTokenStatus.REVOKED.value, "revokeReason": reason.value}},
    )
    return int(result.modified_count)


def _issue(
    user_id: ObjectId,
    version: int,
    family: ObjectId,
    *,
    generation: int,
    started: datetime | None = None,
    row_id: ObjectId | None = None,
) -> TokenPair:
    """Stage a new active row of ``family`` and sign the access token that goes with it."""
    game = current_game()
    settings = game.settings
    now = clock.now()
    secret = tokens.new_refresh_secret()
    caller = origin()
    row = RefreshToken(
        id=row_id or dice.new_id(),
        user_id=user_id,
        token=tokens.digest(secret),
        family_id=family,
        family_started_at=started or now,
        generation=generation,
        status=RefreshTokenStatus.ACTIVE,
        created_at=now,
        last_used_at=now,
        expires_at=refresh_expiry(
            now, started or now, settings.refresh_token_days, settings.session_family_days
        ),
        ip=caller.ip,
        user_agent=caller.user_agent,
    )
    stage(StagedInsert(RefreshToken.collection_name(), row.to_mongo()))
    claims = tokens.new_claims(user_id, family, version, settings.access_token_minutes)
    return TokenPair(
        access_token=tokens.sign(claims, game.token_secret),
        refresh_token=secret,
        expires_at=claims.expires_at,
        refresh_expires_at=row.expires_at,
    )


def _last_use(row: RefreshToken) -> datetime:
    return row.last_used_at or row.created_at
