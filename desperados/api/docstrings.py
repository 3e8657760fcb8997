"""Reads the docstrings of service functions: they are the API's documentation too.

    First line: the summary.

    Paragraphs: the description.

    Raises:
        InsufficientFunds: the sender holds less than ``amount``.

An indented line deeper than the name goes on with the sentence above.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from desperados.engine.errors import GameError

_RAISES = "Raises:"
_ENTRY = re.compile(r"^ {4}(\w+): (.*)$")


@dataclass(frozen=True, slots=True)
class Docstring:
    """The parts of a docstring; ``raises`` maps the name of an error to when it is raised."""

    summary: str
    description: str = ""
    raises: dict[str, str] = field(default_factory=dict)


def parse(text: str) -> Docstring:
    """Split a docstring into its parts."""
    prose, _, errors = inspect.cleandoc(text).partition(f"\n{_RAISES}")
    summary, _, description = prose.partition("\n\n")
    return Docstring(" ".join(summary.split()), description.strip(), _entries(errors))


def _entries(block: str) -> dict[str, str]:
    entries: dict[str, str] = {}
    name = None
    for line in block.splitlines():
        entry = _ENTRY.match(line)
        if entry is not None:
            name = entry[1]
            entries[name] = entry[2].strip()
        elif name is not None and line.startswith("     "):
            entries[name] += " " + line.strip()
        elif line.strip():
            break
    return entries


def resolve_errors(function: Callable[..., Any], names: list[str]) -> list[type[GameError]]:
    """The error classes that a docstring names: those its module knows, else any game error.

    Raises:
        LookupError: a name is no game error, or several and the module imports none of them.
    """
    known = inspect.unwrap(function).__globals__
    resolved = []
    for name in names:
        candidates = [known[name]] if name in known else _game_errors(name)
        errors = [c for c in candidates if isinstance(c, type) and issubclass(c, GameError)]
        if len(errors) != 1:
            raise LookupError(
                f"{function.__module__}.{function.__name__} says that it raises {name}: "
                f"{'that is no GameError' if not errors else 'several errors have this name'}."
            )
        resolved.append(errors[0])
    return resolved


def _game_errors(name: str) -> list[type[GameError]]:
    def below(parent: type[GameError]) -> set[type[GameError]]:
        return {parent}.union(*(below(child) for child in parent.__subclasses__()))

    return [error for error in below(GameError) if error.__name__ == name]
