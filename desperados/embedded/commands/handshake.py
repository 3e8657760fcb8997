"""What a driver asks first: who is there, what can it do, which replica set is this."""

from __future__ import annotations

import platform

from bson import Int64

from desperados.embedded.commands.writes import MAX_BATCH
from desperados.embedded.instance.calls import Call, Reply, command
from desperados.embedded.storage.sessions import SESSION_MINUTES
from desperados.embedded.values.limits import (
    MAX_DOCUMENT,
    MAX_MESSAGE,
    MAX_WIRE_VERSION,
    VERSION,
)
from desperados.embedded.values.types import Doc

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
        call.client.app_name = application.get("name") if type(application) is dict else None
    address = call.client.address
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
        "maxWriteBatchSize": MAX_BATCH,
        "localTime": call.moment.now,
        "logicalSessionTimeoutMinutes": SESSION_MINUTES,
        "connectionId": call.client.number,
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


@command("connectionStatus", fields=("showPrivileges",))
def connection_status(_call: Call) -> Reply:
    return {"authInfo": {"authenticatedUsers": [], "authenticatedUserRoles": []}, "ok": 1.0}


@command("whatsmyuri")
def whatsmyuri(call: Call) -> Reply:
    return {"you": call.client.peer, "ok": 1.0}


@command("replSetGetStatus", fields=("initialSync",), admin=True)
def repl_set_get_status(call: Call) -> Reply:
    optime = {"ts": call.store.cluster_time, "t": Int64(1)}
    member = {
        "_id": 0,
        "name": call.client.address,
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
            "members": [{"_id": 0, "host": call.client.address, "priority": 1.0, "votes": 1}],
            "protocolVersion": Int64(1),
            "settings": {"electionTimeoutMillis": 10000, "heartbeatTimeoutSecs": 10},
        },
        "ok": 1.0,
    }
