"""The way of every command from message to answer: fault, session, transaction, retry, wait.

Commands run one at a time, so each is atomic by itself; only transactions and waits let commands
of several clients interleave.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from bson import Int64, Timestamp

from desperados.embedded.commands import (
    bulk,
    catalog,
    diagnostics,
    explain,
    handshake,
    read,
    sessions,
    stats,
    write,
)
from desperados.embedded.errors import CommandError
from desperados.embedded.instance.calls import Call, Client, Command, Reply
from desperados.embedded.instance.faults import Effect
from desperados.embedded.instance.instance import Instance
from desperados.embedded.instance.replies import CursorReply, with_fields
from desperados.embedded.storage.sessions import Session, encode_receipt
from desperados.embedded.storage.units import Unit
from desperados.embedded.storage.versions import Locked
from desperados.embedded.update.operators import Moment
from desperados.embedded.values.codec import encode
from desperados.embedded.values.limits import MAX_LEVELS
from desperados.embedded.values.types import Doc, is_number
from desperados.embedded.wire.answers import (
    ENDINGS,
    check_in_transaction,
    failure_reply,
    find_command,
    internal_error,
    labelled_concern,
    remembered,
    tell_snapshot,
    write_concern_error,
)
from desperados.embedded.wire.connection import Answer, Hangup
from desperados.embedded.wire.protocol import Request, message

# Importing these modules enters their commands in the table.
_COMMAND_MODULES = (
    bulk,
    catalog,
    diagnostics,
    explain,
    handshake,
    read,
    sessions,
    stats,
    write,
)

_LOCK_SECONDS = 30.0


@dataclass(slots=True)
class _Task:
    """A request on its way: who sent it, and what shall happen to it on purpose."""

    request: Request
    client: Client
    name: str
    effect: Effect | None


class Dispatcher:
    """Carries out the requests of a server's connections."""

    def __init__(self, server: Instance) -> None:
        self._server = server
        self._store = server.store
        self._sessions = server.sessions
        # The clock's fields at the end of every answer, encoded once for each stamp.
        self._trailer: tuple[int, bytes] = (0, b"")

    def handle(self, request: Request, client: Client) -> Answer | Coroutine[Any, Any, Answer]:
        """The answer to a request, or a coroutine for it when the command has to wait."""
        name = next(iter(request.body), "")
        self._server.stats.commands[name] += 1
        effect = self._effect(name, request.body, client)
        task = _Task(request, client, name, effect)
        if effect is not None and effect.delay:
            return self._delayed(task, effect.delay)
        return self._serve(task)

    def _effect(self, name: str, body: Doc, client: Client) -> Effect | None:
        server = self._server
        effect: Effect | None = None
        if server.fail_points.armed:
            effect = server.fail_points.effect(
                name, body, client.app_name, repeated=self._sessions.remembers(body)
            )
        if effect is None and server.faults is not None:
            effect = server.faults.effect(name, body)
        return effect

    async def _delayed(self, task: _Task, seconds: float) -> Answer:
        await asyncio.sleep(seconds)
        answer = self._serve(task)
        return await answer if isinstance(answer, Coroutine) else answer

    def _serve(self, task: _Task) -> Answer | Coroutine[Any, Any, Answer]:
        if task.effect is not None and task.effect.close_before:
            raise Hangup
        try:
            return self._attempt(task)
        except Locked as locked:
            return self._wait(task, locked)

    async def _wait(self, task: _Task, locked: Locked) -> Answer:
        """Run a command again each time that the transaction in its way has ended."""
        self._store.conflicts += 1
        limit = task.request.body.get("maxTimeMS")
        seconds = float(limit) / 1000 if is_number(limit) and limit else _LOCK_SECONDS
        deadline = time.monotonic() + seconds
        while True:
            try:
                await locked.owner.finished(max(0.0, deadline - time.monotonic()))
            except TimeoutError:
                error = CommandError("MaxTimeMSExpired", "operation exceeded time limit")
                return self._answer(task, self._failure(task, error))
            try:
                return self._attempt(task)
            except Locked as again:
                locked = again

    def _attempt(self, task: _Task) -> Answer:
        """Carry the command out now, or raise `Locked`."""
        try:
            reply = self._execute(task)
        except CommandError as error:
            reply = self._failure(task, error)
        return self._answer(task, reply)

    def _failure(self, task: _Task, error: CommandError) -> Doc:
        return failure_reply(error, task.name, task.request.body, task.effect)

    def _answer(self, task: _Task, reply: Reply) -> Answer:
        if task.effect is not None and task.effect.close_after:
            raise Hangup
        if not task.request.acknowledged:
            return None
        body = reply.encode() if isinstance(reply, CursorReply) else encode(reply)
        stamp, trailer = self._trailer
        if stamp != self._store.clock:
            now = self._store.cluster_time
            trailer = encode(
                {
                    "$clusterTime": {
                        "clusterTime": now,
                        "signature": {"hash": b"\0" * 20, "keyId": Int64(0)},
                    },
                    "operationTime": now,
                }
            )
            self._trailer = (self._store.clock, trailer)
        return message(task.request, 0, with_fields(body, trailer))

    # Running a command -----------------------------------------------------------------------

    def _execute(self, task: _Task) -> Reply:
        body, name, effect = task.request.body, task.name, task.effect
        if task.request.deep:
            raise CommandError(
                "Overflow", f"BSONObj exceeded maximum nested object depth: {MAX_LEVELS}"
            )
        command = find_command(name, body, test_commands=self._server.enable_test_commands)
        if effect is not None and effect.error is not None:
            raise effect.error
        database = body.get("$db")
        if type(database) is not str or not database or any(c in database for c in ". $/\\\0"):
            raise CommandError("InvalidNamespace", f"Invalid database name: {database!r}")
        if command.admin and database != "admin":
            raise CommandError(
                "Unauthorized", f"{name} may only be run against the admin database."
            )
        reply = self._run(task, command, database)
        concern = write_concern_error(body, command, name)
        if effect is not None and effect.write_concern_error is not None:
            concern = labelled_concern(reply, effect, body, name)
        if concern is not None:
            if isinstance(reply, CursorReply):
                reply.beside["writeConcernError"] = concern
            else:
                reply = {**reply, "writeConcernError": concern}
        return reply

    def _run(self, task: _Task, command: Command, database: str) -> Reply:
        """Run the command in the transaction that it names, or by itself."""
        body, name = task.request.body, task.name
        session = self._sessions.get(body["lsid"]) if "lsid" in body else None
        transaction: Unit | None = None
        # The session of a write that is to be executed once, however often it is sent.
        once: Session | None = None
        if name not in ENDINGS:
            if session is not None:
                transaction = self._sessions.enter(session, body)
            elif "txnNumber" in body:
                raise CommandError(
                    "InvalidOptions",
                    "Transaction number requires a session ID to also be specified",
                )
            if transaction is None and "txnNumber" in body:
                once = session
        if once is not None:
            if not command.retryable:
                raise CommandError(
                    "NotARetryableWriteCommand",
                    "txnNumber may only be provided for multi-document transactions and "
                    f"retryable write commands. autocommit:false was not provided, and "
                    f"{name} is not a retryable write command.",
                )
            if once.reply is not None:
                return once.reply
        call = Call(
            server=self._server,
            client=task.client,
            name=name,
            body=body,
            database=database,
            session=session,
            raws=task.request.raws,
            unit=transaction or self._server.snapshots.unit(name, body) or self._store.statement(),
            moment=Moment(self._server.now(), self._store.cluster_time),
        )
        if transaction is not None:
            return self._in_transaction(call, command)
        return self._alone(call, command, once)

    def _in_transaction(self, call: Call, command: Command) -> Reply:
        session = call.session
        assert session is not None
        try:
            check_in_transaction(call, command)
            reply = command.run(call)
        except BaseException as error:
            self._sessions.abort(session)
            if isinstance(error, CommandError) or not isinstance(error, Exception):
                raise
            raise internal_error(call.name, error) from error
        if call.doomed:
            self._sessions.abort(session)
        return reply

    def _alone(self, call: Call, command: Command, once: Session | None) -> Reply:
        """Run the command as a unit of its own; `once` remembers its answer with its effect."""
        unit = call.unit
        try:
            reply = command.run(call)
            if once is not None:
                once.reply = remembered(reply)
                unit.receipt = (once.id, encode_receipt(once.number, once.reply))
            if command.writes:
                self._store.commit(unit)
        except BaseException as error:
            if once is not None:
                once.reply = None
            self._store.abort(unit)
            if isinstance(error, (CommandError, Locked)) or not isinstance(error, Exception):
                raise
            raise internal_error(call.name, error) from error
        if unit.snapshot is not None:
            tell_snapshot(reply, Timestamp(self._store.epoch, unit.snapshot))
        return reply
