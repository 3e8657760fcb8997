"""The named schemas of the document: what requests, answers and events are made of.

Their names are public: a client that is generated has classes of these names. A view is named
without the ``View``, a page for what is on it; two classes of one name stop the start.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from desperados.api.operations.glossary import GLOSSARY
from desperados.api.operations.operation import Operation
from desperados.assembly.documents import events
from desperados.engine.docstrings import docstring_of
from desperados.engine.live.events import Event, PublicEvent

Schema = dict[str, Any]

EVENT = "EventMessage"
PROBLEM = "Problem"
_REFERENCES = "#/components/schemas/{model}"
_PREFIX = _REFERENCES.format(model="")
_PAGE = re.compile(r"Page_(\w+?)_(__\d+)?")

_PROBLEM: Schema = {
    "type": "object",
    "title": PROBLEM,
    "description": "A problem document (RFC 9457). Programs look at `code`.",
    "required": ["type", "title", "status", "detail", "code", "requestId"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": "where the code is explained",
        },
        "title": {"type": "string", "description": "the code in words"},
        "status": {"type": "integer", "description": "the status of the answer"},
        "detail": {"type": "string", "description": "what happened and what to do, for people"},
        "code": {"type": "string", "description": "what happened, for programs; never changes"},
        "requestId": {"type": "string", "description": "the name of this request in our log"},
        "errors": {
            "type": "array",
            "description": "the fields of the request that the refusal is about",
            "items": {
                "type": "object",
                "required": ["in", "path", "code", "message"],
                "properties": {
                    "in": {
                        "type": "string",
                        "enum": ["body", "query", "header", "path"],
                        "description": "the part of the request",
                    },
                    "path": {
                        "type": "string",
                        "description": "a JSON pointer (RFC 6901): /payments/0/amount",
                    },
                    "code": {
                        "type": "string",
                        "description": "what is wrong with it: one of `x-field-errors`, or of "
                        "`x-errors` where a service refuses the value",
                    },
                    "message": {"type": "string", "description": "the same for people"},
                },
            },
        },
        "facts": {
            "type": "object",
            "additionalProperties": True,
            "description": "who, what, had, needed: what the code was decided by",
        },
        "checks": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "of `not_ready`: how each part of the server is",
        },
    },
}

# Where a schema is needed: by an operation's request or answer, or by an event.
Place = tuple[str, JsonSchemaMode]


def reference_to(name: str) -> Schema:
    """A reference to a component."""
    return {"$ref": _REFERENCES.format(model=name)}


def components(operations: Sequence[Operation]) -> tuple[dict[Place, Schema], Schema]:
    """The schema of each request and answer, by the operation's name, and all components.

    Raises:
        TypeError: two different things would have one name.
    """
    inputs: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = []
    for operation in operations:
        if operation.body.model_fields:
            inputs.append((operation.name, "validation", TypeAdapter(operation.body)))
        if operation.answer is not None and not operation.streams:
            inputs.append((operation.name, "serialization", operation.answer))
    inputs += [(event.event, "serialization", TypeAdapter(event)) for event in events()]
    made, definitions = TypeAdapter.json_schemas(inputs, ref_template=_REFERENCES)
    schemas = _renamed(definitions.get("$defs", {}))
    places: dict[Place, Schema] = {place: _public(schema) for place, schema in made.items()}
    messages = [_message(event, places[event.event, "serialization"]) for event in events()]
    for message in messages:
        schemas[message["title"]] = message
    schemas[EVENT] = {
        "title": EVENT,
        "description": "A text message of a WebSocket.",
        "anyOf": [reference_to(message["title"]) for message in messages],
    }
    schemas[PROBLEM] = _PROBLEM
    for name, schema in schemas.items():
        _explain(name, schema)
    return places, schemas


def _renamed(definitions: Schema) -> Schema:
    schemas: Schema = {}
    for internal, definition in definitions.items():
        name, schema = public_name(internal), _public(definition)
        schema["title"] = name
        if _PAGE.fullmatch(internal.rpartition("views__")[2]):
            schema["description"] = "A page of a list."
        if schemas.setdefault(name, schema) != schema:
            raise TypeError(f"Two classes would be {name} in the document: {internal} and another.")
    return schemas


def public_name(internal: str) -> str:
    """The name of a component, of the one that pydantic gives a class."""
    name = internal.removesuffix("-Input").removesuffix("-Output").rpartition("__")[2] or internal
    page = _PAGE.fullmatch(internal.rpartition("views__")[2])
    if page is not None:
        return public_name(page[1]) + "Page"
    return name.removesuffix("View")


def _public(schema: Any) -> Any:
    """A schema with public names, and without the titles that pydantic makes of names."""
    if isinstance(schema, list):
        return [_public(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {
        name: _public(part)
        for name, part in schema.items()
        if name != "title" or not isinstance(part, str)
    }
    target = made.get("$ref")
    if isinstance(target, str):
        made["$ref"] = _PREFIX + public_name(target.removeprefix(_PREFIX))
    return made


def _message(event: type[Event], data: Schema) -> Schema:
    audience = "Sent to everybody." if issubclass(event, PublicEvent) else "Sent to one character."
    return {
        "type": "object",
        "title": f"{event.__name__}Message",
        "description": f"{inspect.cleandoc(docstring_of(event))}\n\n{audience}",
        "required": ["event", "at", "data"],
        "properties": {
            "event": {"const": event.event, "type": "string"},
            "at": {"type": "string", "format": "date-time"},
            "data": {**data, "description": "what there is to know about it"},
        },
    }


def _explain(component: str, schema: Schema) -> None:
    """Give every property that says nothing of itself what the glossary says of its name."""
    for part in _objects(schema):
        for name, described in part["properties"].items():
            if "description" not in described:
                words = glossary_of(name, component)
                if words is not None:
                    described["description"] = words


def glossary_of(name: str, component: str = "") -> str | None:
    """What a name means, in a component if it means something of its own there."""
    return GLOSSARY.get(f"{component}.{name}") or GLOSSARY.get(name)


def _objects(schema: Any) -> Iterator[Schema]:
    """Every object in a schema that has properties."""
    if isinstance(schema, list):
        for part in schema:
            yield from _objects(part)
    elif isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield schema
        for part in schema.values():
            yield from _objects(part)
