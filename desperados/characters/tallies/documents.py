"""What a character has done."""

from __future__ import annotations

from pydantic import Field

from desperados.engine.storage.documents import Document, unique
from desperados.engine.storage.fields import Integer
from desperados.references import CharacterId


class Tally(Document):
    """The counters of a character: how often, how much, how high, and which.

    The names in it are those of ``counters``, with what MongoDB would take for a path or an
    operator in percent-encoding. ``followed`` counts the happenings of the character that somebody
    follows: what it does at once meets here, and is put into an order.
    """

    character_id: CharacterId
    counts: dict[str, Integer] = Field(default_factory=dict)
    sets: dict[str, list[str]] = Field(default_factory=dict)
    followed: Integer = 0

    class Settings:
        name = "tallies"
        indexes = (unique("characterId"),)
