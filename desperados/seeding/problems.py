"""What is wrong with seed files, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desperados.engine.errors import GameError


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. ``line`` counts from 1, 0 is the whole of ``file``; ``entry`` is a natural
    key, ``field`` a path."""

    file: str
    line: int
    entry: str | None
    field: str | None
    message: str

    def __lt__(self, other: Problem) -> bool:
        return self._place < other._place

    @property
    def _place(self) -> tuple[str, int, str, str, str]:
        return self.file, self.line, self.entry or "", self.field or "", self.message

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        parts = (where, self.entry, self.field, self.message)
        return ": ".join(part for part in parts if part)


class BrokenSeeds(GameError):
    """The seed files are broken; nothing was loaded."""

    status = 422

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        first = str(self.problems[0])
        more = len(self.problems) - 1
        super().__init__(
            first + (f" (and {more} more)" if more else ""),
            problems=[str(problem) for problem in self.problems],
        )
