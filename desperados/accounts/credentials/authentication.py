"""Who an access token speaks for, checked against the present state of the account.

Three questions, each asked of whoever can answer it: the signature of the token alone
(``claims_of``), the deny list of the live state (``denial``), and the database (``recognise``):
whether the account is active, the token version still the user's, and the session open.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.accounts import users
from desperados.accounts.callers import Principal
from desperados.accounts.credentials import tokens
from desperados.accounts.credentials.tokens import AccessClaims
from desperados.accounts.documents import RefreshToken, RefreshTokenStatus, User
from desperados.accounts.errors import InvalidToken
from desperados.engine import clock
from desperados.engine.game import current_game
from desperados.engine.live.state import ACCESS_DENIED, Denial, check_calls

Stage = dict[str, Any]

_SESSIONS = "sessions"
_PRESENT_STATE = dict.fromkeys(
    ("role", "status", "tokenVersion", "suspendedUntil", "moderationReason", _SESSIONS), 1
)


async def authenticate(access_token: str) -> Principal:
    """Who an access token speaks for, checked against the present state of the account.

    A ban, a change of role or password and the end of the session act at once, not only when the
    token expires. The role is the user's present one.

    Raises:
        InvalidToken: not one of ours, expired, or its session was closed.
        AccountBanned: the account was banned.
        AccountSuspended: the account was suspended.
        Unavailable: the live state does not answer; nobody passes unchecked.
    """
    claims = claims_of(access_token)
    await check_calls(current_game().redis, [denial(claims)])
    principal, _ = await recognise(claims)
    return principal


def claims_of(access_token: str) -> AccessClaims:
    """What a token of ours says. Whether it still holds is not known yet.

    Raises:
        InvalidToken: not one of ours, or expired.
    """
    return tokens.read(access_token, current_game().token_secret)


def denial(claims: AccessClaims) -> Denial:
    """The check of the list of tokens that were logged out."""
    return Denial(ACCESS_DENIED.name(jti=claims.jti), InvalidToken())


async def recognise(
    claims: AccessClaims, joined: Sequence[Stage] = ()
) -> tuple[Principal, dict[str, Any]]:
    """The principal, if user and session are as the claims say; and what ``joined`` brings.

    ``joined`` are stages of aggregation that add fields to the user's row, read in the same trip.
    The deny list may be lost with Redis; the database decides.

    Raises:
        InvalidToken: the account is gone, or its session was closed.
        AccountBanned: the account was banned.
        AccountSuspended: the account was suspended.
    """
    added = {name: 1 for stage in joined for name in _fields_added(stage)}
    row = await User.collection().aggregate_one(
        [
            {"$match": {"_id": claims.user_id}},
            _lookup_session(claims.family),
            *joined,
            {"$project": {**_PRESENT_STATE, **added}},
        ]
    )
    if row is None:
        raise InvalidToken
    sessions = row.pop(_SESSIONS)
    brought = {name: row.pop(name) for name in added}
    user = User.hydrate(row)
    users.refuse_shut_out(user)
    if (user.token_version or 0) != claims.version or not _is_open(sessions, clock.now()):
        raise InvalidToken
    principal = Principal(user.id, user.role, claims.family, claims.jti, claims.expires_at)
    return principal, brought


def _lookup_session(family: ObjectId) -> Stage:
    """The session's row that can still be refreshed: there is at most one."""
    return {
        "$lookup": {
            "from": RefreshToken.collection_name(),
            "pipeline": [
                {"$match": {"familyId": family, "status": RefreshTokenStatus.ACTIVE.value}},
                {"$limit": 1},
                {"$project": {"expiresAt": 1}},
            ],
            "as": _SESSIONS,
        }
    }


def _is_open(sessions: Sequence[dict[str, Any]], now: datetime) -> bool:
    return bool(sessions) and bool(sessions[0]["expiresAt"] > now)


def _fields_added(stage: Stage) -> list[str]:
    return [spec["as"] for spec in stage.values()]
