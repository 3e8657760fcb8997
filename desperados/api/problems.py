"""Every answer that is not a success: problem documents after RFC 9457.

A problem has ``type`` (a link to its explanation), ``title``, ``status``, ``detail``, ``code``
(what a program should look at), ``requestId`` and, where they help, ``errors`` (one entry a field)
and ``facts``. What was sent is never repeated, and an unexpected failure says nothing about itself:
its story is in the log, under the request id.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import hdrs, web
from pydantic import ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import to_jsonable_python
from pymongo.errors import ConnectionFailure, ExecutionTimeout, PyMongoError
from redis.exceptions import RedisError

from desperados.api.errors import MethodNotAllowed, TookTooLong, UnknownPath, UpgradeNeeded
from desperados.engine.ambient import is_transient, is_unknown_commit, storage_failure
from desperados.engine.errors import (
    Contention,
    GameError,
    InvalidInput,
    RateLimited,
    Unauthenticated,
    Unavailable,
)

PROBLEM_JSON = "application/problem+json"
MOST_FIELD_ERRORS = 20
CODE = web.ResponseKey("code", str)  # of the problem, for the log
INTERNAL_CODE = "internal_error"
INTERNAL_TITLE = "Something went wrong on our side"
UNAVAILABLE_SECONDS = 1
STORAGE_SECONDS = 60
"""How soon to ask again when somebody has to free or mend a disk first."""

# Facts that the answer shows in another place than ``facts``.
_PLACED_FACTS = frozenset({"path", "errors", "retry_after", "allow", "checks"})

log = structlog.get_logger(__name__)


def field_error(path: Iterable[str | int], code: str, message: str, place: str = "body") -> Any:
    """One entry of ``errors``: where (a JSON pointer and which part of the request), what, why."""
    return {"in": place, "path": json_pointer(path), "code": code, "message": message}


def json_pointer(path: Iterable[str | int]) -> str:
    """RFC 6901: the parts of a path, each behind a slash."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def invalid_fields(error: ValidationError, place: str) -> InvalidInput:
    """What pydantic refused, as one of our errors."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    fields = [
        field_error(entry["loc"], entry["type"], entry["msg"], place)
        for entry in found[:MOST_FIELD_ERRORS]
    ]
    return InvalidInput("Some values are not valid; see errors.", errors=fields)


def as_game_error(error: Exception) -> GameError | None:
    """What an exception means to a client; None when it is a fault of ours."""
    match error:
        case GameError() if error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return error
        case Unavailable():
            return error
        case web.HTTPMethodNotAllowed():
            return MethodNotAllowed(allow=sorted(error.allowed_methods))
        case web.HTTPNotFound():
            return UnknownPath()
        case PyMongoError() if is_transient(error) or is_unknown_commit(error):
            return Contention(retry_after=UNAVAILABLE_SECONDS)
        case PyMongoError() if (kind := storage_failure(error)) is not None:
            return kind(retry_after=STORAGE_SECONDS)
        case ConnectionFailure() | ExecutionTimeout():
            return Unavailable("The database does not answer.", retry_after=UNAVAILABLE_SECONDS)
        case RedisError():
            return Unavailable("The live state does not answer.", retry_after=UNAVAILABLE_SECONDS)
        case TimeoutError():
            return TookTooLong(retry_after=UNAVAILABLE_SECONDS)
    return None


def respond(error: Exception, request_id: str) -> web.Response:
    """The answer to a request that failed with ``error``."""
    known = as_game_error(error)
    if known is not None:
        return respond_to(known, request_id)
    log.error("request_failed", exc_info=error)
    return _response(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        INTERNAL_CODE,
        title=INTERNAL_TITLE,
        detail="The failure was recorded; name the requestId when you report it.",
        request_id=request_id,
    )


def respond_to(error: GameError, request_id: str) -> web.Response:
    """The problem document of a game error."""
    extra: dict[str, Any] = {}
    errors = error.facts.get("errors") or _path_errors(error)
    if errors:
        extra["errors"] = errors
    if "checks" in error.facts:
        extra["checks"] = error.facts["checks"]
    facts = {to_camel(k): v for k, v in error.facts.items() if k not in _PLACED_FACTS}
    if facts:
        extra["facts"] = to_jsonable_python(facts, fallback=str)
    return _response(
        error.status,
        error.code,
        title=title_of(type(error)),
        detail=error.message,
        request_id=request_id,
        extra=extra,
        headers=_headers(error),
    )


def title_of(error: type[GameError]) -> str:
    """The kind of problem in words, the same at each occurrence."""
    return error.code.replace("_", " ").capitalize()


def first_line(error: type[GameError]) -> str:
    """What an error means where nobody says it better: the first line of its docstring."""
    return (error.__doc__ or title_of(error)).strip().splitlines()[0]


def _path_errors(error: GameError) -> list[Any]:
    path = error.facts.get("path")
    if path is None:
        return []
    parts = [to_camel(part) if "_" in part else part for part in str(path).strip("/").split("/")]
    return [field_error(parts, error.code, error.message)]


def _headers(error: GameError) -> dict[str, str]:
    headers: dict[str, str] = {}
    if isinstance(error, RateLimited | Unavailable):
        headers[hdrs.RETRY_AFTER] = str(error.facts.get("retry_after", UNAVAILABLE_SECONDS))
    if isinstance(error, Unauthenticated):
        headers[hdrs.WWW_AUTHENTICATE] = "Bearer"
    if isinstance(error, UpgradeNeeded):
        headers[hdrs.UPGRADE] = "websocket"
        headers[hdrs.CONNECTION] = "Upgrade"
        headers[hdrs.SEC_WEBSOCKET_VERSION] = "13"
    if isinstance(error, MethodNotAllowed):
        headers[hdrs.ALLOW] = ", ".join(error.facts["allow"])
    return headers


def _response(
    status: int,
    code: str,
    *,
    title: str,
    detail: str,
    request_id: str,
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    problem = {
        "type": f"/docs#error-{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "requestId": request_id,
        **(extra or {}),
    }
    response = web.Response(
        status=status, text=json.dumps(problem), content_type=PROBLEM_JSON, headers=headers
    )
    response[CODE] = code
    return response
