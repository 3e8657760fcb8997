"""Every document class of the game, the references between them, and every event."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple

from pydantic import BaseModel

from desperados.engine.live.events import Event, Signal
from desperados.engine.storage.documents import Document
from desperados.engine.storage.fields import Shape, shape_of

# The modules that hold documents: the engine's own, then each domain's.
ENGINE_MODULES = ("desperados.engine.idempotency", "desperados.engine.jobs")
DOMAINS = (
    "accounts",
    "characters",
    "inventory",
    "quests",
    "deck",
    "combat",
    "economy",
    "property",
    "gangs",
    "territory",
    "social",
    "world",
    "crime",
    "activities",
    "horses",
    "gambling",
    "mystic",
    "npcs",
)


class Reference(NamedTuple):
    """An id stored at ``path`` of documents of ``model``, which refers to a ``target``.

    ``path`` is the stored path with dots. ``*`` stands for the keys of a map; an id in an array is
    at the array's path.
    """

    model: type[Document]
    path: str
    target: type[Document]


def documents() -> dict[str, type[Document]]:
    """Every document class by its name."""
    return dict(_documents())


@cache
def _documents() -> dict[str, type[Document]]:
    found: dict[str, type[Document]] = {}
    for name in (*ENGINE_MODULES, *(f"desperados.{domain}.documents" for domain in DOMAINS)):
        module = import_module(name)
        for value in vars(module).values():
            if (
                isinstance(value, type)
                and issubclass(value, Document)
                and (value.__module__ + ".").startswith(module.__name__ + ".")
            ):
                found[value.__name__] = value
    return found


@cache
def events() -> tuple[type[Event], ...]:
    """Every event that players get, in the order of its declaration: ``<domain>.events``."""
    names = [f"desperados.{domain}.events" for domain in DOMAINS]
    modules = [import_module(name) for name in names if find_spec(name) is not None]
    return tuple(
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Event)
        and not issubclass(value, Signal)
        and value.__module__ == module.__name__
    )


@cache
def references() -> tuple[Reference, ...]:
    """Every reference from one document class to another."""
    classes = _documents()
    return tuple(
        Reference(model, path, classes[target])
        for model in classes.values()
        for path, target in _targets(model, "")
    )


def _targets(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str]]:
    for name, info in model.model_fields.items():
        shape = shape_of(info.annotation, tuple(info.metadata))
        yield from _targets_of(shape, prefix + (info.alias or name))


def _targets_of(shape: Shape, path: str) -> Iterator[tuple[str, str]]:
    if shape.target is not None:
        yield path, shape.target
    elif shape.model is not None:
        yield from _targets(shape.model, f"{path}.")
    elif shape.item is not None:
        yield from _targets_of(shape.item, f"{path}.*" if shape.kind == "map" else path)
