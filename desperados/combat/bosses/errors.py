"""What bosses refuse."""

from __future__ import annotations

from desperados.engine.errors import Conflict, InvalidInput, NotFound


class BossNotFound(NotFound):
    """There is no such boss."""


class FoughtAlone(Conflict):
    """Whoever meets this boss meets it alone."""


class PartyFull(Conflict):
    """No more can come along against this boss."""


class SameAccount(InvalidInput):
    """Another character of that account comes along already."""


class BossAway(Conflict):
    """The boss is not there for this character yet; it was fought a while ago only."""


class MemberNotReady(Conflict):
    """One of the party cannot begin this fight now.

    ``character`` is who, and ``reason`` the code of what it would be refused with itself.
    """
