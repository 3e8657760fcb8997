"""What a character hears of its world."""

from __future__ import annotations

from bson import ObjectId

from desperados.characters.notices.hearing import Hearing
from desperados.engine.live.events import Stream, listen


def follow_events(actor: ObjectId) -> Stream:
    """The events of a character and those of everybody, from now on, over a WebSocket.

    Each text message is one event. It was committed before it is told, and events come in their
    order, but one may be lost when a server fails: read the state when you connect, and again
    whenever you connect anew. A client that says anything, or reads too slowly, is closed, and so
    is everybody when the access token ends; the reason of the close is the code of an error.

    A browser, which cannot set headers here, offers the subprotocols ``desperados.v1`` and
    ``bearer.<access token>``.

    Notices of a type that the character has muted are left out.

    Raises:
        Unavailable: events cannot be heard now.
    """
    return listen(actor, wanted=Hearing(actor).wants)
