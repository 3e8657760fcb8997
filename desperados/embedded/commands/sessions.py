"""Sessions and the ends of transactions."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from bson import Binary

from desperados.embedded.errors import CommandError
from desperados.embedded.instance.calls import Call, Reply, command
from desperados.embedded.storage.sessions import SESSION_MINUTES


@command("startSession")
def start_session(call: Call) -> Reply:
    identity = Binary.from_uuid(uuid4())
    call.server.sessions.get({"id": identity})
    return {"id": {"id": identity}, "timeoutMinutes": SESSION_MINUTES, "ok": 1.0}


@command("refreshSessions")
def refresh_sessions(call: Call) -> Reply:
    for lsid in call.body["refreshSessions"]:
        call.server.sessions.get(lsid)
    return {"ok": 1.0}


@command("endSessions")
def end_sessions(call: Call) -> Reply:
    _end(call, call.body["endSessions"])
    return {"ok": 1.0}


@command("killSessions")
def kill_sessions(call: Call) -> Reply:
    _end(call, call.body["killSessions"])
    return {"ok": 1.0}


@command("killAllSessions", "killAllSessionsByPattern")
def kill_all_sessions(call: Call) -> Reply:
    for session in list(call.server.sessions.all.values()):
        if session is not call.session:
            call.server.end_session(session)
    return {"ok": 1.0}


def _end(call: Call, lsids: Any) -> None:
    if type(lsids) is not list:
        raise CommandError("TypeMismatch", f"BSON field '{call.name}' must be an array")
    for lsid in lsids:
        session = call.server.sessions.get(lsid)
        call.server.end_session(session)


@command("commitTransaction", fields=("recoveryToken",), admin=True)
def commit_transaction(call: Call) -> Reply:
    if call.session is None:
        raise CommandError(
            "CommandFailed", "commitTransaction must be run within a transaction", number=125
        )
    call.server.sessions.commit(call.session, call.body)
    return {"ok": 1.0}


@command("abortTransaction", fields=("recoveryToken",), admin=True)
def abort_transaction(call: Call) -> Reply:
    session = call.session
    if (
        session is None
        or call.server.sessions.enter(session, {**call.body, "startTransaction": False}) is None
    ):
        raise CommandError(
            "CommandFailed", "abortTransaction must be run within a transaction", number=125
        )
    call.server.sessions.abort(session)
    return {"ok": 1.0}
