"""Changing a document without touching what it was: copies along the touched paths only."""

from __future__ import annotations

from typing import Any

from desperados.embedded.errors import CommandError
from desperados.embedded.query.predicates import Path
from desperados.embedded.values.paths import is_position
from desperados.embedded.values.types import MISSING, Doc


class Editor:
    """A document under change: containers are copied the first time they are touched."""

    def __init__(self, doc: Doc) -> None:
        self.root = dict(doc)
        self._own: dict[int, Any] = {id(self.root): self.root}

    def get(self, path: Path) -> Any:
        value: Any = self.root
        for part in path:
            if type(value) is dict:
                value = value.get(part, MISSING)
            elif type(value) is list and is_position(part):
                value = value[int(part)] if int(part) < len(value) else MISSING
            else:
                return MISSING
        return value

    def _parent(self, path: Path) -> Any:
        container: Any = self.root
        for part in path[:-1]:
            inner = _child(container, part)
            if inner is MISSING:
                inner = {}
            elif type(inner) not in (dict, list):
                raise _not_viable(path, part, container)
            if id(inner) not in self._own:
                inner = dict(inner) if type(inner) is dict else list(inner)
                self._own[id(inner)] = inner
                _store(container, part, inner, path)
            container = inner
        return container

    def set(self, path: Path, value: Any) -> None:
        _store(self._parent(path), path[-1], value, path)

    def unset(self, path: Path) -> None:
        if self.get(path) is MISSING:
            return
        parent = self._parent(path)
        if type(parent) is list:
            parent[int(path[-1])] = None
        else:
            del parent[path[-1]]


def _child(container: Any, part: str) -> Any:
    if type(container) is dict:
        return container.get(part, MISSING)
    if is_position(part) and int(part) < len(container):
        return container[int(part)]
    return MISSING


def _store(container: Any, part: str, value: Any, path: Path) -> None:
    if type(container) is dict:
        container[part] = value
        return
    if not is_position(part):
        raise _not_viable(path, path[max(0, path.index(part) - 1)], container)
    position = int(part)
    if position - len(container) > 1_500_000:
        raise CommandError("CannotBackfillArray", "too many null elements to fill in", number=134)
    container.extend([None] * (position + 1 - len(container)))
    container[position] = value


def _not_viable(path: Path, part: str, container: Any) -> CommandError:
    shown = container if type(container) is list else {part: container.get(part)}
    return CommandError("PathNotViable", f"Cannot create field '{path[-1]}' in element {shown}")
