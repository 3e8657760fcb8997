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
    """The error classes that a docstring names: what its module knows by the name, else the error
    of its domain, else any game error. Errors of one name share their code, so that it only matters
    which is meant if their statuses differ.

    Raises:
        LookupError: a name is no game error, or several of different statuses.
    """
    function = inspect.unwrap(function)
    return [_resolve(function, name) for name in names]


def _resolve(function: Callable[..., Any], name: str) -> type[GameError]:
    known = function.__globals__.get(name)
    errors = [known] if known is not None else _game_errors(name)
    errors = [e for e in errors if isinstance(e, type) and issubclass(e, GameError)]
    own = [e for e in errors if domain_of(e) == domain_of(function)]
    chosen = own or errors
    if len({error.status for error in chosen}) != 1:
        raise LookupError(
            f"{function.__module__}.{function.__name__} says that it raises {name}: "
            f"{'errors of several statuses have this name' if chosen else 'that is no GameError'}."
        )
    return chosen[0]


def domain_of(thing: Any) -> str:
    """The part of the package that a function or class is of: ``economy``."""
    parts: list[str] = thing.__module__.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def _game_errors(name: str) -> list[type[GameError]]:
    def below(parent: type[GameError]) -> set[type[GameError]]:
        return {parent}.union(*(below(child) for child in parent.__subclasses__()))

    found = [error for error in below(GameError) if error.__name__ == name]
    return sorted(found, key=lambda error: error.__module__)
