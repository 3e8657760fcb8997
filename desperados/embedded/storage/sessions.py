"""Logical sessions: their transactions, their retryable writes and their end.

A session's transaction goes through in progress, committed or aborted. A command names it by
number: an older number is refused, a newer one ends what was before. A write outside of
transactions that carries a number is executed once; sent again, it gets its first answer.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from desperados.embedded.errors import TRANSIENT, CommandError
from desperados.embedded.storage.store import Store
from desperados.embedded.storage.units import Unit
from desperados.embedded.values.codec import encode
from desperados.embedded.values.numbers import as_int
from desperados.embedded.values.types import Doc

SESSION_MINUTES = 30


class State(enum.Enum):
    NONE = "none"
    OPEN = "in progress"
    COMMITTED = "committed"
    ABORTED = "aborted"


@dataclass(eq=False)
class Session:
    """A logical session. `number` is the newest transaction number that it has used."""

    id: bytes
    last_use: float
    number: int = -1
    state: State = State.NONE
    unit: Unit | None = None
    deadline: float = 0.0
    reply: Doc | None = None
    is_write: bool = False


def session_key(lsid: Any) -> bytes:
    identity = lsid.get("id") if type(lsid) is dict else None
    if not isinstance(identity, bytes) or len(identity) != 16:
        raise CommandError(
            "FailedToParse", "BSON field 'OperationSessionInfo.lsid.id' must be a UUID"
        )
    return bytes(identity)


class Sessions:
    """All sessions of a server."""

    def __init__(self, store: Store, clock: Callable[[], float], lifetime: float) -> None:
        self._store = store
        self._clock = clock
        self.lifetime = lifetime
        self.all: dict[bytes, Session] = {}
        self.open: set[bytes] = set()
        self.aborted = 0
        self.committed = 0
        self.started = 0

    def get(self, lsid: Any) -> Session:
        key = session_key(lsid)
        session = self.all.get(key)
        now = self._clock()
        if session is None:
            session = self.all[key] = Session(key, now)
        session.last_use = now
        return session

    # Transactions ----------------------------------------------------------------------------

    def enter(self, session: Session, body: Doc) -> Unit | None:
        """The unit of the transaction that a command belongs to; None outside of one."""
        number = body.get("txnNumber")
        if number is None:
            if "autocommit" in body or "startTransaction" in body:
                raise CommandError(
                    "InvalidOptions", "'autocommit' and 'startTransaction' require a 'txnNumber'"
                )
            return None
        number = as_int(number, "txnNumber")
        if number < session.number:
            raise CommandError(
                "TransactionTooOld",
                f"Cannot start transaction with txnNumber {number} on session because a newer "
                f"transaction with txnNumber {session.number} has already started on it.",
            )
        if "autocommit" not in body:
            if number > session.number:
                self._renew(session, number, is_write=True)
            elif not session.is_write:
                raise CommandError(
                    "IllegalOperation",
                    f"Cannot use txnNumber {number} of a transaction for a retryable write",
                )
            return None
        if body["autocommit"] is not False:
            raise CommandError("InvalidOptions", "autocommit may only be false")
        if body.get("startTransaction"):
            return self._start(session, number)
        return self._continue(session, number)

    def _renew(self, session: Session, number: int, *, is_write: bool) -> None:
        if session.state is State.OPEN:
            self.abort(session)
        session.number = number
        session.state = State.NONE
        session.reply = None
        session.is_write = is_write

    def _start(self, session: Session, number: int) -> Unit:
        if number == session.number and (session.is_write or session.state is not State.NONE):
            # A driver never does this, but the answer may have been lost on its way to it.
            if session.state is State.OPEN:
                self.abort(session)
            raise CommandError(
                "ConflictingOperationInProgress",
                f"Cannot start a transaction at given transaction number {number} a transaction "
                f"with the same number is in state {session.state.value}",
            )
        self._renew(session, number, is_write=False)
        session.state = State.OPEN
        session.unit = self._store.transaction()
        session.deadline = self._clock() + self.lifetime
        self.open.add(session.id)
        self.started += 1
        return session.unit

    def _continue(self, session: Session, number: int) -> Unit:
        if number > session.number or session.is_write or session.state is State.NONE:
            raise no_such_transaction(
                f"Given transaction number {number} does not match any in-progress transactions. "
                f"The active transaction number is {session.number}"
            )
        if session.state is State.OPEN and self._clock() >= session.deadline:
            self.abort(session)
        if session.state is State.ABORTED:
            raise no_such_transaction(
                f"Transaction with {{ txnNumber: {number} }} has been aborted."
            )
        if session.state is State.COMMITTED:
            raise CommandError(
                "TransactionCommitted",
                f"Transaction with {{ txnNumber: {number} }} has been committed.",
            )
        assert session.unit is not None
        return session.unit

    def commit(self, session: Session, body: Doc) -> None:
        """Commit; again for a transaction that has committed already is fine."""
        try:
            unit = self.enter(session, {**body, "startTransaction": False})
        except CommandError as error:
            if error.name == "TransactionCommitted":
                return
            raise
        if unit is None:
            raise CommandError(
                "CommandFailed", "commitTransaction must be run within a transaction", number=125
            )
        unit.receipt = (session.id, encode_receipt(session.number, None))
        try:
            self._store.commit(unit)
        except CommandError:
            # Not written: nobody asks twice for it, or aborts what they believe is over.
            self.abort(session)
            raise
        self._leave(session, State.COMMITTED)
        self.committed += 1

    def abort(self, session: Session) -> None:
        """Undo the session's open transaction."""
        if session.unit is not None:
            self._store.abort(session.unit)
            self.aborted += 1
        self._leave(session, State.ABORTED)

    def _leave(self, session: Session, state: State) -> None:
        session.state = state
        session.unit = None
        self.open.discard(session.id)

    def expire(self) -> list[Session]:
        """Abort transactions past their time limit; the sessions that are forgotten."""
        now = self._clock()
        for key in list(self.open):
            session = self.all[key]
            if now >= session.deadline:
                self.abort(session)
        old = [s for s in self.all.values() if now - s.last_use > SESSION_MINUTES * 60]
        for session in old:
            self.forget(session)
        return old

    def forget(self, session: Session) -> None:
        if session.state is State.OPEN:
            self.abort(session)
        self.all.pop(session.id, None)

    def remembers(self, body: Doc) -> bool:
        """Whether this write has been executed and its answer is kept."""
        if "txnNumber" not in body or "autocommit" in body or "lsid" not in body:
            return False
        session = self.all.get(session_key(body["lsid"]))
        return (
            session is not None
            and session.number == body["txnNumber"]
            and session.reply is not None
        )

    # Retryable writes --------------------------------------------------------------------------

    def restore(self, key: bytes, receipt: Doc) -> None:
        """Take over what the journal knows of a session's last transaction or write."""
        session = Session(key, self._clock(), number=receipt["number"])
        session.reply = receipt.get("reply")
        session.is_write = session.reply is not None
        if not session.is_write:
            session.state = State.COMMITTED
        self.all[key] = session


def encode_receipt(number: int, reply: Doc | None) -> bytes:
    return encode({"number": number} if reply is None else {"number": number, "reply": reply})


def no_such_transaction(message: str) -> CommandError:
    return CommandError("NoSuchTransaction", message, labels=[TRANSIENT])
