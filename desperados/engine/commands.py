"""``@command``: what every state-changing service function is.

It runs in a transaction, again as a whole when it loses to others, and exactly once for each
idempotency key: the key and the answer are stored in the same transaction as the effect, so there
is no moment at which one exists without the other. The same key with the same request returns the
first answer; with another request it is refused (``KeyReused``).

A key belongs to the first argument of the command (who acts): two players may use the same key.
Refusals are not recorded: after one, the same key may be used again.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, ParamSpec, TypeVar, get_type_hints

from bson import ObjectId
from pydantic import BaseModel, TypeAdapter
from pymongo.errors import DuplicateKeyError

from desperados.engine import clock
from desperados.engine.errors import GameError, InvalidInput, KeyReused
from desperados.engine.game import current_game
from desperados.engine.staging import StagedInsert
from desperados.engine.transactions import current_transaction, run_transaction, stage

P = ParamSpec("P")
R = TypeVar("R")

COLLECTION = "commandrecords"
LONGEST_KEY = 200


def command(function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Make ``function`` a command.

    If it has a keyword-only parameter ``key``, calls that give one are exactly-once. The result
    must then be a ``View``, a list of them, or None, so that it can be stored and given again.
    """
    signature = inspect.signature(function)
    name = f"{function.__module__.split('.')[1]}.{function.__name__}"
    answers = _Answers(function)

    @functools.wraps(function)
    async def run(*args: P.args, **kwargs: P.kwargs) -> R:
        key = kwargs.get("key")
        if key is None:
            return await run_transaction(lambda: function(*args, **kwargs))
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        request = _Request.of(name, bound.arguments)
        answered: R

        async def body() -> R:
            result = await function(*args, **kwargs)
            _record(request, answers.dump(result))
            return result

        async def look_first() -> None:
            record = await _find(request)
            if record is not None:
                raise _Answered(record["result"])

        try:
            return await run_transaction(body, before_retry=look_first)
        except _Answered as earlier:
            answered = answers.load(earlier.result)
            return answered
        except (GameError, DuplicateKeyError):
            # Either this request itself is refused, or its twin came first and changed the world
            # under it: then the twin's answer is this one's too.
            if current_transaction() is not None:
                raise
            record = await _find(request)
            if record is None:
                raise
            answered = answers.load(record["result"])
            return answered

    return run


class _Answered(Exception):
    """The request was answered before."""

    def __init__(self, result: Any) -> None:
        self.result = result


@dataclass(frozen=True, slots=True)
class _Request:
    id: str
    command: str
    fingerprint: str

    @classmethod
    def of(cls, command: str, arguments: dict[str, Any]) -> _Request:
        key = arguments["key"]
        if not isinstance(key, str) or not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
            raise InvalidInput(
                f"An idempotency key is 1 to {LONGEST_KEY} printable characters.", path="key"
            )
        actor = next(iter(arguments.values()))
        said = {name: value for name, value in arguments.items() if name != "key"}
        text = json.dumps([command, said], default=_plain, sort_keys=True)
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


def _record(request: _Request, result: Any) -> None:
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
    stage(StagedInsert(COLLECTION, document))


async def _find(request: _Request) -> dict[str, Any] | None:
    """The record of this key, checked to be of this very request."""
    record: dict[str, Any] | None = (
        await current_game().database[COLLECTION].find_one({"_id": request.id})
    )
    if record is not None and record["fingerprint"] != request.fingerprint:
        raise KeyReused(
            "This idempotency key was already used with another request; take a new key.",
            command=record["command"],
        )
    return record


class _Answers:
    """Turns results into what BSON can hold and back, by the command's return annotation."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._adapter: TypeAdapter[Any] | None = None

    def _of_annotation(self) -> TypeAdapter[Any]:
        if self._adapter is None:
            hints = get_type_hints(self._function, include_extras=True)
            self._adapter = TypeAdapter(hints["return"])
        return self._adapter

    def dump(self, result: Any) -> Any:
        return self._of_annotation().dump_python(result, by_alias=True)

    def load(self, stored: Any) -> Any:
        return self._of_annotation().validate_python(stored)
