"""The outbox: what has happened, for whom it waits."""

from __future__ import annotations

from pydantic import Field

from desperados.engine.storage.documents import Document, index, ttl
from desperados.engine.storage.fields import Date, Id, Integer


class Happening(Document):
    """One thing that has happened, and the names of the followers that have not applied it yet.

    ``actor`` did it, ``other`` is the character on the other side; gang, faction, place and zone
    are the actor's at that time. ``target`` is "kind:code". What ``amount`` and ``rank`` count
    depends on the name. ``reference`` is the id of the cause. ``waiting`` is written by followers
    alone, and the row expires a day after it is empty, never before.
    """

    name: str
    at: Date
    actor: Id | None = None
    gang: Id | None = None
    faction: str | None = None
    place: Id | None = None
    zone: str | None = None
    target: str | None = None
    other: Id | None = None
    amount: Integer = 0
    rank: Integer = 0
    tags: list[str] = Field(default_factory=list)
    reference: Id | None = None
    waiting: list[str] = Field(default_factory=list)
    expires_at: Date | None = None

    class Settings:
        name = "happenings"
        indexes = (
            index("waiting", "at", "_id"),
            # One for each field that is the key of a follower.
            index("waiting", "actor", "at", "_id"),
            ttl("expiresAt"),
        )
