"""Failures as MongoDB names them.

A command that cannot be carried out raises `CommandError` with the number and the name that a
real server would give, so that drivers (which decide by number and label whether to retry)
behave as they would against one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

CODES = {
    "InternalError": 1,
    "BadValue": 2,
    "NoSuchKey": 4,
    "UnknownError": 8,
    "FailedToParse": 9,
    "TypeMismatch": 14,
    "Overflow": 15,
    "InvalidLength": 16,
    "IllegalOperation": 20,
    "NamespaceNotFound": 26,
    "IndexNotFound": 27,
    "PathNotViable": 28,
    "ConflictingUpdateOperators": 40,
    "CursorNotFound": 43,
    "NamespaceExists": 48,
    "MaxTimeMSExpired": 50,
    "DollarPrefixedFieldName": 52,
    "InvalidIdField": 53,
    "NotSingleValueField": 54,
    "EmptyFieldName": 56,
    "CommandNotFound": 59,
    "ImmutableField": 66,
    "FileStreamFailed": 39,
    "CannotCreateIndex": 67,
    "InvalidOptions": 72,
    "InvalidNamespace": 73,
    "IndexOptionsConflict": 85,
    "IndexKeySpecsConflict": 86,
    "OperationFailed": 96,
    "LockTimeout": 24,
    "WriteConflict": 112,
    "ExceededMemoryLimit": 146,
    "ConflictingOperationInProgress": 117,
    "DocumentValidationFailure": 121,
    "CommandNotSupported": 115,
    "CommandNotSupportedOnView": 166,
    "CappedPositionLost": 136,
    "InvalidPipelineOperator": 168,
    "NotARetryableWriteCommand": 50768,
    "TransactionTooOld": 225,
    "SnapshotTooOld": 239,
    "SnapshotUnavailable": 246,
    "NoSuchTransaction": 251,
    "TransactionCommitted": 256,
    "TransactionTooLarge": 257,
    "OperationNotSupportedInTransaction": 263,
    "ChangeStreamHistoryLost": 286,
    "BSONObjectTooLarge": 10334,
    "DuplicateKey": 11000,
    "OutOfDiskSpace": 14031,
    "InterruptedAtShutdown": 11600,
    "Interrupted": 11601,
    "HostUnreachable": 6,
    "HostNotFound": 7,
    "NetworkTimeout": 89,
    "ShutdownInProgress": 91,
    "PrimarySteppedDown": 189,
    "ExceededTimeLimit": 262,
    "SocketException": 9001,
    "NotWritablePrimary": 10107,
    "InterruptedDueToReplStateChange": 11602,
    "NotPrimaryNoSecondaryOk": 13435,
    "NotPrimaryOrSecondary": 13436,
    "IllegalOpMsgFlag": 50766,
    "UnauthorizedCommand": 13,
    "Unauthorized": 13,
    "ReadConcernMajorityNotAvailableYet": 134,
    "StaleShardVersion": 63,
    "StaleConfig": 13388,
    "WriteConcernFailed": 64,
    "UnsatisfiableWriteConcern": 100,
    "UnknownReplWriteConcern": 79,
    "StaleEpoch": 150,
    "IDLUnknownField": 40415,
    "IDLFailedToParse": 40414,
}
NAMES = {number: name for name, number in CODES.items()}

TRANSIENT = "TransientTransactionError"
RETRYABLE_WRITE = "RetryableWriteError"

# A write that fails with one of these may be sent again by the driver (retryable writes
# specification, "Determining Retryable Errors").
RETRYABLE_CODES = frozenset(
    {6, 7, 89, 91, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436},
)
# Inside a transaction these mean: the transaction is gone, begin it again from the start.
TRANSIENT_CODES = RETRYABLE_CODES | {112, 246, 251, 24, 239, 267}


class CommandError(Exception):
    """A refused command: `name` is MongoDB's error name, `number` overrides its usual code."""

    def __init__(
        self,
        name: str,
        message: str,
        *,
        number: int | None = None,
        labels: Sequence[str] = (),
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.name = name
        self.message = message
        self.number = CODES[name] if number is None else number
        self.labels = tuple(labels)
        self.extra = extra or {}

    def reply(self) -> dict[str, Any]:
        """The error as the body of a reply."""
        body: dict[str, Any] = {
            "ok": 0.0,
            "errmsg": self.message,
            "code": self.number,
            "codeName": self.name,
            **self.extra,
        }
        if self.labels:
            body["errorLabels"] = list(self.labels)
        return body


def located(number: int, message: str) -> CommandError:
    """A failure that MongoDB names after its place in the source, as `Location40353`."""
    return CommandError(f"Location{number}", message, number=number)


def bad_value(message: str) -> CommandError:
    return CommandError("BadValue", message)


def failed_to_parse(message: str) -> CommandError:
    return CommandError("FailedToParse", message)


def type_mismatch(message: str) -> CommandError:
    return CommandError("TypeMismatch", message)


def write_conflict() -> CommandError:
    return CommandError(
        "WriteConflict",
        "Caused by :: Write conflict during plan execution and yielding is disabled. :: Please "
        "retry your operation or multi-document transaction.",
    )


class EmbeddedError(Exception):
    """The embedded server itself cannot start or go on."""


class DamagedFile(EmbeddedError):
    """The database file is not one, or its content does not match its checksums."""


class DiskFull(EmbeddedError):
    """There is no space to open or write the file."""


class DatabaseInUse(EmbeddedError):
    """Another process has the database file open."""
