"""What the shapes of play refuse."""

from __future__ import annotations

from desperados.engine.errors import Conflict, GameError, InvalidInput, NotFound


class UnknownPurpose(GameError):
    """No domain has registered this name; a fault of whoever opens it."""


class GameNotFound(NotFound):
    """There is no such game, or the character has no seat in it."""


class GameOver(Conflict):
    """The game is over."""


class GameRunning(Conflict):
    """The game is not over: its seed is not told yet."""


class GameMoved(Conflict):
    """The game has gone on meanwhile; look at it again."""


class NotYourTurn(Conflict):
    """It is not this seat's turn."""


class IllegalMove(InvalidInput):
    """The rules do not allow this move now."""


class QuestionNotFound(NotFound):
    """There is no such question, or it is somebody else's."""


class QuestionClosed(Conflict):
    """The question was answered, or its time is over and the answer is what happens by itself."""


class UnknownOption(InvalidInput):
    """The question has no such option."""


class OfferNotFound(NotFound):
    """There is no such offer, or it is not the character's to answer."""


class OfferClosed(Conflict):
    """The offer was answered, withdrawn or used, or its time is over."""


class AlreadyOffered(Conflict):
    """The same was offered to the same character and is not answered yet."""


class TooManyOffers(Conflict):
    """A character makes a limited number of offers at a time; withdraw one first."""


class SelfOffer(InvalidInput):
    """Nobody makes an offer to itself, or to another character of the same account."""


class NotReady(Conflict):
    """It is not finished yet."""


class AlreadyCollected(Conflict):
    """It was collected or called off before."""


class CrewIncomplete(Conflict):
    """Too few have agreed to take part."""


class ContestNotFound(NotFound):
    """There is no such contest."""


class EntriesClosed(Conflict):
    """Entries are closed."""


class WrongStage(Conflict):
    """The contest is at another stage."""


class ContestFull(Conflict):
    """All places are taken."""


class AlreadyEntered(Conflict):
    """The character, or another one of its account, takes part already."""


class NotEntered(Conflict):
    """The character does not take part."""
