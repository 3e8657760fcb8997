"""Every document class of the game, the references between them, and every event."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from pydantic import BaseModel

from desperados.assembly.domains import DOMAINS
from desperados.engine.live.events import Event, Signal
from desperados.engine.storage.documents import Document
from desperados.engine.storage.fields import Shape, shape_of

# Documents that belong to no domain.
MODULES = (
    "desperados.engine.idempotency",
    "desperados.engine.work.documents",
    "desperados.engine.happenings.documents",
    "desperados.engine.allowances",
    "desperados.engine.storage.content",
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
    return {
        value.__name__: value
        for module in (*map(import_module, MODULES), *_modules_of_domains("documents"))
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Document)
        and value.__module__ == module.__name__
    }


@cache
def events() -> tuple[type[Event], ...]:
    """Every event that players get, in the order of its declaration."""
    return tuple(
        value
        for module in _modules_of_domains("events")
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Event)
        and not issubclass(value, Signal)
        and value.__module__ == module.__name__
    )


def _modules_of_domains(name: str) -> Iterator[ModuleType]:
    """The modules ``name`` of all domains, each followed by those of its wings."""
    root = Path(__file__).parent.parent
    for domain in DOMAINS:
        for path in sorted((root / domain).rglob(f"{name}.py"), key=lambda p: len(p.parts)):
            yield import_module(
                ".".join(("desperados", *path.relative_to(root).with_suffix("").parts))
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
