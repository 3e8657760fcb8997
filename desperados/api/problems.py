"""Every answer that is not a success: problem documents after RFC 9457.

A problem has ``type`` (a link to its explanation), ``title``, ``status``, ``detail``, ``code``
(what a program should look at), ``requestId`` and, where they help, ``errors`` (one entry a field)
and ``facts``. What was sent is never repeated, and an unexpected failure says nothing about itself:
its story is in the log, under the request id.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import hdrs, web
from pydantic import ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import to_jsonable_python
from pymongo.errors import ConnectionFailure, ExecutionTimeout, PyMongoError
from redis.exceptions import RedisError

from desperados.accounts.errors import InvalidToken
from desperados.api.errors import (
    InternalError,
    MethodNotAllowed,
    TookTooLong,
    UnknownPath,
    UpgradeNeeded,
)
from desperados.engine.ambient import is_transient, is_unknown_commit, storage_failure
from desperados.engine.docstrings import docstring_of
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
REALM = 'Bearer realm="desperados"'
CODE = web.ResponseKey("code", str)  # of the problem, for the log
UNAVAILABLE_SECONDS = 1
STORAGE_SECONDS = 60
"""How soon to ask again when somebody has to free or mend a disk first."""

# Facts that the answer shows in another place than ``facts``.
_PLACED_FACTS = frozenset(
    {"path", "errors", "retry_after", "allow", "checks", "challenge", "policy"}
)

# What ``errors`` may say of a field, beside the codes of services.
FIELD_CODES: Mapping[str, str] = {
    "missing": "It is needed.",
    "extra_forbidden": "There is no such field or parameter.",
    "doubled": "It was given twice.",
    "invalid_key": "An idempotency key is 1 to 200 printable ASCII characters.",
    "string_type": "It must be text.",
    "int_type": "It must be a whole number.",
    "int_parsing": "It must be a whole number.",
    "int_from_float": "It must be a whole number.",
    "bool_type": "It must be true or false.",
    "bool_parsing": "It must be true or false.",
    "list_type": "It must be a list.",
    "model_type": "It must be an object.",
    "enum": "It is none of the values that are known.",
    "literal_error": "It is none of the values that are known.",
    "object_id": "An id is 24 hexadecimal digits.",
    "datetime_type": "It must be a date and time.",
    "datetime_parsing": "It must be a date and time (RFC 3339).",
    "datetime_from_date_parsing": "It must be a date and time (RFC 3339).",
    "timezone_aware": "A date needs its zone.",
    "greater_than": "It is too small.",
    "greater_than_equal": "It is too small.",
    "less_than": "It is too large.",
    "less_than_equal": "It is too large.",
    "number_too_large": "Whole numbers go up to 2^53-1, others as far as a double holds them.",
    "string_too_short": "The text is too short.",
    "string_too_long": "The text is too long.",
    "string_pattern_mismatch": "The text has another form.",
    "too_short": "The list is too short.",
    "too_long": "The list is too long.",
    "control_characters": "Control characters are not allowed.",
    "unusable_text": "NUL characters and unpaired surrogates are not allowed.",
    "invalid": "It is not valid; see `message`.",
}

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
        field_error(entry["loc"], _field_code(entry["type"]), entry["msg"], place)
        for entry in found[:MOST_FIELD_ERRORS]
    ]
    return InvalidInput("Some values are not valid; see errors.", errors=fields)


def _field_code(kind: str) -> str:
    """A kind of pydantic's, of which newer versions may know others, as one that is documented."""
    return kind if kind in FIELD_CODES else "invalid"


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
    return respond_to(InternalError(), request_id)


def respond_to(error: GameError, request_id: str) -> web.Response:
    """The problem document of a game error."""
    extra: dict[str, Any] = {}
    errors = error.facts["errors"] if "errors" in error.facts else _path_errors(error)
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
    return (docstring_of(error) or title_of(error)).strip().splitlines()[0]


def _path_errors(error: GameError) -> list[Any]:
    path = error.facts.get("path")
    if path is None:
        return []
    return [field_error(str(path).split("."), error.code, error.message)]


def _headers(error: GameError) -> dict[str, str]:
    headers: dict[str, str] = {}
    wait = error.facts.get("retry_after", UNAVAILABLE_SECONDS)
    if isinstance(error, RateLimited | Unavailable):
        headers[hdrs.RETRY_AFTER] = str(wait)
    if isinstance(error, RateLimited):
        headers |= limit_headers(error.facts.get("policy", (error.code,)), 0, wait)
    if isinstance(error, Unauthenticated):
        headers[hdrs.WWW_AUTHENTICATE] = _challenge(error)
    if isinstance(error, UpgradeNeeded):
        headers[hdrs.UPGRADE] = "websocket"
        headers[hdrs.CONNECTION] = "Upgrade"
        headers[hdrs.SEC_WEBSOCKET_VERSION] = "13"
    if isinstance(error, MethodNotAllowed):
        headers[hdrs.ALLOW] = ", ".join(error.facts["allow"])
    return headers


def limit_headers(policy: Sequence[Any], left: int, wait: int | None = None) -> dict[str, str]:
    """What is left of a limit, as draft-ietf-httpapi-ratelimit-headers says it. ``policy`` is its
    name and, where they are known, how many calls in how many seconds."""
    name, *amounts = policy
    headers = {"RateLimit": f'"{name}";r={left}' + (f";t={wait}" if wait is not None else "")}
    if amounts:
        calls, seconds = amounts
        headers["RateLimit-Policy"] = f'"{name}";q={calls};w={seconds}'
    return headers


def _challenge(error: Unauthenticated) -> str:
    """What is wrong with the token, after RFC 6750; of no token there is nothing to say."""
    kind = "invalid_token" if isinstance(error, InvalidToken) else error.facts.get("challenge")
    if kind is None:
        return REALM
    return f'{REALM}, error="{kind}", error_description="{error.message}"'


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
