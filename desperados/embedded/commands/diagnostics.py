"""Diagnostics, parameters and the commands of test suites."""

from __future__ import annotations

import os
import platform

from bson import Int64

from desperados.embedded.errors import CommandError, bad_value
from desperados.embedded.instance.calls import (
    COMMANDS,
    Call,
    Reply,
    command,
)
from desperados.embedded.storage.sessions import State
from desperados.embedded.values.limits import VERSION
from desperados.embedded.values.numbers import as_int
from desperados.embedded.values.types import Doc, is_number, truthy


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
            "hosts": [call.client.address],
            "isWritablePrimary": True,
            "me": call.client.address,
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


_PARAMETERS: Doc = {
    "featureCompatibilityVersion": {"version": "8.0"},
    "authenticationMechanisms": [],
    "requireApiVersion": False,
    "logLevel": 0,
    "logComponentVerbosity": {"verbosity": 0},
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


@command("profile", fields=("slowms", "sampleRate", "filter"))
def profile(call: Call) -> Reply:
    """Nothing is profiled: asking is answered, and switching it off; switching it on is not."""
    if call.body["profile"] not in (0, -1):
        raise CommandError(
            "CommandNotSupported", "the profiler is not supported by the embedded server"
        )
    return {"was": 0, "slowms": 100, "sampleRate": 1.0, "ok": 1.0}


@command(
    "usersInfo",
    fields=("showCredentials", "showCustomData", "showPrivileges", "filter"),
)
def users_info(_call: Call) -> Reply:
    """There is no authentication, so there are no users."""
    return {"users": [], "ok": 1.0}


@command(
    "rolesInfo",
    fields=("showAuthenticationRestrictions", "showBuiltinRoles", "showPrivileges"),
)
def roles_info(_call: Call) -> Reply:
    return {"roles": [], "ok": 1.0}


@command("planCacheClear", fields=("query", "projection", "sort"))
def plan_cache_clear(_call: Call) -> Reply:
    """Every query is planned anew: there is no cache."""
    return {"ok": 1.0}


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
