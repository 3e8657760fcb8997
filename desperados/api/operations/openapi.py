"""Describes the API as an OpenAPI 3.1 document, from the operations alone."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from desperados.api.errors import (
    BodyTooLarge,
    ExpectationFailed,
    IdempotencyKeyMissing,
    MalformedJson,
    MalformedRequest,
    MethodNotAllowed,
    NestedTooDeep,
    NotReady,
    RequestLineTooLong,
    RequestTooSlow,
    TookTooLong,
    TooManySockets,
    UnknownPath,
    UnsupportedMediaType,
    UnusableValue,
    UpgradeNeeded,
)
from desperados.api.operations.dispatch import IDEMPOTENCY_KEY
from desperados.api.operations.operation import BODY_METHODS, OWNED, Operation
from desperados.api.problems import INTERNAL_CODE, INTERNAL_TITLE, PROBLEM_JSON, first_line
from desperados.assembly.documents import events
from desperados.engine.docstrings import docstring_of
from desperados.engine.errors import (
    Contention,
    Forbidden,
    GameError,
    InvalidInput,
    NotFound,
    RateLimited,
    Unauthenticated,
    Unavailable,
)
from desperados.engine.live.events import Event, PublicEvent
from desperados.engine.manifest.routes import Access
from desperados.engine.views import Id
from desperados.version import VERSION

Schema = dict[str, Any]

_REFERENCES = "#/components/schemas/{model}"
_JSON = "application/json"
_SECURITY = "accessToken"
_EVENT = "EventMessage"

_PROBLEM: Schema = {
    "type": "object",
    "description": "A problem document (RFC 9457). Programs look at `code`.",
    "required": ["type", "title", "status", "detail", "code", "requestId"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "requestId": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["in", "path", "code", "message"],
                "properties": {
                    "in": {"enum": ["body", "query", "header", "path"]},
                    "path": {"type": "string", "description": "JSON pointer"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
        "facts": {"type": "object"},
    },
}


def describe(operations: Sequence[Operation], prefix: str) -> Schema:
    """The OpenAPI document of ``operations``, which are served below ``prefix``."""
    schemas, components = _schemas(operations)
    paths: Schema = {}
    for operation in operations:
        route = operation.route
        paths.setdefault(prefix + route.path, {})[route.method.lower()] = _operation(
            operation, schemas
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
            "schemas": {**components, **_event_schemas(), "Problem": _PROBLEM},
            "securitySchemes": {
                _SECURITY: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
        "x-errors": _all_errors(operations),
    }


def _all_errors(operations: Sequence[Operation]) -> list[Schema]:
    """Every code that any answer may carry, in alphabetical order."""
    found: set[type[GameError]] = {
        ExpectationFailed, MethodNotAllowed, NotReady, RequestLineTooLong, UnknownPath
    }  # fmt: skip
    found.update(*(errors_of(operation) for operation in operations))
    listed = {
        error.code: {"code": error.code, "status": error.status, "description": first_line(error)}
        for error in found
    }
    listed[INTERNAL_CODE] = {
        "code": INTERNAL_CODE,
        "status": HTTPStatus.INTERNAL_SERVER_ERROR.value,
        "description": INTERNAL_TITLE + ".",
    }
    return [listed[code] for code in sorted(listed)]


def _event_schemas() -> Schema:
    """The messages of a WebSocket: one alternative an event."""
    schemas, definitions = TypeAdapter.json_schemas(
        [(event.event, "serialization", TypeAdapter(event)) for event in events()],
        ref_template=_REFERENCES,
    )
    alternatives = [
        _event_schema(event, schemas[event.event, "serialization"]) for event in events()
    ]
    described = {"description": "A text message of a WebSocket.", "anyOf": alternatives}
    return {**definitions.get("$defs", {}), _EVENT: described}


def _event_schema(event: type[Event], data: Schema) -> Schema:
    audience = "Sent to everybody." if issubclass(event, PublicEvent) else "Sent to one character."
    return {
        "type": "object",
        "title": event.event,
        "description": f"{inspect.cleandoc(docstring_of(event))}\n\n{audience}",
        "required": ["event", "at", "data"],
        "properties": {
            "event": {"const": event.event},
            "at": {"type": "string", "format": "date-time"},
            "data": data,
        },
    }


Schemas = dict[tuple[int, JsonSchemaMode], Schema]


def _schemas(operations: Sequence[Operation]) -> tuple[Schemas, Schema]:
    """The schema of each adapter, and the definitions that they share."""
    inputs: list[tuple[int, JsonSchemaMode, TypeAdapter[Any]]] = []
    for number, operation in enumerate(operations):
        if operation.body.model_fields:
            inputs.append((number, "validation", TypeAdapter(operation.body)))
        if operation.answer is not None and not operation.streams:
            inputs.append((number, "serialization", operation.answer))
    schemas, definitions = TypeAdapter.json_schemas(inputs, ref_template=_REFERENCES)
    numbered = {id(operation): number for number, operation in enumerate(operations)}
    by_operation = {
        (key, mode): schema
        for key, number in numbered.items()
        for (n, mode), schema in schemas.items()
        if n == number
    }
    return by_operation, definitions.get("$defs", {})


def _operation(operation: Operation, schemas: Schemas) -> Schema:
    route = operation.route
    described: Schema = {
        "operationId": operation.name.replace(".", "_"),
        "tags": [operation.tag],
        "summary": operation.doc.summary,
        "description": "\n\n".join(filter(None, (operation.doc.description, _rules(operation)))),
        "parameters": _parameters(operation),
        "responses": {
            str(operation.status): _success(operation, schemas),
            **_failures(operation),
        },
        "security": [] if route.access is Access.PUBLIC else [{_SECURITY: []}],
    }
    if operation.body.model_fields:
        needed = any(field.is_required() for field in operation.body.model_fields.values())
        described["requestBody"] = {
            "required": needed,
            "content": {_JSON: {"schema": schemas[id(operation), "validation"]}},
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
        schema = TypeAdapter(Id).json_schema()
        parameters.append(
            {
                "name": OWNED,
                "in": "path",
                "required": True,
                "description": "your character, the one who acts",
                "schema": schema,
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
                "schema": {"type": "string", "minLength": 1, "maxLength": 200},
            }
        )
    return parameters


def _model_parameters(model: type[BaseModel], place: str) -> Iterable[Schema]:
    described = model.model_json_schema(by_alias=True)
    definitions = described.get("$defs", {})
    for name, schema in described.get("properties", {}).items():
        inlined = _inline(schema, definitions)
        parameter = {
            "name": name,
            "in": place,
            "required": name in described.get("required", ()),
            "schema": inlined,
        }
        if "description" in inlined:
            parameter["description"] = inlined.pop("description")
        yield parameter


def _inline(schema: Any, definitions: Schema) -> Any:
    """A parameter's schema with its references replaced: parameters have small ones only."""
    if isinstance(schema, list):
        return [_inline(part, definitions) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inline(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {name: _inline(part, definitions) for name, part in schema.items()}


def _success(operation: Operation, schemas: Schemas) -> Schema:
    phrase = HTTPStatus(operation.status).phrase
    if operation.answer is None:
        return {"description": phrase}
    if operation.streams:
        reference = {"$ref": _REFERENCES.format(model=_EVENT)}
        text = f"{phrase} to a WebSocket, whose text messages look like this."
        return {"description": text, "content": {_JSON: {"schema": reference}}}
    schema = schemas[id(operation), "serialization"]
    return {"description": phrase, "content": {_JSON: {"schema": schema}}}


def errors_of(operation: Operation) -> dict[type[GameError], str]:
    """Every error that an operation answers with, and when."""
    found: dict[type[GameError], str] = {}
    for error, name in zip(operation.errors, operation.doc.raises, strict=True):
        found[error] = operation.doc.raises[name]
    found |= dict.fromkeys(_general(operation), "")
    return found


def _general(operation: Operation) -> Iterable[type[GameError]]:
    """The errors that come from how a route is called."""
    yield MalformedRequest
    if operation.route.access is not Access.PUBLIC:
        yield Unauthenticated
        yield Forbidden
    if operation.route.access is Access.OWNER or operation.path.model_fields:
        yield NotFound
    if operation.route.method in BODY_METHODS:
        yield from (MalformedJson, NestedTooDeep, UnsupportedMediaType, RequestTooSlow)
    if operation.streams:
        yield from (UpgradeNeeded, TooManySockets)
    if operation.needs_key:
        yield IdempotencyKeyMissing
    yield from (BodyTooLarge, InvalidInput, UnusableValue)
    yield from (RateLimited, Unavailable, Contention, TookTooLong)


def _failures(operation: Operation) -> Schema:
    """One response a status, which lists its codes. A service's own words go first."""
    by_status: dict[int, dict[str, str]] = {}
    for error, when in errors_of(operation).items():
        by_status.setdefault(error.status, {}).setdefault(error.code, when or first_line(error))
    return {
        str(status): {
            "description": "\n".join(f"- `{code}`: {words}" for code, words in codes.items()),
            "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            "x-codes": list(codes),
        }
        for status, codes in sorted(by_status.items())
    }
