"""Writes that wait for company: a transaction sends them together, in one round trip.

On MongoDB 8 that is the client-level ``bulkWrite`` command; before it, one ``insert`` or
``update`` command per run of writes of one kind to one collection, in the same order. What the
server can do is asked at the start (``probe``), and may change: a set that fails over to a member
of an older version refuses the command in the middle of the game. From the first refusal on it is
not used any more, and the refused transaction runs again.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import structlog
from pymongo.errors import DuplicateKeyError, OperationFailure, PyMongoError

from desperados.engine import driver
from desperados.engine.errors import GameError

DUPLICATE_KEY = 11000
COMMAND_NOT_FOUND = 59  # MongoDB before 8.0
COMMAND_NOT_SUPPORTED = 115  # MongoDB 8.0 with an older featureCompatibilityVersion

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StagedInsert:
    """Insert ``document`` into ``collection``."""

    collection: str
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StagedUpdate:
    """Update the one document that ``where`` finds; if none is found, raise ``otherwise``.

    ``change`` is an update, or a pipeline where what becomes of a field depends on what is in it.
    """

    collection: str
    where: dict[str, Any]
    change: dict[str, Any] | list[dict[str, Any]]
    otherwise: GameError
    upsert: bool = False


StagedWrite = StagedInsert | StagedUpdate


async def send(game: Any, session: Any, writes: list[StagedWrite]) -> None:
    """Carry out ``writes`` in order within the session's transaction.

    Raises:
        DuplicateKeyError: a unique index refused one; the server has aborted the transaction.
        GameError: an update found nothing; the error that came with it.
    """
    if not game.bulk_writes:
        await _send_in_turn(game, session, writes)
        return
    try:
        await _send_together(game, session, writes)
    except OperationFailure as error:
        if not _is_refusal(error):
            raise
        game.bulk_writes = False
        log.warning("bulk_writes_refused", reason=error.details)
        # Nothing of it was carried out: what says so has the transaction run again.
        raise PyMongoError(
            "The server does not know bulkWrite any more.",
            error_labels=["TransientTransactionError"],
        ) from error


async def probe(game: Any) -> bool:
    """Whether the server carries out ``bulkWrite``. Its version alone does not tell: with an older
    featureCompatibilityVersion it refuses. It is asked to change a document that there is not.
    """
    try:
        await game.admin.command(
            {
                "bulkWrite": 1,
                "ops": [
                    {
                        "update": 0,
                        "filter": {"_id": "bulkWrite"},
                        "updateMods": {"$set": {"probed": True}},
                    }
                ],
                "nsInfo": [{"ns": f"{game.database.name}.commandrecords"}],
            }
        )
    except OperationFailure as error:
        if not _is_refusal(error):
            raise
        return False
    return True


def _is_refusal(error: OperationFailure) -> bool:
    return error.code in (COMMAND_NOT_FOUND, COMMAND_NOT_SUPPORTED)


async def _send_together(game: Any, session: Any, writes: list[StagedWrite]) -> None:
    namespaces: dict[str, int] = {}
    operations = []
    for write in writes:
        number = namespaces.setdefault(write.collection, len(namespaces))
        if isinstance(write, StagedInsert):
            operations.append({"insert": number, "document": write.document})
        else:
            operations.append(
                {
                    "update": number,
                    "filter": write.where,
                    "updateMods": write.change,
                    "multi": False,
                    "upsert": write.upsert,
                }
            )
    answer = await _command(
        game.admin,
        session,
        {
            "bulkWrite": 1,
            "ops": operations,
            "nsInfo": [{"ns": f"{game.database.name}.{name}"} for name in namespaces],
            "ordered": True,
            "errorsOnly": False,
        },
    )
    for result in answer["cursor"]["firstBatch"]:
        write = writes[result["idx"]]
        if not result["ok"]:
            raise _failure(result)
        if isinstance(write, StagedUpdate) and result["n"] == 0:
            raise write.otherwise


async def _send_in_turn(game: Any, session: Any, writes: list[StagedWrite]) -> None:
    for (kind, collection), run in itertools.groupby(
        writes, key=lambda write: (type(write), write.collection)
    ):
        group = list(run)
        if kind is StagedInsert:
            answer = await _command(
                game.database,
                session,
                {"insert": collection, "documents": [w.document for w in group]},  # type: ignore[union-attr]
            )
            _check_errors(answer)
            continue
        for write in group:
            assert isinstance(write, StagedUpdate)
            answer = await _command(
                game.database,
                session,
                {
                    "update": collection,
                    "updates": [{"q": write.where, "u": write.change, "upsert": write.upsert}],
                },
            )
            _check_errors(answer)
            if answer["n"] == 0:
                raise write.otherwise


async def _command(database: Any, session: Any, command: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = await driver.in_transaction(database.command(command, session=session))
    return answer


def _check_errors(answer: dict[str, Any]) -> None:
    for error in answer.get("writeErrors", ()):
        raise _failure(error)


def _failure(error: dict[str, Any]) -> OperationFailure:
    kind = DuplicateKeyError if error["code"] == DUPLICATE_KEY else OperationFailure
    return kind(error.get("errmsg", ""), error["code"], error)
