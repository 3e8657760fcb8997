"""Idempotency: the record that a command leaves of its key, and how a repeated call finds it.

Whose a key is. It belongs to who acts, and to who chose it: what a client of the API sends
(``ClientKey``) and what code of the server gives are different keys, though their texts be equal.

What is compared. A record holds a fingerprint of the command's name and of what was asked, in a
form that a deployment does not change: left out are the parameters and fields that have their
default, so that a new optional one makes no difference; an enum counts by its value, a model by its
fields, and nothing by the name of its class or module. Records of before that (they have no
``form``) are compared as they were made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from inspect import Parameter
from types import NoneType
from typing import Any

from bson import Int64, ObjectId
from pydantic import BaseModel, Field
from pydantic_core import PydanticUndefined
from pymongo import ReadPreference
from pymongo.read_concern import ReadConcern

from desperados.engine import clock
from desperados.engine.ambient import current_transaction
from desperados.engine.errors import InvalidInput, KeyReused
from desperados.engine.game import current_game
from desperados.engine.staging import StagedInsert
from desperados.engine.storage.documents import CodedDocument, ttl
from desperados.engine.storage.fields import Date, Integer, Mixed
from desperados.engine.transactions import stage

LONGEST_KEY = 200
FORM = 2  # how fingerprints are made today


class CommandRecord(CodedDocument):
    """The answer to one call of a command with a key. ``id`` is "<who acts>:<key>", behind
    "client:" if a client chose the key.

    Written in the same transaction as what the command did.
    """

    command: str
    # SHA-256 of the command and its arguments, so that a key cannot serve another request.
    fingerprint: str
    form: Integer | None = None
    result: Mixed = None
    created_at: Date = Field(default_factory=clock.now)
    expires_at: Date

    class Settings:
        name = "commandrecords"
        indexes = (ttl("expiresAt"),)


class ClientKey(str):
    """A key that a client chose. After the call it knows whether the answer is an earlier one."""

    replayed = False


@dataclass(frozen=True, slots=True)
class Request:
    """One call of a command with a key.

    ``former_id`` is where the record of a client's key was before clients had keys of their own.
    """

    id: str
    command: str
    fingerprint: str
    former_id: str | None = None
    _arguments: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, command: str, arguments: Mapping[str, Any], defaults: Mapping[str, Any]) -> Request:
        """The request of a call; the first argument is who acts. ``defaults`` are those of the
        parameters that have one.

        Raises:
            InvalidInput: the key is not 1 to 200 printable characters, or an argument is of a type
                that no command takes.
        """
        key = arguments["key"]
        if not isinstance(key, str) or not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
            raise InvalidInput(
                f"An idempotency key is 1 to {LONGEST_KEY} printable characters.", path="key"
            )
        (_, actor), *rest = arguments.items()
        given = {
            name: value for name, value in rest if name != "key" and value is not Parameter.empty
        }
        identity = f"{actor}:{key}"
        fingerprint = _digest([command.rpartition(".")[2], _beyond(defaults, given)])
        if isinstance(key, ClientKey):
            return cls(f"client:{identity}", command, fingerprint, identity, arguments)
        return cls(identity, command, fingerprint, None, arguments)

    def is_of(self, record: Mapping[str, Any]) -> bool:
        """Whether ``record`` is of this same request."""
        if record.get("form") == FORM:
            return bool(record["fingerprint"] == self.fingerprint)
        # Moved to another module since then, a command has another first name.
        command = record["command"]
        said = {name: value for name, value in self._arguments.items() if name != "key"}
        return bool(
            command.rpartition(".")[2] == self.command.rpartition(".")[2]
            and record["fingerprint"] == _former_digest([command, said])
        )


_PLAIN = frozenset({NoneType, str, int, float, bool, Int64})


def lasting(value: Any) -> Any:
    """``value`` in what JSON has, in a form that outlives renamed classes and new optional fields.

    Raises:
        InvalidInput: there is none for a value of this type.
    """
    if type(value) in _PLAIN:
        return value
    match value:
        case Enum():
            return lasting(value.value)
        case str() | int() | float():
            return value
        case _ if isinstance(value, ObjectId | timedelta):
            return str(value)
        case datetime():
            moment = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
            return moment.astimezone(UTC).isoformat(timespec="milliseconds")
        case date():
            return value.isoformat()
        case BaseModel():
            return _fields(value)
        case Mapping():
            return {str(lasting(name)): lasting(item) for name, item in value.items()}
        case list() | tuple():
            return [lasting(item) for item in value]
        case set() | frozenset():
            return sorted((lasting(item) for item in value), key=_text)
    raise InvalidInput(f"A {type(value).__name__} is not something that a command takes.")


def _fields(model: BaseModel) -> dict[str, Any]:
    """What a model says beyond its defaults."""
    defaults: dict[str, Any] = {}
    for name, info in type(model).model_fields.items():
        if info.default is not PydanticUndefined:
            defaults[name] = info.default
        elif info.default_factory in (list, dict, set):  # not one that is new each time
            defaults[name] = [] if info.default_factory is not dict else {}
    given = {name: getattr(model, name) for name in type(model).model_fields}
    return {**_beyond(defaults, given), **lasting(model.model_extra or {})}


def _beyond(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are not their defaults, in their lasting form."""
    beyond = {}
    for name, value in given.items():
        if name in defaults:
            # As text, for 1 and True are equal, and not the same.
            default = defaults[name]
            if value is default or _text(lasting(value)) == _text(lasting(default)):
                continue
        beyond[name] = lasting(value)
    return beyond


_text = json.JSONEncoder(sort_keys=True).encode


def _digest(value: Any) -> str:
    return hashlib.sha256(_text(value).encode()).hexdigest()


def _former_plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, ObjectId | datetime):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    return repr(value)


def _former_digest(value: Any) -> str:
    """The fingerprint of records without a ``form``, which hold defaults and names of classes."""
    text = json.dumps(value, default=_former_plain, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def remember(request: Request, result: Any) -> None:
    """Stage the record: it leaves with the command's own writes, or not at all."""
    now = clock.now()
    kept = timedelta(days=current_game().settings.command_record_days)
    document = {
        "_id": request.id,
        "command": request.command,
        "fingerprint": request.fingerprint,
        "form": FORM,
        "result": result,
        "createdAt": now,
        "expiresAt": now + kept,
    }
    stage(StagedInsert(CommandRecord.collection_name(), document))


async def recall(request: Request) -> dict[str, Any] | None:
    """The record of this key, if it was used.

    Inside a transaction it is looked for there: a record that is younger than the snapshot shows
    when ours is written, as a conflict, and everything runs again. Outside, the primary says what
    a majority has: no answer may be given that an election takes back.

    Raises:
        KeyReused: it was used with another request.
    """
    name, game = CommandRecord.collection_name(), current_game()
    records: Any = game.collection(name)
    if current_transaction() is None:
        records = game.database.get_collection(
            name, read_concern=ReadConcern("majority"), read_preference=ReadPreference.PRIMARY
        )
    record: dict[str, Any] | None = await records.find_one({"_id": request.id})
    if record is None and request.former_id is not None:
        # One that has a form is of another kind of key, whose text is the same.
        record = await records.find_one({"_id": request.former_id, "form": None})
    if record is not None and not request.is_of(record):
        raise KeyReused(
            "This idempotency key was already used with another request; take a new key.",
            command=record["command"],
        )
    return record


async def has_former_records() -> bool:
    """Whether records may be left that were made before clients had keys of their own."""
    eldest = await CommandRecord.collection().find_one(
        {"expiresAt": {"$gt": clock.now()}}, {"form": 1}, sort=[("expiresAt", 1)]
    )
    return eldest is not None and "form" not in eldest
