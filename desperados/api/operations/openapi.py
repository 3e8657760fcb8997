"""Describes the API as an OpenAPI 3.1 document, from the operations alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, TypeAdapter

from desperados.accounts.errors import AccountBanned, AccountSuspended, InvalidToken
from desperados.api.access import STAFF
from desperados.api.errors import (
    BodyTooLarge,
    ExpectationFailed,
    IdempotencyKeyMissing,
    IdempotencyKeyNotTaken,
    InternalError,
    MalformedJson,
    MalformedRequest,
    MethodNotAllowed,
    NestedTooDeep,
    NotReady,
    RequestLineTooLong,
    RequestTooSlow,
    ServerFull,
    TookTooLong,
    TooManyConnections,
    TooManySockets,
    UnknownPath,
    UnsupportedMediaType,
    UnusableValue,
    UpgradeNeeded,
)
from desperados.api.operations.components import (
    EVENT,
    PROBLEM,
    Place,
    components,
    glossary_of,
    reference_to,
)
from desperados.api.operations.dispatch import IDEMPOTENCY_KEY, KEY_FORM, REPLAYED
from desperados.api.operations.examples import example_of
from desperados.api.operations.operation import BODY_METHODS, OWNED, Operation
from desperados.api.problems import FIELD_CODES, PROBLEM_JSON, first_line
from desperados.characters.errors import CharacterNotFound
from desperados.engine.errors import (
    Contention,
    Forbidden,
    GameError,
    InvalidInput,
    KeyReused,
    NotFound,
    RateLimited,
    StorageFailed,
    StorageFull,
    Unauthenticated,
    Unavailable,
)
from desperados.engine.manifest.routes import Access
from desperados.engine.views import Id
from desperados.version import VERSION

Schemas = Mapping[Place, dict[str, Any]]
Schema = dict[str, Any]

_JSON = "application/json"
_SECURITY = "accessToken"


def describe(operations: Sequence[Operation], prefix: str) -> Schema:
    """The OpenAPI document of ``operations``, which are served below ``prefix``."""
    schemas, named = components(operations)
    paths: Schema = {}
    for operation in operations:
        route = operation.route
        paths.setdefault(prefix + route.path, {})[route.method.lower()] = _operation(
            operation, schemas, named
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Desperados",
            "version": VERSION,
            "description": "The HTTP API of a persistent western world. Log in with "
            "`POST /sessions` and send the access token as `Authorization: Bearer <token>`. "
            "Amounts of money are whole coins.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(o.tag for o in operations)],
        "paths": paths,
        "components": {
            "schemas": named,
            "securitySchemes": {
                _SECURITY: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
        "x-errors": _all_errors(operations),
        "x-field-errors": [
            {"code": code, "description": words} for code, words in FIELD_CODES.items()
        ],
    }


def _all_errors(operations: Sequence[Operation]) -> list[Schema]:
    """Every code that any answer may carry, in alphabetical order."""
    found: set[type[GameError]] = {NotReady, UnknownPath}
    found.update(*(errors_of(operation) for operation in operations))
    listed = {
        error.code: {"code": error.code, "status": error.status, "description": first_line(error)}
        for error in found
    }
    return [listed[code] for code in sorted(listed)]


def _operation(operation: Operation, schemas: Schemas, named: Schema) -> Schema:
    route = operation.route
    described: Schema = {
        "operationId": operation.name.replace(".", "_"),
        "tags": [operation.tag],
        "summary": operation.doc.summary,
        "description": "\n\n".join(filter(None, (operation.doc.description, _rules(operation)))),
        "parameters": _parameters(operation),
        "responses": {
            str(operation.status): _success(operation, schemas),
            **({"304": _UNCHANGED} if route.keep_seconds is not None else {}),
            **_failures(operation),
        },
        **({"deprecated": True} if route.deprecated is not None else {}),
        "security": [] if route.access is Access.PUBLIC else [{_SECURITY: []}],
    }
    if operation.body.model_fields:
        needed = any(field.is_required() for field in operation.body.model_fields.values())
        schema = schemas[operation.name, "validation"]
        described["requestBody"] = {
            "required": needed,
            "content": {_JSON: {"schema": schema, "example": example_of(schema, named)}},
        }
    return described


_ACCESS = {
    Access.PUBLIC: "Anybody may call this.",
    Access.USER: "Needs an access token.",
    Access.OWNER: "Needs an access token of the character's owner.",
    Access.MODERATOR: "Needs an access token of a moderator or an admin.",
    Access.ADMIN: "Needs an access token of an admin.",
}


def _rules(operation: Operation) -> str:
    """Who may call, and how often."""
    limits = "; ".join(
        f"{limit.calls} calls in {limit.seconds} s for each {limit.subject}"
        for limit in operation.rate.limits
    )
    access = _ACCESS[operation.route.access]
    return f"{access} Limit: {limits}." if limits else access


def _parameters(operation: Operation) -> list[Schema]:
    parameters = []
    if operation.route.access is Access.OWNER:
        parameters.append(
            {
                "name": OWNED,
                "in": "path",
                "required": True,
                "description": "your character, the one who acts",
                "schema": TypeAdapter(Id).json_schema(),
            }
        )
    parameters += _model_parameters(operation.path, "path")
    parameters += _model_parameters(operation.query, "query")
    if operation.takes_key:
        parameters.append(
            {
                "name": IDEMPOTENCY_KEY,
                "in": "header",
                "required": operation.needs_key,
                "description": "Any text of yours. However often a request is sent with the same "
                "key, it happens once, and each time the first answer is given.",
                "schema": {"type": "string", "pattern": KEY_FORM, "examples": ["rent-1"]},
            }
        )
    return parameters


def _model_parameters(model: type[BaseModel], place: str) -> Iterable[Schema]:
    described = model.model_json_schema(by_alias=True)
    definitions = described.get("$defs", {})
    for name, schema in described.get("properties", {}).items():
        inlined = _sent(_inline(schema, definitions))
        words = inlined.pop("description", None)
        yield {
            "name": name,
            "in": place,
            "required": name in described.get("required", ()),
            "description": glossary_of(name) or words,
            "schema": inlined,
        }


def _inline(schema: Any, definitions: Schema) -> Any:
    """A parameter's schema with its references replaced: parameters have small ones only."""
    if isinstance(schema, list):
        return [_inline(part, definitions) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inline(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {name: _inline(part, definitions) for name, part in schema.items() if name != "title"}


def _sent(schema: Schema) -> Schema:
    """The schema of a parameter that is there: outside a body nothing says null."""
    present = [part for part in schema.get("anyOf", ()) if part != {"type": "null"}]
    if len(present) != 1:
        return schema
    rest = {name: part for name, part in schema.items() if name not in {"anyOf", "default"}}
    return {**present[0], **rest}


def _success(operation: Operation, schemas: Schemas) -> Schema:
    phrase = HTTPStatus(operation.status).phrase
    described: Schema = {"description": phrase}
    if operation.streams:
        described["description"] += " to a WebSocket, whose text messages look like this."
        described["content"] = {_JSON: {"schema": reference_to(EVENT)}}
    elif operation.answer is not None:
        schema = schemas[operation.name, "serialization"]
        described["content"] = {_JSON: {"schema": schema}}
    headers: Schema = {}
    if operation.route.creates is not None:
        headers["Location"] = _header("the address of what was created", required=True)
    if operation.takes_key:
        headers[REPLAYED] = _header("`true` where the key was given this answer before")
    if headers:
        described["headers"] = headers
    return described


# What a kept answer is asked for again with: the ``ETag`` that it had.
_UNCHANGED: Schema = {"description": "What `If-None-Match` names is still the answer."}


def _header(description: str, *, required: bool = False) -> Schema:
    return {"description": description, "required": required, "schema": {"type": "string"}}


_WAIT = ("Retry-After", "in how many seconds the request may be sent again")

# What refusals of a status say in their headers.
_REFUSAL_HEADERS: dict[int, tuple[str, str]] = {
    401: ("WWW-Authenticate", "what is wrong with the token (RFC 6750)"),
    405: ("Allow", "the methods that this address has"),
    429: _WAIT,
    503: _WAIT,
    507: _WAIT,
}


def errors_of(operation: Operation) -> dict[type[GameError], str]:
    """Every error that an operation answers with, and when. A service that names a kind of error
    of its own may raise each error of that kind."""
    found: dict[type[GameError], str] = {}
    for error, name in zip(operation.errors, operation.doc.raises, strict=True):
        found[error] = operation.doc.raises[name]
        if error.__module__ != GameError.__module__:
            found |= {kind: "" for kind in kinds_of(error) if kind not in found}
    found |= {error: found.get(error, "") for error in _general(operation)}
    return found


def kinds_of(error: type[GameError]) -> set[type[GameError]]:
    """The errors that are special cases of this one."""
    return {kind for child in error.__subclasses__() for kind in {child, *kinds_of(child)}}


def _general(operation: Operation) -> Iterable[type[GameError]]:
    """The errors that come from how a route is called."""
    yield from (TooManyConnections, ServerFull)  # before anything is read
    yield from (MalformedRequest, RequestLineTooLong, MethodNotAllowed, ExpectationFailed)
    if operation.route.access is not Access.PUBLIC:
        yield from (Unauthenticated, InvalidToken, AccountBanned, AccountSuspended)
    if operation.route.access in STAFF:
        yield Forbidden
    if operation.route.access is Access.OWNER:
        yield CharacterNotFound
    if operation.route.access is Access.OWNER or operation.path.model_fields:
        yield NotFound
    if operation.route.method in BODY_METHODS:
        yield from (MalformedJson, NestedTooDeep, UnsupportedMediaType, RequestTooSlow)
    if operation.streams:
        yield from (UpgradeNeeded, TooManySockets)
    if not operation.takes_key:
        yield IdempotencyKeyNotTaken
    if operation.needs_key:
        yield IdempotencyKeyMissing
    if operation.takes_key:
        yield KeyReused
    yield from (BodyTooLarge, InvalidInput, UnusableValue)
    yield from (RateLimited, Unavailable, Contention, TookTooLong)
    yield from (StorageFull, StorageFailed, InternalError)


def _failures(operation: Operation) -> Schema:
    """One response a status, which lists its codes. A service's own words go first."""
    by_status: dict[int, dict[str, str]] = {}
    for error, when in errors_of(operation).items():
        by_status.setdefault(error.status, {}).setdefault(error.code, when or first_line(error))
    return {str(status): _failure(status, codes) for status, codes in sorted(by_status.items())}


def _failure(status: int, codes: dict[str, str]) -> Schema:
    described: Schema = {
        "description": "\n".join(f"- `{code}`: {words}" for code, words in codes.items()),
        "content": {PROBLEM_JSON: {"schema": reference_to(PROBLEM)}},
        "x-codes": list(codes),
    }
    if status in _REFUSAL_HEADERS:
        name, words = _REFUSAL_HEADERS[status]
        described["headers"] = {name: _header(words, required=True)}
    return described
