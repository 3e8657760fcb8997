"""``desperados migrate``: stored data and indexes, forward and back."""

from __future__ import annotations

from rich.table import Table

import desperados
from desperados.cli.console import output, spinner
from desperados.cli.exits import NOT_IN_ORDER
from desperados.migrations import MIGRATIONS
from desperados.ops import index_changes, migrations
from desperados.ops.migrations import Outcome


async def show_status(url: str | None) -> int:
    """Print where every migration and every index stands; 1 if anything is left to do."""
    async with desperados.connect(url, create_indexes=False):
        states = await migrations.status(MIGRATIONS)
        changes = await index_changes.planned_index_changes()
    table = Table("version", "migration", "state")
    for state in states:
        table.add_row(str(state.version), state.name, state.state)
    output.print(table)
    _print_changes(changes)
    left = [s for s in states if s.state != "applied"]
    needed = [c for c in changes if c.action != "drop"]
    return NOT_IN_ORDER if left or needed else 0


async def go_up(url: str | None, *, dry_run: bool, drop_indexes: bool) -> None:
    """Apply what is pending, then make the indexes as declared."""
    async with desperados.connect(url, create_indexes=False):
        with spinner() as progress:
            task = progress.add_task("migrating")
            outcomes = await migrations.up(
                MIGRATIONS,
                dry_run=dry_run,
                tell=lambda name, n: progress.update(task, description=f"{name}: {n:,}"),
            )
            if dry_run:
                changes = await index_changes.planned_index_changes()
            else:
                changes = await index_changes.apply_index_changes(drop=drop_indexes)
    _print_outcomes(outcomes, dry_run=dry_run)
    _print_changes(changes)


async def go_down(url: str | None, to: int, *, dry_run: bool) -> None:
    """Undo what is above version ``to``."""
    async with desperados.connect(url, create_indexes=False):
        with spinner() as progress:
            task = progress.add_task("migrating")
            outcomes = await migrations.down(
                MIGRATIONS,
                to,
                dry_run=dry_run,
                tell=lambda name, n: progress.update(task, description=f"{name}: {n:,}"),
            )
    _print_outcomes(outcomes, dry_run=dry_run)


def _print_outcomes(outcomes: list[Outcome], *, dry_run: bool) -> None:
    if not outcomes:
        output.print("No migration to run.")
        return
    table = Table("version", "migration", "direction", "examined", "changed", "refused")
    for outcome in outcomes:
        table.add_row(
            str(outcome.version),
            outcome.name,
            outcome.direction,
            f"{outcome.examined:,}",
            f"{outcome.changed:,}",
            f"{outcome.refused:,}",
        )
    output.print(table)
    if dry_run:
        output.print("Nothing was changed: this was a dry run.")


def _print_changes(changes: list[index_changes.IndexChange]) -> None:
    if not changes:
        output.print("The indexes are as declared.")
        return
    table = Table("index change", "collection", "index", "what it is")
    for change in changes:
        table.add_row(change.action, change.collection, change.index, str(change))
    output.print(table)
