"""Domain events: what has happened, told to whom it concerns, once it is committed.

    push(Outbid(listing_id=..., new_bid=..., refunded=...), to=bidder)   # in a transaction
    broadcast(RatesMoved(...))

    async for message in events.listen(character_id):
        print(message.event, message.data)

What is pushed in a transaction leaves together after its commit, and is forgotten with it. No
command waits for that or fails by it: events travel through Redis (``engine.pubsub``) and may be
lost with it. They say what changed a moment ago; what is so is in the database.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar, Self

from bson import ObjectId
from pydantic import SerializeAsAny

from desperados.engine import clock
from desperados.engine.ambient import current_transaction
from desperados.engine.errors import GameError
from desperados.engine.game import Game, current_game
from desperados.engine.live.pubsub import Feed, Letter
from desperados.engine.transactions import after_commit
from desperados.engine.views import View

EVERYBODY = "everybody"


class Event(View):
    """Base of all events: small, frozen, camelCase outside. ``event`` is the name that clients
    know it by, "<domain>:<what happened>"."""

    event: ClassVar[str]


class PublicEvent(Event):
    """An event that everybody may know, and gets."""


class Signal(Event):
    """What processes tell each other; no player gets it."""


class Message(View):
    """An event as it arrives: its name, when it was committed, and its fields."""

    event: str
    at: datetime
    data: dict[str, Any]


class _Outgoing(View):
    event: str
    at: datetime
    data: SerializeAsAny[Event]


def push(event: Event, to: ObjectId) -> None:
    """Tell ``event`` to one character (or, a signal, about one user) after the commit.

    Raises:
        GameError: no transaction is open.
    """
    _push(event, str(to))


def broadcast(event: PublicEvent) -> None:
    """Tell ``event`` to everybody after the commit.

    Raises:
        GameError: no transaction is open.
    """
    _push(event, EVERYBODY)


def _push(event: Event, subject: str) -> None:
    transaction = current_transaction()
    if transaction is None:
        raise GameError("An event was pushed outside a transaction.")
    if not transaction.events:
        after_commit(_send, transaction.game, transaction.events)
    transaction.events.append((subject, event))


def _send(game: Game, pushed: Sequence[tuple[str, Event]]) -> None:
    """What one commit has pushed, in one go.

    The stand-in for Redis is this process's own: whom nobody here listens to, nobody does. What
    other processes hear is not known, so that everything goes to a real one.
    """
    alone = game.settings.redis_url is None
    at = clock.now()
    letters = [
        Letter(
            subject,
            _Outgoing(event=event.event, at=at, data=event).model_dump_json(by_alias=True),
        )
        for subject, event in pushed
        if not alone or game.hub.hears(subject)
    ]
    if letters:
        game.outbox.put(letters)


Wanted = Callable[[str], Awaitable[bool]]
"""Whether who listens wants to hear a message, which is JSON that begins with the event's name."""


def listen(subject: ObjectId, *, public: bool = True, wanted: Wanted | None = None) -> Stream:
    """The events of a character from now on; with ``public``, those of everybody as well. What is
    not ``wanted`` is left out.

    ``async for`` opens and closes it. ``async with`` says when: once it is entered, nothing that is
    committed afterwards is missed.
    """
    subjects = (str(subject), EVERYBODY) if public else (str(subject),)
    return Stream(Feed(current_game().hub, subjects), wanted)


class Stream:
    """Events as they come, gapless and in the order of their publication, until it ends."""

    def __init__(self, feed: Feed, wanted: Wanted | None = None) -> None:
        self._feed = feed
        self._wanted = wanted
        self._open = False

    async def __aenter__(self) -> Self:
        """Begin to listen.

        Raises:
            Unavailable: Redis does not answer.
        """
        await self._feed.__aenter__()
        self._open = True
        return self

    async def __aexit__(self, *_: object) -> None:
        self._open = False
        await self._feed.__aexit__()

    async def __aiter__(self) -> AsyncIterator[Message]:
        async with contextlib.nullcontext() if self._open else self:
            while True:
                yield Message.model_validate_json(await self.text())

    async def text(self) -> str:
        """The next message as JSON, when it comes.

        Raises:
            FellBehind: too many were waiting.
            Interrupted: some may have been lost.
        """
        while True:
            text = await self._feed.next()
            if self._wanted is None or await self._wanted(text):
                return text
