"""What crime refuses."""

from __future__ import annotations

from desperados.engine.errors import Conflict, Forbidden, InvalidInput, LimitExceeded, NotFound


class NoMoreEscapes(Conflict):
    """From one sentence there are three attempts at an escape."""


class NoMoreLabour(Conflict):
    """All the work of this sentence is done."""


class BribeTooSmall(InvalidInput):
    """For less nobody looks away."""


class NothingToHide(Conflict):
    """Nobody is looking for this character."""


class NoHidingPlace(Conflict):
    """There is nowhere to lie low here."""


class NotDisguised(Conflict):
    """The character wears no disguise."""


class SelfTarget(Conflict):
    """That is the same character, or another one of the same player."""


class TargetTooGreen(Conflict):
    """For beginners nobody pays a price."""


class PriceOutOfRange(InvalidInput):
    """Nobody pays so little, or so much at once, for a head."""


class PriceTooHigh(LimitExceeded):
    """So much is not paid for one head."""


class TooManyPrices(LimitExceeded):
    """So many people pay for this head already that no more are taken."""


class BountyNotFound(NotFound):
    """There is no such price on a head, or it is not this character's."""


class BountyClosed(Conflict):
    """The price was paid or taken back."""


class TooSoon(Conflict):
    """A price stands for a day at least."""


class NotThere(Conflict):
    """They are not at one place."""


class NotArrestable(Conflict):
    """The law does not want this character enough for anybody to arrest it."""


class NoLawfulHand(Forbidden):
    """Whoever is wanted at 3 and more arrests nobody."""


class SameGang(Conflict):
    """Nobody turns in one of the own gang."""


class CrimeNotFound(NotFound):
    """There is no such crime."""


class NoCrowd(Conflict):
    """There is nobody here whose pockets could be picked."""


class SightingNotFound(NotFound):
    """There is no such account, or it is not this character's."""


class SightingClosed(Conflict):
    """The law knows it already, or never will."""


class OneOfUs(Conflict):
    """Nobody gives away one of the own player or gang."""
