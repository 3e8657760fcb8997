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

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from desperados.seeding.kinds import BY_NAME, KINDS, Kind
from desperados.seeding.problems import Problem

# libyaml parses ten times faster than Python, and both read the same language.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Step = str | int
_MERGE = "tag:yaml.org,2002:merge"


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
        line = _find(self.node, path).start_mark.line + 1
        return Problem(self.kind.file, line, self.key, field or None, message)


World = dict[str, dict[str, Entry]]
"""All entries, by kind and key."""


def read_world(directory: Path) -> tuple[World, list[Problem]]:
    """The entries under ``directory``, and what keeps them from being all.

    A kind without a file has no entries.
    """
    world: World = {kind.name: {} for kind in KINDS}
    if not directory.is_dir():
        return world, [Problem(str(directory), 0, None, None, "there is no such folder")]
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
        loader = _Loader(path.read_text("utf-8"))
        root = loader.get_single_node()
    except UnicodeDecodeError as error:
        yield wrong(f"not UTF-8: {error.reason} at byte {error.start}")
        return
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        context = f" {error.context}" if error.context else ""
        yield Problem(kind.file, line, None, None, f"not YAML: {error.problem}{context}")
        return
    except yaml.YAMLError as error:
        yield wrong(f"not YAML: {str(error).splitlines()[0]}")
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
    malformed = list(_malformed(root, kind))
    yield from malformed
    if malformed:
        return
    try:
        found = loader.construct_document(root)[kind.name]
    except (yaml.MarkedYAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        text = getattr(error, "problem", None) or str(error)
        yield Problem(kind.file, mark.line + 1 if mark else 1, None, None, f"not YAML: {text}")
        return
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


def _malformed(root: Node, kind: Kind) -> Iterator[Problem]:
    """Field names that are no text, and fields given twice, of which YAML would keep the last."""
    waiting, seen = [root], {id(root)}
    while waiting:
        node = waiting.pop()
        children: list[Node] = []
        if isinstance(node, SequenceNode):
            children = node.value
        elif isinstance(node, MappingNode):
            names = set()
            for name, value in node.value:
                children.append(value)
                text = name.value if isinstance(name, ScalarNode) else None
                line = name.start_mark.line + 1
                if text is None or not name.tag.endswith(":str"):
                    if name.tag != _MERGE:
                        yield Problem(kind.file, line, None, None, "a field name is not text")
                elif text in names:
                    yield Problem(kind.file, line, None, text, "the field is given twice")
                names.add(text)
        for child in children:
            if id(child) not in seen:
                seen.add(id(child))
                waiting.append(child)


def _find(node: Node, path: tuple[Step, ...]) -> Node:
    """The node that ``path`` leads to, or the last one on the way that the file has."""
    for step in path:
        following: Node | None = None
        if isinstance(node, MappingNode) and isinstance(step, str):
            # Merged fields stand before the entry's own, so the last one counts.
            following = next((v for k, v in reversed(node.value) if k.value == step), None)
        elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
            following = node.value[step]
        if following is None:
            return node
        node = following
    return node
