"""How often a route may be called: the rate classes, and whom each counts.

Every request but a probe's counts: against the account that its token speaks for, so that nobody is
kept out by a neighbour behind the same address; else against the address. So count what has no
token, or one that does not hold, and what no route answers. Routes add classes of their own. The
counters are in Redis, shared by all processes, and a counter that cannot be read refuses. All
limits are multiplied by ``settings.rate_limit_scale``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from desperados.accounts.callers import network_of
from desperados.accounts.credentials.authentication import denial
from desperados.accounts.credentials.tokens import AccessClaims
from desperados.engine.errors import Unauthenticated
from desperados.engine.game import Game
from desperados.engine.live.state import Check, Window, check_calls, give_back
from desperados.engine.manifest.routes import MINUTE, Access, Limit, RateClass, Subject
from desperados.engine.settings import Mode, Settings

DEVELOPMENT_SCALE = 10.0


GLOBAL = RateClass("global", (Limit(300, MINUTE, Subject.ADDRESS),))
BROWSE = RateClass("browse", ())  # public routes: nothing beyond the limit of who calls
# Who reads what is public with a token. Nobody asks the database whether the session still holds,
# so it has a count of its own and cannot use up that of the account.
READER = RateClass("reader", (Limit(300, MINUTE, Subject.SESSION),))
API = RateClass("api", (Limit(300, MINUTE, Subject.ACCOUNT),))
STAFF = RateClass("staff", (Limit(100, MINUTE, Subject.ACCOUNT),))

BY_ACCESS = {
    Access.PUBLIC: BROWSE,
    Access.USER: API,
    Access.OWNER: API,
    Access.MODERATOR: STAFF,
    Access.ADMIN: STAFF,
}

PROBES = frozenset({"/healthz", "/readyz", "/metrics"})  # of the operator, never counted

# What the answer says about the limit that is nearest to its end.
NEAREST = web.RequestKey("nearest_limit", tuple)


def windows(
    game: Game,
    request: web.Request,
    rates: RateClass,
    *,
    claims: AccessClaims | None = None,
) -> list[Window]:
    """What a call is counted in, by a class."""
    factor = scale(game.settings)
    subjects = [(limit, _subject(request, limit.subject, claims)) for limit in rates.limits]
    return [
        Window(
            f"{rates.name}:{limit.subject}",
            subject,
            max(1, int(limit.calls * factor)),
            limit.seconds,
        )
        for limit, subject in subjects
        if subject is not None
    ]


@dataclass(frozen=True, slots=True)
class Counted:
    """What a call was counted in before anything was looked up."""

    account: Sequence[Window] = ()  # whose token it is
    route: Sequence[Window] = ()  # what the route's class counts by the account


async def count_caller(
    game: Game, request: web.Request, rates: RateClass, claims: AccessClaims | None
) -> Counted:
    """Count a call of whoever its token speaks for, or of its address where it has none.

    Raises:
        RateLimited: a limit was passed.
        Unauthenticated: the token was logged out; its address was counted.
        Unavailable: Redis does not answer.
    """
    if claims is None:
        await count_address(game, request)
        return Counted()
    account = windows(game, request, API, claims=claims)
    route = []
    if rates.counts_accounts and rates is not API:
        route = windows(game, request, rates, claims=claims)
    try:
        await check(game, request, [denial(claims), *account, *route])
    except Unauthenticated:
        await count_address(game, request)
        raise
    return Counted(account, route)


async def count_reader(game: Game, request: web.Request, claims: AccessClaims | None) -> None:
    """Count a call of what is public, by its session where its token speaks for one.

    Raises:
        RateLimited: a limit was passed.
        Unavailable: Redis does not answer.
    """
    if claims is not None:
        with contextlib.suppress(Unauthenticated):  # logged out: as good as no token
            await check(
                game, request, [denial(claims), *windows(game, request, READER, claims=claims)]
            )
            return
    await count_address(game, request)


async def count_address(game: Game, request: web.Request) -> None:
    """Count a call of an address.

    Raises:
        RateLimited: the limit was passed.
        Unavailable: Redis does not answer.
    """
    await check(game, request, windows(game, request, GLOBAL))


async def count_stray(game: Game, request: web.Request) -> None:
    """Count a request that no route has counted: of unknown addresses and methods, and of pages.

    Raises:
        RateLimited: the limit of the address was passed.
        Unavailable: Redis does not answer.
    """
    if not request.get(COUNTED, False):
        await count_address(game, request)


async def take_back(game: Game, request: web.Request, counted: Counted, refusal: Exception) -> None:
    """The count of a call that goes no further because of ``refusal``.

    What routes count is what their services get, so that class gets the call back; the account
    keeps it. A token that does not hold any more must not use up the calls of its account: then it
    is the address that called.

    Raises:
        RateLimited: the limit of the address was passed.
        Unavailable: Redis does not answer.
    """
    if isinstance(refusal, Unauthenticated):
        await give_back(game.redis, [*counted.account, *counted.route])
        await count_address(game, request)
    elif counted.route:
        await give_back(game.redis, counted.route)


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

    request[COUNTED] = True
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


ADDRESS = web.RequestKey("client_address", str)
COUNTED = web.RequestKey("counted", bool)


def _subject(request: web.Request, subject: Subject, claims: AccessClaims | None) -> str | None:
    match subject:
        case Subject.ADDRESS:
            return network_of(request[ADDRESS])
        case Subject.ACCOUNT:
            return str(claims.user_id) if claims is not None else None
        case Subject.SESSION:
            return str(claims.family) if claims is not None else None
