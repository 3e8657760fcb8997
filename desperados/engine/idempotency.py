"""Idempotency: the record that a command leaves of its key, and how a repeated call finds it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from bson import ObjectId
from pydantic import BaseModel, Field

from desperados.engine import clock
from desperados.engine.errors import InvalidInput, KeyReused
from desperados.engine.game import current_game
from desperados.engine.staging import StagedInsert
from desperados.engine.storage.documents import CodedDocument, ttl
from desperados.engine.storage.fields import Date, Mixed
from desperados.engine.transactions import stage

LONGEST_KEY = 200


class CommandRecord(CodedDocument):
    """The answer to one call of a command with a key. ``id`` is "<who acts>:<key>".

    Written in the same transaction as what the command did.
    """

    command: str
    # SHA-256 of the command and its arguments, so that a key cannot serve another request.
    fingerprint: str
    result: Mixed = None
    created_at: Date = Field(default_factory=clock.now)
    expires_at: Date

    class Settings:
        name = "commandrecords"
        indexes = (ttl("expiresAt"),)


@dataclass(frozen=True, slots=True)
class Request:
    """One call of a command with a key."""

    id: str
    command: str
    fingerprint: str

    @classmethod
    def of(cls, command: str, arguments: dict[str, Any]) -> Request:
        """The request of a call; the first argument is who acts.

        Raises:
            InvalidInput: the key is not 1 to 200 printable characters.
        """
        key = arguments["key"]
        if not isinstance(key, str) or not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
            raise InvalidInput(
                f"An idempotency key is 1 to {LONGEST_KEY} printable characters.", path="key"
            )
        actor = next(iter(arguments.values()))
        said = {name: value for name, value in arguments.items() if name != "key"}
        text = _CANONICAL.encode([command, said])
        return cls(f"{actor}:{key}", command, hashlib.sha256(text.encode()).hexdigest())


def _plain(value: Any) -> Any:
    """A stable text for what JSON does not know."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, ObjectId | datetime):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    return repr(value)


_CANONICAL = json.JSONEncoder(default=_plain, sort_keys=True)


def remember(request: Request, result: Any) -> None:
    """Stage the record: it leaves with the command's own writes, or not at all."""
    now = clock.now()
    kept = timedelta(days=current_game().settings.command_record_days)
    document = {
        "_id": request.id,
        "command": request.command,
        "fingerprint": request.fingerprint,
        "result": result,
        "createdAt": now,
        "expiresAt": now + kept,
    }
    stage(StagedInsert(CommandRecord.collection_name(), document))


async def recall(request: Request) -> dict[str, Any] | None:
    """The record of this key, if it was used.

    Raises:
        KeyReused: it was used with another request.
    """
    # Outside any transaction: a snapshot may be older than the twin's commit.
    records = current_game().database[CommandRecord.collection_name()]
    record: dict[str, Any] | None = await records.find_one({"_id": request.id})
    if record is not None and record["fingerprint"] != request.fingerprint:
        raise KeyReused(
            "This idempotency key was already used with another request; take a new key.",
            command=record["command"],
        )
    return record
