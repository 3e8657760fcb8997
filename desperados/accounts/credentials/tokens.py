"""Access tokens (short-lived, signed) and refresh secrets (long, random, stored as a digest).

An access token is a JWT with a pinned algorithm. It says who and which session; whether that still
holds (status, role, revocation) is asked of the database at every use.
"""

from __future__ import annotations

import functools
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt
from bson import ObjectId
from bson.errors import InvalidId

from desperados.accounts.errors import InvalidToken
from desperados.accounts.rules import CLOCK_LEEWAY
from desperados.engine import clock, dice

ALGORITHM = "HS256"
ISSUER = "desperados"
AUDIENCE = "desperados"
ACCESS = "access"
LONGEST_ACCESS_TOKEN = 4096  # characters
REMEMBERED_TOKENS = 4096
REFRESH_BYTES = 64
_REFRESH_SECRET = re.compile(rf"[0-9a-f]{{{2 * REFRESH_BYTES}}}")
_REQUIRED = ["iss", "aud", "sub", "exp", "iat", "jti", "typ", "tv", "sid"]


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What an access token says. ``version`` is the user's ``tokenVersion`` when it was issued."""

    user_id: ObjectId
    family: ObjectId
    version: int
    jti: str
    expires_at: datetime


def new_claims(user_id: ObjectId, family: ObjectId, version: int, minutes: int) -> AccessClaims:
    """The claims of a token that is issued now and lives for ``minutes``."""
    ends = clock.now().replace(microsecond=0) + timedelta(minutes=minutes)
    return AccessClaims(user_id, family, version, dice.token(16), ends)


def sign(claims: AccessClaims, secret: str) -> str:
    """The access token for ``claims``."""
    payload = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "typ": ACCESS,
        "sub": str(claims.user_id),
        "sid": str(claims.family),
        "tv": claims.version,
        "jti": claims.jti,
        "iat": int(clock.now().timestamp()),
        "exp": int(claims.expires_at.timestamp()),
    }
    return jwt.encode(payload, _key(secret), algorithm=ALGORITHM)


def read(token: object, secret: str) -> AccessClaims:
    """The claims of ``token``, if it was signed with ``secret`` for this game and has not ended.

    Raises:
        InvalidToken: anything about it is not as it must be; the text never says what.
    """
    if not isinstance(token, str) or len(token) > LONGEST_ACCESS_TOKEN:
        raise InvalidToken
    claims, issued = _verified(token, secret)
    now = clock.now()
    if claims.expires_at <= now - CLOCK_LEEWAY or issued > now + CLOCK_LEEWAY:
        raise InvalidToken
    return claims


@functools.lru_cache(maxsize=REMEMBERED_TOKENS)
def _verified(token: str, secret: str) -> tuple[AccessClaims, datetime]:
    """What a token of ours says, and when it was issued.

    Remembered, for a text that was signed stays signed: an active player sends the same one for a
    quarter of an hour. Refusals are not remembered.

    Raises:
        InvalidToken: it is not signed with ``secret``, or not for this game.
    """
    try:
        payload = jwt.decode(
            token,
            _key(secret),
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            audience=AUDIENCE,
            # The times are compared at each use, with the clock of the package.
            options={
                "require": _REQUIRED,
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
        if payload["typ"] != ACCESS:
            raise InvalidToken
        claims = AccessClaims(
            user_id=ObjectId(_text(payload["sub"])),
            family=ObjectId(_text(payload["sid"])),
            version=_whole(payload["tv"]),
            jti=_text(payload["jti"]),
            expires_at=datetime.fromtimestamp(_whole(payload["exp"]), UTC),
        )
        return claims, datetime.fromtimestamp(_whole(payload["iat"]), UTC)
    except (jwt.PyJWTError, InvalidId, ValueError, TypeError, OverflowError, OSError):
        raise InvalidToken from None


def new_refresh_secret() -> str:
    """64 random bytes as hexadecimal text. Only its digest is ever stored."""
    return dice.token(REFRESH_BYTES)


def digest(refresh_secret: object) -> str:
    """The SHA-256 of a refresh secret, which is what the database knows.

    A plain hash is enough: unlike a password, 64 random bytes cannot be guessed.

    Raises:
        InvalidToken: it does not even look like one.
    """
    if not isinstance(refresh_secret, str) or not _REFRESH_SECRET.fullmatch(refresh_secret):
        raise InvalidToken
    return hashlib.sha256(refresh_secret.encode()).hexdigest()


@functools.lru_cache(maxsize=16)
def _key(secret: str) -> bytes:
    """A key of full length for this one purpose, whatever the form of the secret."""
    return hashlib.sha256(b"desperados access token\0" + secret.encode()).digest()


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value
