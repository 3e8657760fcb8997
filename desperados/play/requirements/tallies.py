"""What a character has done how often, as requirements see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bson import ObjectId

from desperados.engine.storage.documents import Document
from desperados.engine.storage.fields import Id
from desperados.engine.storage.reads import Read

VISITS = "visit:"
SECRETS = "secrets"

_NONE: Mapping[str, Any] = {}


class _Stored(Document):
    """The counters and sets of a character, as they are read here."""

    character_id: Id

    class Settings:
        name = "tallies"
        indexes = ()


@dataclass(frozen=True, slots=True)
class Tallies:
    """Counters and small sets by name; what was never counted is 0."""

    counts: Mapping[str, Any] = field(default_factory=dict)
    sets: Mapping[str, Any] = field(default_factory=dict)

    def count(self, name: str) -> int:
        """How often it was done."""
        value = self.counts.get(name)
        return int(value) if isinstance(value, int | float) else 0

    def has(self, name: str, member: str) -> bool:
        """Whether a set has a member."""
        members = self.sets.get(name)
        return isinstance(members, list) and member in members


def tallies_of(character_id: ObjectId) -> Read[Tallies]:
    """The tallies of a character; empty of whoever has done nothing yet."""
    return Read(_Stored, {"characterId": character_id}, _tallies)


def _tallies(rows: list[dict[str, Any]]) -> Tallies:
    return (
        Tallies(rows[0].get("counts") or _NONE, rows[0].get("sets") or _NONE) if rows else Tallies()
    )
