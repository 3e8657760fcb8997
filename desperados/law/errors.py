"""What the law refuses."""

from __future__ import annotations

from desperados.engine.errors import Conflict


class NotJailed(Conflict):
    """This character serves no sentence."""


class NoBail(Conflict):
    """For this deed nobody is let go for money."""


class BailChanged(Conflict):
    """The bail is higher than what was expected; look again."""


class NotWanted(Conflict):
    """The law wants nothing of this character."""


class NotAtOffice(Conflict):
    """This is done at a sheriff's office."""
