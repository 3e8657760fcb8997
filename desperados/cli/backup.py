"""``desperados backup``: a copy of the file of a world, also of one that is being served."""

from __future__ import annotations

from pathlib import Path

from rich.progress import BarColumn, TaskProgressColumn, TextColumn

from desperados.cli.console import output, progress
from desperados.embedded import DiskFull, EmbeddedError, back_up
from desperados.engine.errors import ConfigurationError, StorageFull


def back_up_world(source: Path, target: Path, *, salvage: bool) -> None:
    """Copy the world and say what is in the copy.

    Raises:
        ConfigurationError: there is no world, it is damaged, or the copy cannot be written.
        StorageFull: there is no space for the copy.
    """
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn())
    with progress(*columns) as bars:
        tasks = {what: bars.add_task(what, total=None) for what in ("copying", "verifying")}
        try:
            documents = back_up(
                source,
                target,
                lambda what, done, of: bars.update(tasks[what], completed=done, total=of),
                salvage=salvage,
            )
        except DiskFull as error:
            raise StorageFull(str(error)) from error
        except EmbeddedError as error:
            raise ConfigurationError(str(error)) from error
    output.print(f"{target}: {documents:,} documents, every checksum compared.", soft_wrap=True)
