"""Where the commands write: the two consoles, on which every text shows itself.

Names, notes and errors come from players and from other programs. On a console of the library's
own `[/bold]` would be markup, `:skull:` a picture, and an escape character could move the cursor;
here all three are printed as what they are. Colours are given as styles, never as markup.
"""

from __future__ import annotations

import os
from typing import Any

from rich.console import Console
from rich.progress import Progress, ProgressColumn, SpinnerColumn, TextColumn
from rich.text import Text

from desperados.cli.exits import READER_GONE, Verdict


def visible(text: str) -> str:
    """The text in one line, with what has no shape of its own as Python would write it (`\\x1b`):
    control characters, those that turn the direction of writing, ends of lines."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class Terminal(Console):
    """A console that takes no text for an instruction."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """Every text that is printed, in a table or by itself, comes through here."""
        return super().render_str(visible(text), **options)

    def on_broken_pipe(self) -> None:
        """Whoever read has gone: nothing is left to say, and nothing was found wrong."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())
        raise Verdict(READER_GONE)


output = Terminal()
errors = Terminal(stderr=True)


def styled(text: str, style: str) -> Text:
    """A text in a colour, as a part of a line or as a cell."""
    return Text(visible(text), style)


def tell(kind: str, reason: str) -> None:
    """Say in one line why a command ended."""
    errors.print(styled(kind, "red").append(": ", ""), reason, sep="", soft_wrap=True)


def count(number: int, text: str | None = None) -> Text:
    """How much is wrong: green for nothing, red for anything."""
    return styled(text or f"{number:,}", "red" if number else "green")


def progress(*columns: ProgressColumn) -> Progress:
    """What goes on, while it goes on, for whoever watches: nothing of it is left, or in a log."""
    return Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal)


def spinner() -> Progress:
    """Progress of work of which nobody knows how much it is."""
    return progress(SpinnerColumn(), TextColumn("{task.description}", markup=False))
