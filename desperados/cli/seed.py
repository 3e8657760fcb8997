"""``desperados seed``: check and load the content."""

from __future__ import annotations

from pathlib import Path

import desperados
from desperados.cli.console import errors, output
from desperados.cli.exits import NOT_IN_ORDER
from desperados.seeding.loader import check as check_files
from desperados.seeding.loader import seed
from desperados.seeding.problems import BrokenSeeds
from desperados.seeding.report import print_problems, print_summary, progress_bars


async def seed_world(url: str | None, directory: Path | None, *, check: bool) -> int:
    """Load the seeds into the world at ``url``, or only check them."""
    if check:
        problems = check_files(directory)
        if problems:
            print_problems(errors, problems)
            return NOT_IN_ORDER
        output.print("The seeds are in order.", style="green")
        return 0
    async with desperados.connect(url):
        return await load(directory)


async def load(directory: Path | None, *, quiet: bool = False) -> int:
    """Load into the current game and print the summary; when ``quiet``, one line."""
    try:
        with progress_bars(errors) as progress:
            summary = await seed(directory, progress=progress)
    except BrokenSeeds as broken:
        print_problems(errors, broken.problems)
        return NOT_IN_ORDER
    if quiet:
        total = summary.total
        output.print(
            f"Seeds: {total.created:,} created, {total.changed:,} changed, "
            f"{total.unchanged:,} unchanged."
        )
    else:
        print_summary(output, summary)
    return 0
