"""How often a route may be called: the rate classes, and whom each counts.

Every request counts against the global class of its address; each route adds its own class. The
counters are in Redis, shared by all processes, and a counter that cannot be read refuses. All
limits are multiplied by ``settings.rate_limit_scale``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from aiohttp import web
from bson import ObjectId

from desperados.accounts.callers import network_of
from desperados.engine.game import Game
from desperados.engine.live.state import Check, Window, check_calls
from desperados.engine.manifest.routes import MINUTE, Access, Limit, RateClass, Subject
from desperados.engine.settings import Mode, Settings

DEVELOPMENT_SCALE = 10.0


GLOBAL = RateClass("global", (Limit(300, MINUTE, Subject.ADDRESS),))
BROWSE = RateClass("browse", ())  # public reads: nothing beyond the global limit
API = RateClass("api", (Limit(300, MINUTE, Subject.ACCOUNT),))
STAFF = RateClass("staff", (Limit(100, MINUTE, Subject.ACCOUNT),))

BY_ACCESS = {
    Access.PUBLIC: BROWSE,
    Access.USER: API,
    Access.OWNER: API,
    Access.MODERATOR: STAFF,
    Access.ADMIN: STAFF,
}

# What the answer says about the limit that is nearest to its end.
NEAREST = web.RequestKey("nearest_limit", tuple)


def windows(
    game: Game,
    request: web.Request,
    rates: RateClass,
    *,
    account: ObjectId | None = None,
) -> list[Window]:
    """What a call is counted in, by a class."""
    factor = scale(game.settings)
    return [
        Window(
            f"{rates.name}:{limit.subject}",
            _subject(request, limit.subject, account),
            max(1, int(limit.calls * factor)),
            limit.seconds,
        )
        for limit in rates.limits
    ]


async def check(game: Game, request: web.Request, checks: Sequence[Check]) -> None:
    """Make these checks of a call, and note for the answer which limit is nearest to its end.

    Raises:
        RateLimited: a limit was passed; ``retry_after`` says when its window ends.
        GameError: the error of a denial.
        Unavailable: Redis does not answer.
    """

    def note(window: Window, left: int) -> None:
        nearest = request.get(NEAREST)
        if nearest is None or left < nearest[0]:
            request[NEAREST] = (left, window.limit, window.seconds, window.name)

    await check_calls(game.redis, checks, note)


def scale(settings: Settings) -> float:
    """What limits are multiplied by. A developer's world has roomier ones unless told otherwise."""
    if settings.rate_limit_scale is not None:
        return settings.rate_limit_scale
    return 1.0 if settings.mode is Mode.PRODUCTION else DEVELOPMENT_SCALE


def headers(request: web.Request) -> dict[str, str]:
    """The limit that is nearest to its end, as draft-ietf-httpapi-ratelimit-headers says it."""
    nearest = request.get(NEAREST)
    if nearest is None:
        return {}
    left, calls, seconds, window = nearest
    name, _, _ = window.partition(":")
    return {
        "RateLimit-Policy": f'"{name}";q={calls};w={seconds}',
        "RateLimit": f'"{name}";r={left}',
    }


def client_address(request: web.Request, trusted_proxies: int) -> str:
    """The address of the client, seen through ``trusted_proxies`` reverse proxies.

    Each proxy appends the address it was called from to X-Forwarded-For. So only the last
    ``trusted_proxies`` entries were written by proxies of ours, and the first of these is the
    client. Whatever stands before may have been made up by the client and is never looked at.
    """
    peer = request.remote or ""
    if not trusted_proxies:
        return peer
    written = ",".join(request.headers.getall("X-Forwarded-For", []))
    entries = [entry.strip() for entry in written.split(",") if entry.strip()]
    if len(entries) < trusted_proxies:
        return peer
    try:
        return str(ipaddress.ip_address(entries[-trusted_proxies]))
    except ValueError:
        return peer


ADDRESS = web.RequestKey("client_address", str)


def _subject(request: web.Request, subject: Subject, account: ObjectId | None) -> str:
    match subject:
        case Subject.ADDRESS:
            return network_of(request[ADDRESS])
        case Subject.ACCOUNT:
            return str(account)
