"""How a load looks on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bars
from rich.table import Table

from desperados.seeding.loader import Progress, Summary
from desperados.seeding.problems import Problem


@contextmanager
def progress_bars(console: Console) -> Iterator[Progress]:
    """A bar for each kind while the block runs; hand the result to ``seed(progress=...)``."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    # Only for whoever watches: elsewhere it would leave an empty line.
    with Bars(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        tasks = {}

        def advance(kind: str, done: int, total: int) -> None:
            if kind not in tasks:
                tasks[kind] = bars.add_task(kind, total=total)
            bars.update(tasks[kind], completed=done)

        yield advance


def print_summary(console: Console, summary: Summary) -> None:
    """A table of what was created, changed and left alone."""
    table = Table("kind", "created", "changed", "unchanged", show_footer=True)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, counts in summary.kinds.items():
        table.add_row(name, str(counts.created), str(counts.changed), str(counts.unchanged))
    total = summary.total
    footers = ("total", str(total.created), str(total.changed), str(total.unchanged))
    for column, footer in zip(table.columns, footers, strict=True):
        column.footer = footer
    console.print(table)


def print_problems(console: Console, problems: Sequence[Problem]) -> None:
    """One line for each problem, as compilers write them, and how many there are."""
    for problem in problems:
        console.print(str(problem), markup=False, emoji=False, highlight=False, soft_wrap=True)
    count = len(problems)
    console.print(f"{count} problem{'' if count == 1 else 's'}; nothing was loaded", style="red")
