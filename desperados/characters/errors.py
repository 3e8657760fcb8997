"""What the characters refuse."""

from __future__ import annotations

from desperados.economy.errors import CharacterNotFound
from desperados.engine.errors import Conflict, InvalidInput, RateLimited, Unavailable

__all__ = [
    "CharacterBusy",
    "CharacterNotFound",
    "ConfirmationMismatch",
    "InvalidName",
    "NameTaken",
    "SlotLimit",
    "TooManyCreations",
    "WorldNotSeeded",
]


class InvalidName(InvalidInput):
    """A name is 3 to 20 letters, digits, spaces, apostrophes or hyphens, not a reserved word."""


class ConfirmationMismatch(InvalidInput):
    """To delete a character, repeat its name."""


class NameTaken(Conflict):
    """Another character has this name, or one that looks the same."""


class SlotLimit(Conflict):
    """All character slots of this account are in use."""


class CharacterBusy(Conflict):
    """The character must first finish or leave what it is in."""


class TooManyCreations(RateLimited):
    """Too many characters were made in a short time."""


class WorldNotSeeded(Unavailable):
    """The world has no content yet: run `desperados seed`."""
