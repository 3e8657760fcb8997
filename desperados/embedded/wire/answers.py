"""Which command may run where, and the errors and labels that an answer carries."""

from __future__ import annotations

import logging

from bson import Int64, Timestamp

from desperados.embedded.errors import (
    RETRYABLE_CODES,
    RETRYABLE_WRITE,
    TRANSIENT,
    TRANSIENT_CODES,
    CommandError,
)
from desperados.embedded.instance.calls import (
    COMMANDS,
    Call,
    Command,
    Reply,
)
from desperados.embedded.instance.faults import Effect
from desperados.embedded.instance.replies import CursorReply
from desperados.embedded.values.codec import decode
from desperados.embedded.values.numbers import as_int
from desperados.embedded.values.types import Doc, is_number

log = logging.getLogger("desperados.embedded")

ENDINGS = ("commitTransaction", "abortTransaction")


def find_command(name: str, body: Doc, *, test_commands: bool) -> Command:
    command = COMMANDS.get(name)
    if command is None or (command.test_only and not test_commands):
        raise CommandError("CommandNotFound", f"no such command: '{name}'")
    if not body.keys() <= command.fields and "*" not in command.fields:
        unknown = next(field for field in body if field not in command.fields)
        raise CommandError("IDLUnknownField", f"BSON field '{name}.{unknown}' is an unknown field.")
    return command


def check_in_transaction(call: Call, command: Command) -> None:
    body = call.body
    if not command.in_transaction:
        raise CommandError(
            "OperationNotSupportedInTransaction",
            f"Cannot run '{call.name}' in a multi-document transaction.",
        )
    if call.database in ("admin", "config", "local") and call.name not in ("bulkWrite", "getMore"):
        raise CommandError(
            "OperationNotSupportedInTransaction",
            f"Cannot run command against the '{call.database}' database in a transaction.",
        )
    if "writeConcern" in body:
        raise CommandError(
            "InvalidOptions", "writeConcern is not allowed within a multi-statement transaction"
        )
    concern = body.get("readConcern")
    if concern is None:
        return
    if not body.get("startTransaction"):
        raise CommandError(
            "InvalidOptions", "Only the first command in a transaction may specify a readConcern"
        )
    if concern.get("level", "snapshot") not in ("local", "majority", "snapshot"):
        raise CommandError(
            "InvalidOptions",
            "The readConcern level must be either 'local' "
            "(default), 'majority' or 'snapshot' in order to run in a transaction",
        )


def remembered(reply: Reply) -> Doc:
    """A reply in the form in which it can be given again."""
    if not isinstance(reply, CursorReply):
        return reply
    cursor = {
        "firstBatch": [decode(raw) for raw in reply.batch],
        "id": Int64(0),
        "ns": reply.namespace,
    }
    return {"cursor": cursor, **reply.beside, "ok": 1.0}


def tell_snapshot(reply: Reply, stamp: Timestamp) -> None:
    if isinstance(reply, CursorReply):
        reply.extra["atClusterTime"] = stamp
    else:
        reply["atClusterTime"] = stamp


def write_concern_error(body: Doc, command: Command, name: str) -> Doc | None:
    """What a single member says to a write concern that it cannot fulfil."""
    concern = body.get("writeConcern")
    if type(concern) is not dict or not (command.writes or name in ENDINGS):
        return None
    wanted = concern.get("w", 1)
    if wanted == "majority":
        return None
    if is_number(wanted):
        if as_int(wanted, "w") <= 1:
            return None
        return {
            "code": 100,
            "codeName": "UnsatisfiableWriteConcern",
            "errmsg": "Not enough data-bearing nodes",
            "errInfo": {"writeConcern": concern},
        }
    return {
        "code": 79,
        "codeName": "UnknownReplWriteConcern",
        "errmsg": f"No write concern mode named '{wanted}' found in replica set configuration",
        "errInfo": {"writeConcern": concern},
    }


def labelled_concern(reply: Reply, effect: Effect, body: Doc, name: str) -> Doc:
    concern = dict(effect.write_concern_error or {})
    concern.setdefault("codeName", "UnknownError")
    labels = effect.labels
    if labels is None:
        labels = concern.pop("errorLabels", None)
    retries = name in ENDINGS or ("txnNumber" in body and "autocommit" not in body)
    if labels is None and retries and concern.get("code") in RETRYABLE_CODES:
        labels = [RETRYABLE_WRITE]
    if labels:
        target = reply.beside if isinstance(reply, CursorReply) else reply
        target["errorLabels"] = list(labels)
    return concern


def failure_reply(error: CommandError, name: str, body: Doc, effect: Effect | None) -> Doc:
    """An error as a reply, with the labels that tell the driver what it may do."""
    labels = list(error.labels)
    if effect is not None and effect.error is error and effect.labels is not None:
        labels = list(effect.labels)
    else:
        in_transaction = body.get("autocommit") is False
        # A commit that met a network error may have happened: that is not transient.
        transient = TRANSIENT_CODES - RETRYABLE_CODES if name in ENDINGS else TRANSIENT_CODES
        if in_transaction and error.number in transient:
            labels.append(TRANSIENT)
        retries = name in ENDINGS or ("txnNumber" in body and not in_transaction)
        if retries and error.number in RETRYABLE_CODES:
            labels.append(RETRYABLE_WRITE)
    reply = error.reply()
    reply.pop("errorLabels", None)
    if labels:
        reply["errorLabels"] = list(dict.fromkeys(labels))
    return reply


def internal_error(name: str, error: Exception) -> CommandError:
    log.error("%s failed", name, exc_info=error)
    return CommandError("InternalError", f"{name}: {type(error).__name__}: {error}")
