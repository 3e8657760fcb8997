"""Who an access token speaks for, checked against the present state of the account.

Three questions, each asked of whoever can answer it: the signature of the token alone
(``claims_of``), the deny list of the live state (``denial``), and the database (``recognise``):
whether the account is active, the token version still the user's, and the session open.
"""

from __future__ import annotations

from typing import Any

from desperados.accounts import users
from desperados.accounts.callers import Principal
from desperados.accounts.credentials import tokens
from desperados.accounts.credentials.tokens import AccessClaims
from desperados.accounts.documents import RefreshToken, RefreshTokenStatus, User
from desperados.accounts.errors import InvalidToken
from desperados.engine import clock
from desperados.engine.game import current_game
from desperados.engine.live.state import ACCESS_DENIED, Denial, check_calls
from desperados.engine.storage.reads import Read, together

_PRESENT_STATE = dict.fromkeys(
    ("role", "status", "tokenVersion", "suspendedUntil", "moderationReason"), 1
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
    return await recognise(claims)


def claims_of(access_token: str) -> AccessClaims:
    """What a token of ours says. Whether it still holds is not known yet.

    Raises:
        InvalidToken: not one of ours, or expired.
    """
    return tokens.read(access_token, current_game().token_secret)


def denial(claims: AccessClaims) -> Denial:
    """The check of the list of tokens that were logged out."""
    return Denial(ACCESS_DENIED.name(jti=claims.jti), InvalidToken())


async def recognise(claims: AccessClaims, *others: Read[Any]) -> Principal:
    """The principal, if user and session are as the claims say. ``others`` are read in the same
    trip, and their results are there if this does not raise.

    The deny list may be lost with Redis; the database decides.

    Raises:
        InvalidToken: the account is gone, or its session was closed.
        AccountBanned: the account was banned.
        AccountSuspended: the account was suspended.
    """
    found = Read(User, {"_id": claims.user_id}, _present, fields=_PRESENT_STATE)
    session = Read(
        RefreshToken,
        {"familyId": claims.family, "status": RefreshTokenStatus.ACTIVE.value},
        _is_open,
        fields={"expiresAt": 1},
    )
    await together(found, session, *others)
    user = found.result
    if (user.token_version or 0) != claims.version or not session.result:
        raise InvalidToken
    return Principal(user.id, user.role, claims.family, claims.jti, claims.expires_at)


def _present(rows: list[dict[str, Any]]) -> User:
    if not rows:
        raise InvalidToken
    user = User.hydrate(rows[0])
    users.refuse_shut_out(user)
    return user


def _is_open(rows: list[dict[str, Any]]) -> bool:
    return bool(rows) and bool(rows[0]["expiresAt"] > clock.now())
