"""What a route does, derived from its service function.

The signature gives parameters and types, the docstring the documentation and the errors, the return
annotation the answer. Where each parameter comes from:

- the first parameter of a function behind an ``Owner`` or ``User`` route is who acts: the owned
  character of the path, or the token's user. For staff routes it is the staff member, unless the
  path names it (then the function has no actor and works on what the path names). It is never read
  from a query or a body. A staff route whose function takes options only has no actor.
- a parameter that is named in the path comes from there (``{userId}`` fills ``user_id``, ``user``);
- ``key`` comes from the ``Idempotency-Key`` header;
- a parameter of type ``Principal`` is the verified caller;
- a function that returns a ``Stream`` is a WebSocket;
- all others come from the query string (GET, DELETE) or the JSON body (POST, PUT, PATCH).

A list is answered like every other one, as a page: ``{"items": [...], "next": null}``.
"""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from bson import ObjectId
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model
from pydantic.alias_generators import to_camel, to_snake

from desperados.accounts.callers import Principal
from desperados.api.limits import BY_ACCESS
from desperados.api.operations.decoding import SAFE_INTEGER
from desperados.api.operations.docstrings import Docstring, domain_of, parse, resolve_errors
from desperados.engine.docstrings import docstring_of
from desperados.engine.errors import GameError
from desperados.engine.live.events import Message, Stream
from desperados.engine.manifest.routes import Access, RateClass, Route
from desperados.engine.views import KEPT, Id, Kept, Page

KEY = "key"
OWNED = "characterId"
BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})
_PLACEHOLDER = re.compile(r"\{(\w+)\}")

# Strict: "10" is not 10, 1.0 is not 1, true is not 1. What is not known is refused.
_STRICT = ConfigDict(
    extra="forbid", strict=True, alias_generator=to_camel, hide_input_in_errors=True
)


@dataclass(frozen=True, slots=True)
class Operation:
    """A route with everything that its function says about it."""

    route: Route
    name: str
    tag: str
    doc: Docstring
    errors: tuple[type[GameError], ...]
    rate: RateClass
    status: int
    actor: str | None
    principal: str | None
    path: type[BaseModel]
    query: type[BaseModel]
    body: type[BaseModel]
    takes_key: bool
    needs_key: bool
    answer: TypeAdapter[Any] | None
    whole_list: bool
    streams: bool

    def place_of(self, name: str) -> str | None:
        """The part of a request that has a field or parameter of this name, if one does."""
        if name == OWNED and self.route.access is Access.OWNER:
            return "path"
        for place, model in (("path", self.path), ("query", self.query), ("body", self.body)):
            if any(name == info.alias for info in model.model_fields.values()):
                return place
        return None


def derive(route: Route) -> Operation:
    """Read the function behind a route.

    Raises:
        TypeError: the function does not fit the route (no docstring, no annotations, no actor).
        LookupError: its docstring names an unknown error.
    """
    function = inspect.unwrap(route.function)
    where = f"{function.__module__}.{function.__name__}"
    documentation = docstring_of(function)
    if not documentation:
        raise TypeError(f"{where} has no docstring, and the API is documented by it.")
    hints = get_type_hints(function, include_extras=True)
    if "return" not in hints:
        raise TypeError(f"{where} has no return annotation.")
    parameters = dict(inspect.signature(function).parameters)
    for name in parameters:
        if name not in hints:
            raise TypeError(f"{where}: the parameter {name} has no annotation.")

    key = parameters.pop(KEY, None)
    principal = next((name for name, hint in hints.items() if hint is Principal), None)
    if principal is not None:
        del parameters[principal]
    placeholders = placeholders_of(route.path)
    named = [name for name, p in parameters.items() if p.kind is not p.KEYWORD_ONLY]
    actor = None if principal is not None else _actor(route, where, named, placeholders)
    if actor is not None:
        del parameters[actor]
    if route.access is Access.OWNER:
        placeholders.remove(OWNED)
    in_path = {_parameter_of(name, parameters): name for name in placeholders}
    missing = set(in_path) - set(parameters)
    if missing:
        raise TypeError(f"{where} takes no {', '.join(sorted(missing))}; {route.path} does.")

    rest = [p for name, p in parameters.items() if name not in in_path]
    has_body = route.method in BODY_METHODS
    doc = parse(documentation)
    title = "".join(
        part.capitalize() for part in (domain_of(function), *function.__name__.split("_"))
    )
    returned = hints["return"]
    return Operation(
        route=route,
        name=f"{domain_of(function)}.{function.__name__}",
        tag=domain_of(function),
        doc=doc,
        errors=tuple(resolve_errors(function, list(doc.raises))),
        rate=route.rate or BY_ACCESS[route.access],
        status=_status(route, returned, where),
        actor=actor,
        principal=principal,
        path=_model(f"{title}Path", [parameters[name] for name in in_path], hints, in_path),
        query=_model(f"{title}Query", [] if has_body else rest, hints),
        body=_model(f"{title}Request", rest if has_body else [], hints, words=f"To: {doc.summary}"),
        takes_key=key is not None,
        needs_key=key is not None and key.default is inspect.Parameter.empty,
        answer=_answer(returned),
        whole_list=get_origin(returned) is list,
        streams=returned is Stream,
    )


def _parameter_of(placeholder: str, parameters: Container[str]) -> str:
    """``{userId}`` fills the parameter ``user_id`` or ``user``."""
    name = to_snake(placeholder)
    short = name.removesuffix("_id")
    return short if name not in parameters and short in parameters else name


def _actor(route: Route, where: str, parameters: list[str], placeholders: list[str]) -> str | None:
    """The parameter that says who acts, or None where nobody does. Options are no actors."""
    if route.access is Access.PUBLIC:
        return None
    if route.access is Access.OWNER and OWNED not in placeholders:
        raise TypeError(f"{route.path} is for owners but names no {{{OWNED}}}.")
    if route.access is Access.USER and OWNED in placeholders:
        raise TypeError(f"{route.path} names a character: only its owner or staff may use it.")
    staff = route.access not in {Access.OWNER, Access.USER}
    in_path = {_parameter_of(name, parameters) for name in placeholders}
    if staff and (not parameters or parameters[0] in in_path):
        return None
    if not parameters:
        raise TypeError(f"{where} takes no actor, and {route.path} is not public.")
    return parameters[0]


def _answer(returned: Any) -> TypeAdapter[Any] | None:
    """What is answered; a stream is answered in messages, a list as a page."""
    if returned is type(None):
        return None
    if get_origin(returned) is list:
        page: Any = Page
        return TypeAdapter(page[get_args(returned)[0]])
    return TypeAdapter(Message if returned is Stream else returned)


def _status(route: Route, returned: Any, where: str) -> int:
    if returned is Stream:
        return 101
    if returned is type(None):
        return 204
    if route.creates is None:
        return 200
    fields = {to_camel(name) for name in returned.model_fields}
    unknown = {*placeholders_of(route.creates)} - {*placeholders_of(route.path)} - fields
    if unknown:
        raise TypeError(f"{where} answers no {', '.join(sorted(unknown))} for {route.creates}.")
    return 201


def placeholders_of(path: str) -> list[str]:
    """The names in braces."""
    return _PLACEHOLDER.findall(path)


def _model(
    name: str,
    parameters: Iterable[inspect.Parameter],
    hints: dict[str, Any],
    aliases: Mapping[str, str] = MappingProxyType({}),
    words: str | None = None,
) -> type[BaseModel]:
    """A strict model with one field a parameter. Without parameters it refuses everything."""
    fields: dict[str, Any] = {
        p.name: (wire_type(hints[p.name]), _field(p, aliases.get(p.name))) for p in parameters
    }
    model: type[BaseModel] = create_model(name, __config__=_STRICT, __doc__=words, **fields)
    return model


def _field(parameter: inspect.Parameter, alias: str | None) -> Any:
    if parameter.default is parameter.empty:
        return Field(alias=alias)
    if parameter.default is KEPT:  # which is no value of JSON
        return Field(default_factory=lambda: KEPT, alias=alias)
    return Field(parameter.default, alias=alias)


def wire_type(annotation: Any) -> Any:
    """An annotation as clients may send it: ids as text, whole numbers that JSON can carry."""
    if annotation is ObjectId:
        return Id
    if annotation is int:
        return Annotated[int, Field(ge=-SAFE_INTEGER, le=SAFE_INTEGER)]
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *metadata = get_args(annotation)
        # Id itself, and whatever else brings its own schema for the type below it.
        return annotation if inner is ObjectId else Annotated[(wire_type(inner), *metadata)]
    if origin in {Union, types.UnionType}:
        parts = [part for part in get_args(annotation) if part is not Kept]
        return Union[tuple(wire_type(part) for part in parts)]  # noqa: UP007
    return annotation
