"""Carries out an operation: who calls, how often, with what; then the service, then its answer.

The order is part of the contract. A stranger learns nothing from it: who is not logged in gets 401
before anything is looked up, who does not own the character gets 404 before a body is read. The
limit of a route counts only requests that could be read: who mistypes a field three times has not
registered three times.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import hdrs, web
from bson import ObjectId
from pydantic import BaseModel, TypeAdapter, ValidationError

from desperados.accounts.callers import Principal, calling_from
from desperados.accounts.credentials.tokens import AccessClaims
from desperados.api.access import bearer_token, identify, read_token, socket_token
from desperados.api.errors import IdempotencyKeyMissing, IdempotencyKeyNotTaken
from desperados.api.limits import (
    ADDRESS,
    Counted,
    check,
    count_address,
    count_caller,
    count_reader,
    take_back,
    windows,
)
from desperados.api.operations.decoding import check_text, query_strings, read_json, refuse_body
from desperados.api.operations.operation import BODY_METHODS, KEY, OWNED, Operation
from desperados.api.problems import field_error, invalid_fields
from desperados.api.routes import PREFIX
from desperados.api.serving.sockets import Sockets
from desperados.characters.errors import CharacterNotFound
from desperados.characters.ownership import admit, keep_owner, owned_by, require_owned
from desperados.engine.commands import repeated
from desperados.engine.errors import GameError, InvalidInput, NotFound, Unauthenticated
from desperados.engine.game import Game
from desperados.engine.idempotency import ClientKey
from desperados.engine.manifest.routes import Access
from desperados.engine.views import Id, Page

IDEMPOTENCY_KEY = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"  # "true" on an answer that the key was given before
GONE = web.RequestKey("gone", NotFound)  # the refusal of a character that its owner has deleted
KEY_FORM = r"^[\x20-\x7e]{1,200}$"
_ID: TypeAdapter[Any] = TypeAdapter(Id)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_handler(operation: Operation, game: Game, sockets: Sockets) -> Handler:
    """The aiohttp handler of an operation."""

    async def answer(request: web.Request) -> web.StreamResponse:
        with calling_from(ip=request[ADDRESS], user_agent=_agent(request)):
            async with asyncio.timeout(game.settings.request_timeout) as deadline:
                arguments = await _admit(operation, game, request, bearer_token, deadline)
                gone = request.get(GONE)
                try:
                    if gone is None:
                        result = await operation.route.function(**arguments)
                    else:
                        result = await repeated(operation.route.function, arguments, otherwise=gone)
                except GameError as error:
                    _point_out(operation, error)
                    raise
        return _answer(operation, request, result, arguments.get(KEY))

    async def stream(request: web.Request) -> web.StreamResponse:
        async with asyncio.timeout(game.settings.request_timeout) as deadline:
            arguments = await _admit(operation, game, request, socket_token, deadline)
        actor = next(iter(arguments.values()))
        return await sockets.serve(request, actor, lambda: operation.route.function(**arguments))

    return stream if operation.streams else answer


async def _admit(
    operation: Operation,
    game: Game,
    request: web.Request,
    token_of: Callable[[web.Request], str],
    deadline: asyncio.Timeout,
) -> dict[str, Any]:
    """The arguments for the service, of a request that may call it.

    Everything that the live state has to say is asked in one trip, before anything else is looked
    up. Where the limit of the route counts accounts it is among that, and is given its call back
    when the request goes no further: so it counts requests that the service gets. Limits that count
    something else are asked last.
    """
    claims, counted = await _count(operation, game, request, token_of)
    try:
        arguments = await _from_path(operation, request, claims)
        arguments |= await _from_content(
            operation, request, deadline, game.settings.request_timeout
        )
        arguments |= _from_headers(operation, request)
    except Exception as refusal:
        await take_back(game, request, counted, refusal)
        raise
    if not operation.rate.counts_accounts:
        await check(game, request, windows(game, request, operation.rate, claims=claims))
    return arguments


async def _count(
    operation: Operation,
    game: Game,
    request: web.Request,
    token_of: Callable[[web.Request], str],
) -> tuple[AccessClaims | None, Counted]:
    """What the token says, if one is needed, and what the call was counted in.

    Where none is needed a token only says whom a reader's call counts against.
    """
    public = operation.route.access is Access.PUBLIC
    try:
        claims = read_token(request, Access.USER, token_of)
    except Unauthenticated:
        await count_address(game, request)
        if public:
            return None, Counted()
        raise
    if not public:
        return claims, await count_caller(game, request, operation.rate, claims)
    await count_reader(game, request, claims if operation.route.method == hdrs.METH_GET else None)
    return None, Counted()


async def _from_path(
    operation: Operation, request: web.Request, claims: AccessClaims | None
) -> dict[str, Any]:
    """Who acts, and what the path names.

    An id that cannot exist is answered like one that does not.
    """
    arguments: dict[str, Any] = {}
    parts = dict(request.match_info)
    owned = operation.route.access is Access.OWNER
    if claims is not None:
        if owned:
            principal, actor = await _owner(operation, request, claims, parts.pop(OWNED))
        else:
            principal = await identify(request, operation.route.access, claims)
            actor = principal.user_id
        if operation.principal is not None:
            arguments[operation.principal] = principal
    if operation.actor is not None:
        arguments[operation.actor] = actor
    arguments |= _existing(lambda: _from_strings(operation.path, parts, "path"))
    return arguments


async def _owner(
    operation: Operation, request: web.Request, claims: AccessClaims, character: str
) -> tuple[Principal, ObjectId]:
    """The caller and his character, read in one trip.

    A query gets the whole character; a command reads what it needs itself, in its transaction. Of
    a character that the user has deleted, what was done with a key is still told, and nothing else:
    the deletion itself may be repeated, like everything that has a key.
    """
    whole = operation.route.method == hdrs.METH_GET
    try:
        actor: ObjectId = _ID.validate_python(character)
    except ValidationError:
        await identify(request, Access.OWNER, claims)
        raise NotFound from None
    owned = owned_by(claims.user_id, actor, whole=whole)
    principal = await identify(request, Access.OWNER, claims, owned)
    if owned.result is None:
        refusal = CharacterNotFound()
        if not operation.takes_key or IDEMPOTENCY_KEY not in request.headers:
            raise refusal
        await require_owned(principal.user_id, actor, deleted=True)
        request[GONE] = refusal
    elif whole:
        admit(owned.result)
    else:
        keep_owner(actor, claims.user_id)
    return principal, actor


def _existing(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except (ValidationError, InvalidInput):
        raise NotFound() from None


async def _from_content(
    operation: Operation, request: web.Request, deadline: asyncio.Timeout, seconds: float
) -> dict[str, Any]:
    """The values of the query string and of the body."""
    try:
        arguments = _from_strings(operation.query, query_strings(request), "query")
    except ValidationError as error:
        raise invalid_fields(error, "query") from None
    if operation.route.method not in BODY_METHODS:
        await refuse_body(request, deadline, seconds)
        return arguments
    body = await read_json(request, deadline, seconds)
    try:
        return arguments | _values(operation.body.model_validate_json(body))
    except ValidationError as error:
        raise invalid_fields(error, "body") from None


def _from_strings(model: type[BaseModel], strings: dict[str, str], place: str) -> dict[str, Any]:
    if not strings and not model.model_fields:
        return {}
    for name, text in strings.items():
        check_text(text, (name,), place)
    return _values(model.model_validate_strings(strings))


def _values(parsed: BaseModel) -> dict[str, Any]:
    """The fields of a parsed model as a service takes them, nested models untouched."""
    return {name: getattr(parsed, name) for name in type(parsed).model_fields}


def _from_headers(operation: Operation, request: web.Request) -> dict[str, Any]:
    """The idempotency key, where the service takes one.

    Whoever sends one elsewhere relies on a promise that nobody makes, and is told.
    """
    given = request.headers.getall(IDEMPOTENCY_KEY, [])
    if not operation.takes_key:
        if given:
            raise IdempotencyKeyNotTaken()
        return {}
    if not given:
        if operation.needs_key:
            raise IdempotencyKeyMissing(
                f"Send an {IDEMPOTENCY_KEY} header: any text of yours, new for each command and "
                "the same when you repeat one."
            )
        return {}
    if len(given) > 1 or not re.fullmatch(KEY_FORM, given[0]):
        message = "An idempotency key is 1 to 200 printable ASCII characters."
        raise InvalidInput(
            message, errors=[field_error((IDEMPOTENCY_KEY,), "invalid_key", message, "header")]
        )
    return {KEY: ClientKey(given[0])}


def _agent(request: web.Request) -> str | None:
    """The User-Agent header as text that can be stored."""
    given = request.headers.get(hdrs.USER_AGENT)
    return given.encode("ascii", "replace").decode() if given is not None else None


def _point_out(operation: Operation, error: GameError) -> None:
    """Say which field of the request an error of the service is about.

    A service names a parameter, or what is inside it (``payments.0.amount``), and does not know
    how it was sent. What the request has no field for it may still have refused: that points
    nowhere.
    """
    path = error.facts.get("path")
    if path is None:
        return
    parts = [IDEMPOTENCY_KEY] if path == KEY else str(path).split(".")
    place = "header" if path == KEY else operation.place_of(parts[0])
    errors = [field_error(parts, error.code, error.message, place)] if place else []
    error.facts["errors"] = errors


def _answer(
    operation: Operation, request: web.Request, result: Any, key: ClientKey | None
) -> web.Response:
    headers = {}
    if key is not None and key.replayed:
        headers[REPLAYED] = "true"
    if operation.answer is None:
        return web.Response(status=operation.status, headers=headers)
    if operation.whole_list:
        result = Page(items=result)
    if operation.route.creates is not None:
        fields = operation.answer.dump_python(result, by_alias=True, mode="json")
        named = {**fields, **request.match_info}
        headers[hdrs.LOCATION] = PREFIX + operation.route.creates.format_map(named)
    return web.Response(
        status=operation.status,
        body=operation.answer.dump_json(result, by_alias=True),
        content_type="application/json",
        charset="utf-8",
        headers=headers,
    )
