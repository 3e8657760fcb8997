"""What the API itself refuses, before any service is asked."""

from __future__ import annotations

from desperados.engine.errors import (
    GameError,
    InvalidInput,
    NotFound,
    RateLimited,
    Unavailable,
)


class MalformedRequest(GameError):
    """The request is not HTTP as it should be."""

    status = 400


class MalformedJson(MalformedRequest):
    """The body is not a JSON object."""


class NestedTooDeep(MalformedRequest):
    """The body is nested deeper than any request needs."""


class RequestLineTooLong(MalformedRequest):
    """The request line or a header is longer than the server takes."""

    status = 431


class IdempotencyKeyMissing(MalformedRequest):
    """This command needs an Idempotency-Key header."""


class UnknownPath(NotFound):
    """There is nothing at this address; see /docs."""


class MethodNotAllowed(GameError):
    """This address does not take this method."""

    status = 405


class RequestTooSlow(GameError):
    """The request was not complete in time."""

    status = 408


class BodyTooLarge(GameError):
    """The body is larger than the server takes."""

    status = 413


class UnsupportedMediaType(GameError):
    """The body must be plain application/json in UTF-8."""

    status = 415


class ExpectationFailed(GameError):
    """The only expectation that is met is 100-continue."""

    status = 417


class UpgradeNeeded(GameError):
    """This address is a WebSocket; the subprotocol, if any is offered, is desperados.v1."""

    status = 426


class TooManySockets(RateLimited):
    """You have too many sockets open; close one first."""


class TooManyConnections(RateLimited):
    """Your address has too many connections open; close one first."""


class ServerFull(Unavailable):
    """The server has as many connections as it takes."""


class ClientGone(GameError):
    """The client hung up; nobody reads this answer."""

    status = 499


class TookTooLong(Unavailable):
    """The answer took too long; ask again with the same idempotency key to learn what happened."""


class NotReady(Unavailable):
    """The server does not take requests now."""


class UnusableValue(InvalidInput):
    """A value that no part of the game can hold."""
