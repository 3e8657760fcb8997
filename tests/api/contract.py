"""Holds every answer that a test gets to what the document says: status, codes, schema, headers.

So each test over HTTP, whatever it is about, is one of the contract, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs

from desperados.api.operations.openapi import describe
from desperados.api.operations.operation import derive
from desperados.api.routes import PREFIX, ROUTES

Schema = dict[str, Any]
PROBLEM_JSON = "application/problem+json"


# What may be said of a field that the document does not know.
ABOUT_UNKNOWN = {"extra_forbidden", "doubled", "number_too_large", "unusable_text"}


@cache
def known_codes() -> frozenset[str]:
    """Every code that an entry of ``errors`` may carry."""
    listed = (*document()["x-errors"], *document()["x-field-errors"])
    return frozenset(entry["code"] for entry in listed)


@cache
def document() -> Schema:
    """The document of the API."""
    return describe([derive(route) for route in ROUTES], PREFIX)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """What addresses look like, those without names in them first."""
    paths = sorted(document()["paths"], key=lambda path: path.count("{"))
    return tuple(
        (re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), path) for path in paths
    )


@cache
def _validator(method: str, path: str, status: str) -> jsonschema_rs.Validator | None:
    content = document()["paths"][path][method]["responses"][status].get("content")
    if content is None:
        return None
    (described,) = content.values()
    schema = {"components": document()["components"], **described["schema"]}
    return jsonschema_rs.validator_for(schema, validate_formats=True)


def path_of(address: str) -> str | None:
    """The template that an address is of, if one is."""
    plain = urlsplit(address).path
    return next((path for pattern, path in _patterns() if pattern.fullmatch(plain)), None)


def check_answer(
    method: str, address: str, status: int, headers: Mapping[str, str], body: Any
) -> None:
    """Fail where an answer is not one that the document promises."""
    path = path_of(address)
    if path is None:
        return
    described = document()["paths"][path].get(method.lower())
    if method == "HEAD" and "get" in document()["paths"][path]:
        described = document()["paths"][path]["get"]
        assert str(status) in described["responses"]
        assert body is None
        return
    if described is None:
        if "Access-Control-Allow-Methods" in headers:
            return  # a browser asks beforehand: the Fetch standard, not the document
        allowed = {name.upper() for name in document()["paths"][path]}
        heads = {"HEAD"} if "GET" in allowed else set()
        assert {*headers["Allow"].split(", ")} == {*allowed, *heads, "OPTIONS"}, (method, address)
        return
    where = f"{method} {address} -> {status} {body}"
    response = described["responses"].get(str(status))
    assert response is not None, f"not in the document: {where}"
    for name in response.get("headers", {}):
        assert name in headers or not response["headers"][name].get("required"), (name, where)
    validator = _validator(method.lower(), path, str(status))
    if validator is None:
        assert not body, where
        return
    (content_type,) = response["content"]
    assert headers["Content-Type"].partition(";")[0] == content_type, where
    errors = [error.message for error in validator.iter_errors(body)]
    assert not errors, (errors, where)
    if content_type == PROBLEM_JSON:
        assert body["code"] in response["x-codes"], f"code not in the document: {where}"
        for error in body.get("errors", ()):
            found = _is_somewhere(described, error["in"], error["path"])
            assert found or error["code"] in ABOUT_UNKNOWN, where
            assert error["code"] in known_codes(), where


def _is_somewhere(described: Schema, place: str, pointer: str) -> bool:
    """Whether a request has a field to which an error may point; unknown ones have none."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    if place != "body":
        return parts in [[p["name"]] for p in described["parameters"] if p["in"] == place]
    if "requestBody" not in described:
        return False
    return _leads_on(described["requestBody"]["content"]["application/json"]["schema"], parts)


def _leads_on(schema: Schema, parts: list[str]) -> bool:
    if not parts:
        return True
    for alternative in _alternatives(schema):
        first, *rest = parts
        if first.isdigit() and "items" in alternative:
            return _leads_on(alternative["items"], rest)
        if first in alternative.get("properties", {}):
            return _leads_on(alternative["properties"][first], rest)
    return False


def _alternatives(schema: Schema) -> Iterator[Schema]:
    if "$ref" in schema:
        schema = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    yield schema
    for part in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from _alternatives(part)
