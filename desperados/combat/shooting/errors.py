"""What shooting contests refuse."""

from __future__ import annotations

from desperados.engine.errors import Conflict, InvalidInput, NotFound


class ShootingNotFound(NotFound):
    """There is no such contest."""


class TemplateNotFound(NotFound):
    """There is no contest of this name."""


class WrongWeapon(Conflict):
    """The character carries no unbroken weapon of this name, or may not shoot with it here."""


class NotAtTheRange(Conflict):
    """It is shot elsewhere."""


class NotShooting(Conflict):
    """The character does not, or no longer, shoot in this contest."""


class RoundClosed(Conflict):
    """This round is not open."""


class StaleShot(Conflict):
    """This is not the character's next shot; look at it again."""


class NoSuchTarget(InvalidInput):
    """There is no such target in this round."""


class InvalidContest(InvalidInput):
    """A contest cannot be held like this."""


class ShootingOver(Conflict):
    """The contest is over, or was cancelled."""
