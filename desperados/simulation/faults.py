"""Faults that befall one command of a simulation, at a place that its dice chose."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Any

from desperados.embedded.instance.faults import Effect, Faults, failure
from desperados.engine import dice

WRITE_CONFLICT = 112
NOT_KNOWN = {
    "code": 64,
    "codeName": "WriteConcernTimeout",
    "errmsg": "An injected timeout",
    "errInfo": {"wtimeout": True},
}
LAST_PLACE = 6  # statements of its transaction after which most commands are through
_IN_TEN_THOUSAND = 10_000


class Fault(StrEnum):
    """What may befall a command."""

    CONFLICT = "conflict"  # a statement loses to somebody else: all of it runs again
    LOST_COMMIT = "lost_commit"  # the commit happens, and the answer is that nobody knows
    ABORTED = "aborted"  # who asked goes away half-way, and asks again with the same key
    LOST_ANSWER = "lost_answer"  # the answer is lost, and asked for again with the same key


KEYLESS = (Fault.CONFLICT, Fault.LOST_COMMIT)
"""What a command without a key can meet and still be asked only once."""


class Trap(Faults):
    """The faults of the embedded server: none, until one is set for the command that comes next.

    A command may be through before its fault comes.
    """

    def __init__(self) -> None:
        super().__init__()
        self._fault: Fault | None = None
        self._met = False
        self._place = 0
        self._task: asyncio.Task[Any] | None = None

    def set(self, fault: Fault, task: asyncio.Task[Any]) -> None:
        """Have ``fault`` befall what ``task`` does next, at a place that is drawn here."""
        self._fault, self._task, self._met = fault, task, False
        self._place = dice.between(1, LAST_PLACE)

    def take_away(self) -> bool:
        """What was set and did not happen will not. Returns whether it did."""
        self._fault = self._task = None
        return self._met

    def effect(self, command: str, body: dict[str, Any]) -> Effect | None:
        """What befalls this statement; only those of transactions count as places."""
        if self._fault is None or "autocommit" not in body or command == "abortTransaction":
            return None
        commits = command == "commitTransaction"
        if self._fault is Fault.LOST_COMMIT:
            return self._happens(Effect(write_concern_error=dict(NOT_KNOWN))) if commits else None
        self._place -= 1
        if self._place > 0:
            return None
        if self._fault is Fault.CONFLICT:
            if commits:
                return None
            return self._happens(Effect(error=failure(WRITE_CONFLICT, "An injected conflict")))
        if self._fault is Fault.ABORTED:
            assert self._task is not None
            self._task.cancel()
            self._happens(Effect())
        return None

    def _happens(self, effect: Effect) -> Effect:
        self._fault, self._met = None, True
        return effect


def drawn(share: float, *, keyed: bool) -> Fault | None:
    """The fault of the next command, if it has one: of ``share`` of all commands."""
    if not share or dice.roll(_IN_TEN_THOUSAND) > share * _IN_TEN_THOUSAND:
        return None
    return dice.choice(list(Fault) if keyed else KEYLESS)
