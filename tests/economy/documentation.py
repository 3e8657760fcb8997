"""The page ``docs/economy.md``: its examples, which are tried, and its table, which is derived.

    python -m tests.economy.documentation      # writes the table anew

An example is a block of the language ``http``: a request line, perhaps a body, the status, and a
part of the answer. ``{name}`` in a request stands for what an earlier answer had in its place.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desperados.api.operations.operation import Operation, derive
from desperados.api.routes import ROUTES

PAGE = Path(__file__).parents[2] / "docs" / "economy.md"
OPENS, CLOSES = "<!-- derived: routes -->", "<!-- end -->"
DOMAINS = ("economy", "inventory")


@dataclass(frozen=True)
class Example:
    """One request of the page and what it answers. ``line`` is where it begins."""

    line: int
    method: str
    path: str
    body: Any
    status: int
    answer: Any

    def __str__(self) -> str:
        return f"line {self.line}: {self.method} {self.path}"

    def shows(self, operation: Operation) -> bool:
        """Whether this is an example of a route."""
        route = operation.route
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(route.path))
        path = self.path.partition("?")[0]
        return self.method == route.method and re.fullmatch(pattern, path) is not None


def examples() -> list[Example]:
    """All examples of the page, in their order."""
    return list(_examples(PAGE.read_text()))


def _examples(text: str) -> Iterator[Example]:
    for block in re.finditer(r"^```http\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        line = text[: block.start()].count("\n") + 2
        request, status, answer = re.split(r"^(\d{3})$", block.group(1), flags=re.MULTILINE)
        first, _, body = request.partition("\n")
        method, path = first.split()
        yield Example(
            line,
            method,
            path,
            json.loads(body) if body.strip() else None,
            int(status),
            json.loads(answer) if answer.strip() else None,
        )


@functools.cache
def operations() -> list[Operation]:
    """The routes of the page: those of money and goods."""
    return [
        operation for operation in map(derive, ROUTES) if operation.name.split(".")[0] in DOMAINS
    ]


def reference() -> str:
    """The table of routes, errors and who may call."""
    lines = ["| Route | What it does | For | Errors |", "|---|---|---|---|"]
    for operation in operations():
        errors = ", ".join(f"`{error.code}`" for error in operation.errors)
        route = operation.route
        lines.append(
            f"| `{route.method} {route.path}` | {operation.doc.summary} | "
            f"{route.access.name.lower()} | {errors or '-'} |"
        )
    return "\n".join(lines)


def written_reference() -> str:
    """The table as the page has it."""
    text = PAGE.read_text()
    return text[text.index(OPENS) + len(OPENS) : text.index(CLOSES)].strip()


def main() -> None:
    """Write the table anew."""
    text = PAGE.read_text()
    before, after = text[: text.index(OPENS) + len(OPENS)], text[text.index(CLOSES) :]
    PAGE.write_text(f"{before}\n{reference()}\n{after}")


if __name__ == "__main__":
    main()
