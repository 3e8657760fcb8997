"""Seed files: from YAML to entries that know their place in the file.

A file is a mapping with one list, named like the file; keys that begin with ``x-`` hold anchors to
merge from. Largest content tried: 20,000 entries.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from yaml.nodes import MappingNode, Node, SequenceNode

from desperados.engine.manifest.content import Kind
from desperados.seeding.composing import Unreadable, compose, value_of, what_is_wrong
from desperados.seeding.kinds import BY_NAME, KINDS
from desperados.seeding.problems import Problem

Step = str | int


@dataclass(slots=True, eq=False)
class Entry:
    """One entry of a seed file. ``data`` has stored names; ``key`` is its natural key as text."""

    kind: Kind
    key: str
    data: dict[str, Any]
    node: MappingNode

    def problem(self, message: str, *path: Step) -> Problem:
        """A problem of this entry, at the line of the field that ``path`` leads to."""
        field = ""
        for step in path:
            field += f"[{step}]" if isinstance(step, int) else f".{step}" if field else step
        return Problem(self.kind.file, _line(self.node, path), self.key, field or None, message)


World = dict[str, dict[str, Entry]]
"""All entries, by kind and key."""


def read_world(directory: Path) -> tuple[World, list[Problem]]:
    """The entries under ``directory``, and what keeps them from being all.

    A kind without a file has no entries.
    """
    world: World = {kind.name: {} for kind in KINDS}
    if not directory.is_dir():
        wrong = "a file, not a folder" if directory.is_file() else "there is no such folder"
        return world, [Problem(str(directory), 0, None, None, wrong)]
    problems: list[Problem] = []
    files = sorted((*directory.glob("*.yaml"), *directory.glob("*.yml")))
    if not files:
        problems.append(Problem(str(directory), 0, None, None, "the folder holds no seed files"))
    for path in files:
        kind = BY_NAME.get(path.stem)
        if kind is None or path.name != kind.file:
            names = ", ".join(known.file for known in KINDS)
            problems.append(
                Problem(path.name, 1, None, None, f"no kind has this file name; known: {names}")
            )
        else:
            problems += _read(path, kind, world[kind.name])
    return world, problems


def _read(path: Path, kind: Kind, entries: dict[str, Entry]) -> Iterator[Problem]:
    """Fill ``entries`` from one file."""

    def wrong(message: str, node: Node | None = None) -> Problem:
        line = 1 if node is None else node.start_mark.line + 1
        return Problem(kind.file, line, None, None, message)

    try:
        root = compose(path)
    except Unreadable as error:
        yield error.problem
        return
    if not isinstance(root, MappingNode):
        yield wrong(f"a mapping with the list {kind.name!r} is needed", root)
        return
    listed: Node | None = None
    for name, value in root.value:
        if name.value == kind.name:
            listed = value
        elif not str(name.value).startswith("x-"):
            yield wrong(f"unknown key {name.value!r}: {kind.name!r} and x-... are known", name)
    if not isinstance(listed, SequenceNode):
        yield wrong(f"the list {kind.name!r} is missing", listed or root)
        return
    problems = what_is_wrong(root, kind.file)
    yield from problems
    if not problems:
        yield from _enter(value_of(root)[kind.name], listed, kind, entries)


def _enter(
    found: list[Any], listed: SequenceNode, kind: Kind, entries: dict[str, Entry]
) -> Iterator[Problem]:
    """Fill ``entries`` from the list of a file."""

    def wrong(message: str, node: Node) -> Problem:
        return Problem(kind.file, node.start_mark.line + 1, None, None, message)

    for position, (data, node) in enumerate(zip(found, listed.value, strict=True), 1):
        if not isinstance(data, dict) or not isinstance(node, MappingNode):
            yield wrong(f"entry {position} is not a mapping", node)
            continue
        missing = [field for field in kind.key if not _is_key(data.get(field))]
        if missing:
            yield wrong(f"entry {position} has no {' and '.join(missing)}", node)
            continue
        key = "/".join(_key_text(data[field]) for field in kind.key)
        entry = Entry(kind, key, data, node)
        if key in entries:
            first = entries[key].node.start_mark.line + 1
            yield entry.problem(f"the same key as in line {first}")
        else:
            entries[key] = entry


def _is_key(value: Any) -> bool:
    return isinstance(value, datetime) or (isinstance(value, str) and bool(value))


def _key_text(value: str | datetime) -> str:
    return value.isoformat() if isinstance(value, datetime) else value


def _line(node: Node, path: tuple[Step, ...]) -> int:
    """The line of the field that ``path`` leads to, or of the last step that the file has."""
    line = node.start_mark.line
    for step in path:
        found: tuple[Node, Node] | None = None
        if isinstance(node, MappingNode) and isinstance(step, str):
            # Merged fields stand before the entry's own, so the last one counts.
            found = next(((k, v) for k, v in reversed(node.value) if k.value == step), None)
        elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
            found = (node.value[step], node.value[step])
        if found is None:
            break
        line = found[0].start_mark.line
        node = found[1]
    return line + 1
