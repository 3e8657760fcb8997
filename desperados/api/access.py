"""Who may call a route, and how that is checked.

What a client sends never says who is acting. Identity comes from the access token; acting for a
character needs that the character belongs to the token's user.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import hdrs, web

from desperados.accounts.callers import Principal
from desperados.accounts.credentials.authentication import claims_of, recognise
from desperados.accounts.credentials.tokens import AccessClaims
from desperados.accounts.documents import UserRole
from desperados.engine.errors import Forbidden, Unauthenticated
from desperados.engine.manifest.routes import Access
from desperados.engine.storage.reads import Read

LONGEST_TOKEN = 4096
SCHEME = "bearer"
SOCKET_PROTOCOL = "desperados.v1"


STAFF = {
    Access.MODERATOR: frozenset({UserRole.MODERATOR, UserRole.ADMIN}),
    Access.ADMIN: frozenset({UserRole.ADMIN}),
}

PRINCIPAL = web.RequestKey("principal", Principal)


def read_token(
    request: web.Request, access: Access, token_of: Callable[[web.Request], str]
) -> AccessClaims | None:
    """What the caller's token says, which is not yet known to hold; None on a public route.

    Raises:
        Unauthenticated: no access token, or one that is wrong or expired.
    """
    return None if access is Access.PUBLIC else claims_of(token_of(request))


async def identify(
    request: web.Request, access: Access, claims: AccessClaims, *others: Read[Any]
) -> Principal:
    """The caller, verified and allowed to use a route of this access. ``others`` are read in the
    same trip.

    Raises:
        Unauthenticated: the token was revoked.
        Forbidden: the role does not suffice.
    """
    principal = await recognise(claims, *others)
    request[PRINCIPAL] = principal
    allowed = STAFF.get(access)
    if allowed is not None and principal.role not in allowed:
        raise Forbidden("This needs a role that your account does not have.")
    return principal


def bearer_token(request: web.Request) -> str:
    """The token of the ``Authorization: Bearer ...`` header.

    Raises:
        Unauthenticated: the header is missing, doubled or of another scheme.
    """
    given = request.headers.getall(hdrs.AUTHORIZATION, [])
    if not given:
        raise Unauthenticated("Send your access token: Authorization: Bearer <token>.")
    scheme, _, token = given[0].partition(" ")
    token = token.strip()
    if len(given) > 1 or scheme.lower() != SCHEME or not _is_plain(token):
        raise Unauthenticated(
            "The Authorization header must be: Bearer <token>.", challenge="invalid_request"
        )
    return token


def socket_token(request: web.Request) -> str:
    """The token of a WebSocket handshake: of the header or, as a browser can set none, of the
    subprotocol ``bearer.<token>``, offered beside the one that is spoken.

    Raises:
        Unauthenticated: neither is there, or both, or one that is no token.
    """
    offered = request.headers.getall(hdrs.SEC_WEBSOCKET_PROTOCOL, [])
    words = [word.strip() for line in offered for word in line.split(",")]
    tokens = [word.removeprefix(f"{SCHEME}.") for word in words if word.startswith(f"{SCHEME}.")]
    if not tokens:
        return bearer_token(request)
    if len(tokens) > 1 or hdrs.AUTHORIZATION in request.headers or not _is_plain(tokens[0]):
        raise Unauthenticated(
            "Send one access token, as a header or as the subprotocol.", challenge="invalid_request"
        )
    return tokens[0]


def _is_plain(token: str) -> bool:
    return token.isascii() and token.isprintable() and 0 < len(token) <= LONGEST_TOKEN
