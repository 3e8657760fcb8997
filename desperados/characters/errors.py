"""What the characters refuse."""

from __future__ import annotations

from desperados.engine.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    RateLimited,
    Unavailable,
)


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


class CharacterNotFound(NotFound):
    """There is no such character."""


class CharacterUnavailable(Conflict):
    """The character is dead, in jail, fighting, banned or blocked, and cannot take part in this."""


class TradeLocked(Forbidden):
    """The staff have locked this character's trade for a while: it may look, and take back what is
    its own."""


class TooNew(Conflict):
    """This character is too young to let money or goods pass to other players."""


class TooManyEffects(Conflict):
    """A character has at most 24 effects at a time."""
