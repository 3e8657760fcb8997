"""Handshake, sessions, diagnostics and test commands."""

from __future__ import annotations

import os
import platform
from typing import Any
from uuid import uuid4

from bson import Binary, Int64

from desperados.embedded.calls import COMMANDS, Call, Reply, command
from desperados.embedded.errors import CommandError, bad_value
from desperados.embedded.protocol import MAX_DOCUMENT, MAX_MESSAGE
from desperados.embedded.sessions import SESSION_MINUTES, State
from desperados.embedded.values import Doc, as_int, is_number, truthy

VERSION = "8.0.0"
MAX_WIRE_VERSION = 25
_HELLO_FIELDS = (
    "helloOk",
    "client",
    "compression",
    "loadBalanced",
    "topologyVersion",
    "maxAwaitTimeMS",
    "saslSupportedMechs",
    "speculativeAuthenticate",
    "backpressure",
)


@command("hello", "isMaster", "ismaster", fields=_HELLO_FIELDS)
def hello(call: Call) -> Reply:
    client = call.body.get("client")
    if type(client) is dict:
        application = client.get("application")
        call.connection.app_name = application.get("name") if type(application) is dict else None
    address = call.server.address
    reply: Doc = {
        "helloOk": True,
        "ismaster" if call.name != "hello" else "isWritablePrimary": True,
        "hosts": [address],
        "setName": call.server.replica_set,
        "setVersion": 1,
        "me": address,
        "primary": address,
        "secondary": False,
        "electionId": call.server.election_id,
        "lastWrite": {
            "opTime": {"ts": call.store.cluster_time, "t": Int64(1)},
            "lastWriteDate": call.moment.now,
        },
        "maxBsonObjectSize": MAX_DOCUMENT,
        "maxMessageSizeBytes": MAX_MESSAGE,
        "maxWriteBatchSize": 100_000,
        "localTime": call.moment.now,
        "logicalSessionTimeoutMinutes": SESSION_MINUTES,
        "connectionId": call.connection.number,
        "minWireVersion": 0,
        "maxWireVersion": MAX_WIRE_VERSION,
        "readOnly": False,
        "ok": 1.0,
    }
    return reply


@command("ping")
def ping(_call: Call) -> Reply:
    return {"ok": 1.0}


@command("buildInfo", "buildinfo")
def build_info(_call: Call) -> Reply:
    return {
        "version": VERSION,
        "gitVersion": "embedded",
        "modules": [],
        "allocator": "python",
        "javascriptEngine": "none",
        "sysInfo": "deprecated",
        "versionArray": [8, 0, 0, 0],
        "openssl": {"running": "none", "compiled": "none"},
        "buildEnvironment": {
            "target_os": platform.system().lower(),
            "target_arch": platform.machine(),
        },
        "bits": 64,
        "debug": False,
        "maxBsonObjectSize": MAX_DOCUMENT,
        "storageEngines": ["embedded"],
        "ok": 1.0,
    }


# Sessions and transactions ------------------------------------------------------------------------


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
    call.server.commit_transaction(call.session, call.body)
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


# Diagnostics --------------------------------------------------------------------------------------


@command("serverStatus", fields=("repl", "metrics", "locks", "tcmalloc", "sharding"))
def server_status(call: Call) -> Reply:
    server = call.server
    sessions = server.sessions
    now = server.clock()
    return {
        "host": server.info()["host"],
        "version": VERSION,
        "process": "desperados-embedded",
        "pid": Int64(os.getpid()),
        "uptime": now - server.start_time,
        "uptimeMillis": Int64(int((now - server.start_time) * 1000)),
        "localTime": call.moment.now,
        "connections": {
            "current": len(server.connections),
            "available": 1_000_000,
            "totalCreated": server.connection_count,
        },
        "opcounters": {
            name: server.stats.commands.get(name, 0)
            for name in ("insert", "find", "update", "delete", "getMore")
        },
        "repl": {
            "setName": server.replica_set,
            "hosts": [server.address],
            "isWritablePrimary": True,
            "me": server.address,
        },
        "storageEngine": {"name": "embedded", "persistent": server.path is not None},
        "transactions": {
            "currentOpen": Int64(len(sessions.open)),
            "totalStarted": Int64(sessions.started),
            "totalCommitted": Int64(sessions.committed),
            "totalAborted": Int64(sessions.aborted),
        },
        "logicalSessionRecordCache": {"activeSessionsCount": len(sessions.all)},
        "metrics": {
            "operation": {"writeConflicts": Int64(call.store.conflicts)},
            "queryExecutor": {"collectionScans": {"total": Int64(server.stats.scan_count)}},
            "commands": {name: {"total": Int64(n)} for name, n in server.stats.commands.items()},
        },
        "embedded": server.stats.as_document(),
        "ok": 1.0,
    }


_PARAMETERS: Doc = {
    "featureCompatibilityVersion": {"version": "8.0"},
    "authenticationMechanisms": [],
    "requireApiVersion": False,
    "logLevel": 0,
    "ttlMonitorEnabled": True,
}


def _parameters(call: Call) -> Doc:
    server = call.server
    return {
        **_PARAMETERS,
        "enableTestCommands": server.enable_test_commands,
        "transactionLifetimeLimitSeconds": server.sessions.lifetime,
    }


@command("getParameter", fields=("*",), admin=True)
def get_parameter(call: Call) -> Reply:
    known = _parameters(call)
    wanted = call.body["getParameter"]
    if wanted == "*" or (type(wanted) is dict and truthy(wanted.get("allParameters"))):
        return {**known, "ok": 1.0}
    found = {name: known[name] for name in call.body if name in known}
    if not found:
        raise CommandError("InvalidOptions", "no option found to get")
    return {**found, "ok": 1.0}


@command("setParameter", fields=("*",), admin=True)
def set_parameter(call: Call) -> Reply:
    if "transactionLifetimeLimitSeconds" in call.body:
        seconds = call.body["transactionLifetimeLimitSeconds"]
        if not is_number(seconds) or seconds < 1:
            raise bad_value("transactionLifetimeLimitSeconds must be at least 1")
        was = call.server.sessions.lifetime
        call.server.sessions.lifetime = float(seconds)
        return {"was": was, "ok": 1.0}
    raise CommandError("InvalidOptions", "attempted to set unrecognized parameter")


@command("getCmdLineOpts", admin=True)
def get_cmd_line_opts(call: Call) -> Reply:
    enabled = call.server.enable_test_commands
    argv = ["desperados", "db"] + (["--setParameter", "enableTestCommands=1"] if enabled else [])
    parsed: Doc = {"replication": {"replSet": call.server.replica_set}}
    if enabled:
        parsed["setParameter"] = {"enableTestCommands": "1"}
    return {"argv": argv, "parsed": parsed, "ok": 1.0}


@command("replSetGetStatus", fields=("initialSync",), admin=True)
def repl_set_get_status(call: Call) -> Reply:
    optime = {"ts": call.store.cluster_time, "t": Int64(1)}
    member = {
        "_id": 0,
        "name": call.server.address,
        "health": 1.0,
        "state": 1,
        "stateStr": "PRIMARY",
        "uptime": int(call.server.clock() - call.server.start_time),
        "optime": optime,
        "optimeDate": call.moment.now,
        "configVersion": 1,
        "configTerm": 1,
        "self": True,
    }
    return {
        "set": call.server.replica_set,
        "date": call.moment.now,
        "myState": 1,
        "term": Int64(1),
        "heartbeatIntervalMillis": Int64(2000),
        "majorityVoteCount": 1,
        "writeMajorityCount": 1,
        "optimes": {
            "lastCommittedOpTime": optime,
            "appliedOpTime": optime,
            "durableOpTime": optime,
        },
        "members": [member],
        "ok": 1.0,
    }


@command("replSetGetConfig", fields=("commitmentStatus",), admin=True)
def repl_set_get_config(call: Call) -> Reply:
    return {
        "config": {
            "_id": call.server.replica_set,
            "version": 1,
            "term": 1,
            "members": [{"_id": 0, "host": call.server.address, "priority": 1.0, "votes": 1}],
            "protocolVersion": Int64(1),
            "settings": {"electionTimeoutMillis": 10000, "heartbeatTimeoutSecs": 10},
        },
        "ok": 1.0,
    }


@command("connectionStatus", fields=("showPrivileges",))
def connection_status(_call: Call) -> Reply:
    return {"authInfo": {"authenticatedUsers": [], "authenticatedUserRoles": []}, "ok": 1.0}


@command("whatsmyuri")
def whatsmyuri(call: Call) -> Reply:
    return {"you": call.connection.peer, "ok": 1.0}


@command("hostInfo", admin=True)
def host_info(call: Call) -> Reply:
    return {
        "system": {
            "currentTime": call.moment.now,
            "hostname": platform.node(),
            "cpuAddrSize": 64,
            "numCores": os.cpu_count() or 1,
        },
        "os": {"type": platform.system(), "name": platform.system(), "version": platform.release()},
        "extra": {},
        "ok": 1.0,
    }


@command("getLog", admin=True)
def get_log(call: Call) -> Reply:
    kind = call.body["getLog"]
    if kind == "*":
        return {"names": ["global", "startupWarnings"], "ok": 1.0}
    if kind == "startupWarnings":
        lines = [
            '{"t":{"$date":"1970-01-01T00:00:00.000Z"},"s":"W","c":"CONTROL","id":0,'
            '"ctx":"main","msg":"This is the embedded development server, not for '
            'production"}'
        ]
        return {"totalLinesWritten": 1, "log": lines, "ok": 1.0}
    if kind == "global":
        return {"totalLinesWritten": 0, "log": [], "ok": 1.0}
    raise CommandError("OperationFailed", f"No log named '{kind}'")


@command("fsync", fields=("lock",), admin=True)
def fsync(call: Call) -> Reply:
    if truthy(call.body.get("lock")):
        raise CommandError(
            "CommandNotSupported", "fsync with lock is not supported by the embedded server"
        )
    return {"numFiles": 1, "ok": 1.0}


@command("listCommands")
def list_commands(_call: Call) -> Reply:
    return {
        "commands": {
            name: {"help": "", "requiresAuth": False, "adminOnly": entry.admin}
            for name, entry in sorted(COMMANDS.items())
        },
        "ok": 1.0,
    }


@command("configureFailPoint", fields=("mode", "data"), admin=True, test_only=True)
def configure_fail_point(call: Call) -> Reply:
    body = call.body
    call.server.fail_points.configure(
        body["configureFailPoint"], body.get("mode"), body.get("data")
    )
    return {"count": 0, "ok": 1.0}


@command("currentOp", fields=("$all", "$ownOps"), admin=True)
def current_op(call: Call) -> Reply:
    sessions = call.server.sessions
    return {
        "inprog": [
            {
                "type": "idleSession",
                "active": False,
                "transaction": {"parameters": {"txnNumber": Int64(sessions.all[key].number)}},
            }
            for key in sessions.open
            if sessions.all[key].state is State.OPEN
        ],
        "ok": 1.0,
    }


@command("killOp", fields=("op",), admin=True)
def kill_op(call: Call) -> Reply:
    as_int(call.body.get("op"), "op")
    return {"info": "attempting to kill op", "ok": 1.0}
