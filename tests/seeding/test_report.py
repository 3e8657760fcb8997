"""What a person sees of a load."""

import io

from rich.console import Console

from desperados.seeding import Counts, Problem, Summary
from desperados.seeding.report import print_problems, print_summary, progress_bars


def terminal() -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(file=text, width=60, force_terminal=False), text


def test_the_summary_counts_by_kind_and_in_all() -> None:
    console, text = terminal()
    print_summary(console, Summary({"items": Counts(3, 1, 2), "npcs": Counts(0, 0, 5)}))
    lines = [line.replace("│", " ").split() for line in text.getvalue().splitlines()]
    assert ["items", "3", "1", "2"] in lines
    assert ["total", "3", "1", "7"] in lines


def test_problems_are_printed_as_they_are_with_their_number() -> None:
    console, text = terminal()
    problem = Problem("items.yaml", 9, "badge", "tags[0]", "input should be [x] " + "long " * 20)
    print_problems(console, [problem])
    assert text.getvalue() == f"{problem}\n1 problem; nothing was loaded\n"


def test_progress_bars_take_what_seed_tells() -> None:
    console, _ = terminal()
    with progress_bars(console) as progress:
        progress("items", 500, 900)
        progress("items", 900, 900)
