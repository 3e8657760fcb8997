"""What hunting refuses."""

from __future__ import annotations

from desperados.engine.errors import Conflict, NotFound


class HunterNotFound(NotFound):
    """There is no such hunter of the land."""


class NotHireable(Conflict):
    """Nobody hires this one: he rides for the law."""


class NoPriceWorthIt(Conflict):
    """On that head lies less than this hunter rides for."""


class AlreadyHunted(Conflict):
    """This hunter is after that character already, or after another one for the same employer."""


class TooManyHunters(Conflict):
    """Three hunters are after that character; a fourth would find no room at the door."""


class HireChanged(Conflict):
    """The hunter costs more than was agreed to: what lies on the head has grown."""


class HuntNotFound(NotFound):
    """There is no such hunt, or somebody else pays for it."""


class HuntClosed(Conflict):
    """The hunt is over, or half of its time is."""


class OutlawNotFound(NotFound):
    """There is no such outlaw."""


class ContractOpen(Conflict):
    """One contract at a time: end the other one first."""


class TargetGone(Conflict):
    """This outlaw lies low: a day after a contract on it there is another one for the hunter."""


class NoContract(Conflict):
    """The hunter has no contract that runs."""


class TrailWaits(Conflict):
    """Something on the trail waits for a decision (``questions``)."""


class NotReady(Conflict):
    """The outlaw is not found yet."""
