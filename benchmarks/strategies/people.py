"""With characters that are made to be deleted. What a newcomer is given to start with is no gain:
everybody is."""

from __future__ import annotations

from random import Random

from desperados.characters.rules import BASE_SLOTS, STARTING_DOLLARS, starting_dollars
from strategies.play import Strategy

ROUNDS = 50


class Account:
    """An account and what its rules give it. ``purse`` is what its owner has brought aside."""

    def __init__(self) -> None:
        self.given = 0
        self.purse = 0

    def make(self) -> int:
        """A new character; what it has to start with."""
        dollars = starting_dollars(BASE_SLOTS, self.given)
        self.given += dollars
        return dollars

    def delete(self, dollars: int) -> None:
        """A character goes, and so much leaves the world with it."""
        self.given -= min(self.given, dollars)


def straws(passed: int) -> Strategy:
    """Make a character, let it overpay a listing of a friend with so much, delete it, again."""

    def play(_chance: Random) -> float:
        account = Account()
        for _ in range(ROUNDS):
            dollars = account.make()
            gift = min(passed, dollars)
            account.purse += gift
            account.delete(dollars - gift)
        return account.purse - BASE_SLOTS * STARTING_DOLLARS

    return Strategy(f"{ROUNDS} straw characters that pass on {passed} dollars each", play)


def sponsored() -> Strategy:
    """Somebody pays a straw that is deleted, so that its grant is given again."""

    def play(_chance: Random) -> float:
        account = Account()
        for _ in range(ROUNDS):
            account.purse += account.make()
            account.purse -= STARTING_DOLLARS
            account.delete(STARTING_DOLLARS)
        return account.purse - BASE_SLOTS * STARTING_DOLLARS

    return Strategy(f"{ROUNDS} straw characters that die with money of others", play)


STRATEGIES = (straws(100), straws(99), straws(50), straws(1), sponsored())
