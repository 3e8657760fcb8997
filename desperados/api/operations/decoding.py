"""Reads what clients send, and refuses what no service should ever see.

Stricter than JSON itself, after RFC 7493 (I-JSON): no doubled names, no numbers that a double
cannot hold exactly, no NaN, no unpaired surrogates (BSON cannot store them), no NUL characters, and
nothing nested deeper than any request needs.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterable
from typing import Any

from aiohttp import hdrs, web
from aiohttp.http_exceptions import PayloadEncodingError

from desperados.api.errors import (
    BodyTooLarge,
    MalformedJson,
    MalformedRequest,
    NestedTooDeep,
    RequestTooSlow,
    UnsupportedMediaType,
    UnusableValue,
)
from desperados.api.problems import field_error

DEEPEST = 16
SAFE_INTEGER = 2**53 - 1  # the largest whole number that every JSON reader holds exactly
JSON = "application/json"
EMPTY_OBJECT = b"{}"


async def read_json(request: web.Request, deadline: asyncio.Timeout, seconds: float) -> bytes:
    """The body of a request, checked to be a well-formed JSON object; an empty one where there is
    no body. What is not there yet gets ``seconds``, and then the answer's ``deadline`` begins anew.

    Raises:
        UnsupportedMediaType: it is not sent as JSON.
        BodyTooLarge: it holds more than ``settings.max_body_bytes``.
        RequestTooSlow: it was not there after ``seconds``.
        MalformedRequest: it is not a JSON object.
        UnusableValue: it holds a value that is refused everywhere.
    """
    if not request.body_exists:
        return EMPTY_OBJECT
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise UnsupportedMediaType("Send the body uncompressed.")
    body = await _read_body(request, deadline, seconds)
    if not body:
        return EMPTY_OBJECT
    if request.content_type != JSON:
        raise UnsupportedMediaType(f"Send the body as {JSON}.")
    if (request.charset or "utf-8").lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType("JSON is sent in UTF-8.")
    check_json(body)
    return body


async def refuse_body(request: web.Request, deadline: asyncio.Timeout, seconds: float) -> None:
    """Refuse a body where none has a meaning (GET, DELETE).

    Raises:
        MalformedRequest: there is one.
    """
    if request.body_exists and await _read_body(request, deadline, seconds):
        raise MalformedRequest(f"A {request.method} request takes no body.")


async def _read_body(request: web.Request, deadline: asyncio.Timeout, seconds: float) -> bytes:
    limit = request.client_max_size
    refused = BodyTooLarge(f"A body holds at most {limit} bytes.", limit=limit)
    if (request.content_length or 0) > limit:
        raise refused
    try:
        if request.content.is_eof():  # it came with the headers
            return await request.read()
        return await _wait_for_body(request, deadline, seconds)
    except web.HTTPRequestEntityTooLarge:
        raise refused from None
    except (web.RequestPayloadError, PayloadEncodingError, ValueError):
        raise MalformedRequest("The body is not what its headers say.") from None


async def _wait_for_body(request: web.Request, deadline: asyncio.Timeout, seconds: float) -> bytes:
    deadline.reschedule(None)
    try:
        async with asyncio.timeout(seconds):
            return await request.read()
    except TimeoutError:
        raise RequestTooSlow(f"The body was not complete after {seconds:g} s.") from None
    finally:
        deadline.reschedule(asyncio.get_running_loop().time() + seconds)


def check_json(body: bytes) -> None:
    """Refuse a body that is not a JSON object, or holds what no service should see.

    Raises:
        MalformedJson: it is not a JSON object; the message says where reading stopped.
        NestedTooDeep: it has more than ``DEEPEST`` levels.
        UnusableValue: a value is refused everywhere; ``errors`` has its path.
    """
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_float,
            parse_int=_integer,
        )
    except UnicodeDecodeError as error:
        raise MalformedJson(f"The body is not UTF-8 (byte {error.start}).") from None
    except json.JSONDecodeError as error:
        raise MalformedJson(
            f"The body is not JSON (line {error.lineno}, column {error.colno}): {error.msg}."
        ) from None
    except RecursionError:
        raise _too_deep() from None
    if not isinstance(value, dict):
        raise MalformedJson("The body must be a JSON object.")
    _check_value(value, (), 1)


def check_text(text: str, path: Iterable[str | int], place: str = "body") -> None:
    """Refuse text that BSON cannot store.

    Raises:
        UnusableValue: ``errors`` has the field's path.
    """
    if "\0" in text or not _encodable(text):
        raise _unusable(
            path, "unusable_text", "NUL characters and unpaired surrogates are not allowed.", place
        )


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_value(value: Any, path: tuple[str | int, ...], depth: int) -> None:
    if isinstance(value, str):
        check_text(value, path)
    elif isinstance(value, dict | list):
        if depth > DEEPEST:
            raise _too_deep()
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for name, item in entries:
            if isinstance(name, str):
                check_text(name, path)
            _check_value(item, (*path, name), depth + 1)
    elif isinstance(value, _Refused):
        raise _unusable(path, value.code, value.message)


class _Refused:
    """Stands where a refused number was read, until its path is known."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message


def _integer(digits: str) -> int | _Refused:
    # The length goes first: turning very many digits into a number takes quadratic time.
    if len(digits) > 20 or abs(int(digits)) > SAFE_INTEGER:
        return _Refused("number_too_large", f"Whole numbers go up to {SAFE_INTEGER}.")
    return int(digits)


def _float(digits: str) -> float | _Refused:
    number = float(digits)
    if not math.isfinite(number):
        return _Refused("number_too_large", "The number is too large.")
    return number


def _constant(name: str) -> Any:
    raise MalformedJson(f"{name} is not JSON.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise MalformedJson("A name stands twice in one object.")
    return names


def _too_deep() -> NestedTooDeep:
    return NestedTooDeep(f"At most {DEEPEST} levels may be nested.")


def _unusable(
    path: Iterable[str | int], code: str, message: str, place: str = "body"
) -> UnusableValue:
    return UnusableValue(message, errors=[field_error(path, code, message, place)])


def query_strings(request: web.Request) -> dict[str, str]:
    """The query parameters, each once.

    Raises:
        UnusableValue: one is doubled or cannot be stored.
    """
    found: dict[str, str] = {}
    for name, value in request.query.items():
        check_text(name, (), "query")
        check_text(value, (name,), "query")
        if name in found:
            raise _unusable((name,), "doubled", "Give it once.", "query")
        found[name] = value
    return found
