"""What a simulation is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from desperados.engine.errors import InvalidInput

MOVES_A_DAY = 24  # of one character, on the mean
MOST_CHARACTERS = 1_000
MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Setup:
    """A simulation of ``days`` (parts of a day, too) with so many ``characters``.

    ``faults`` is the share of commands that meet a fault, 0 to 1. ``dollars`` is what each
    character gets at its first start, beyond what everybody begins with, for as long as bots find
    too little work to live by.

    Raises:
        InvalidInput: a number is out of its range.
    """

    seed: int = 1
    days: float = 2
    characters: int = 20
    faults: float = 0
    dollars: int = 1_000

    def __post_init__(self) -> None:
        for name, value, least, most in (
            ("days", self.days, 0, MOST_DAYS),
            ("characters", self.characters, 1, MOST_CHARACTERS),
            ("faults", self.faults, 0, 1),
            ("dollars", self.dollars, 0, 1_000_000),
        ):
            if not least <= value <= most:
                raise InvalidInput(f"{name} is {least} to {most}.", path=name)

    @property
    def length(self) -> timedelta:
        """How much time passes in the world."""
        return timedelta(days=self.days)

    @property
    def between_moves(self) -> float:
        """Seconds from one move to the next, on the mean."""
        return timedelta(days=1).total_seconds() / (self.characters * MOVES_A_DAY)
