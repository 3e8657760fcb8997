"""The audit trail: what the staff did and what threatens an account, written with the deed.

A row is staged in the transaction that it tells of: both are committed, or neither. Every row says
from which address the call came, where it came over the network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from bson import ObjectId

from desperados.accounts.callers import origin
from desperados.accounts.documents import AuditLog
from desperados.engine import clock, dice
from desperados.engine.game import current_game
from desperados.engine.staging import StagedInsert
from desperados.engine.transactions import stage


class Action(StrEnum):
    """What happened."""

    ACCOUNT_LOCKOUT = "ACCOUNT_LOCKOUT"
    TOKEN_REUSE = "TOKEN_REUSE"  # noqa: S105
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105
    USER_BAN = "USER_BAN"
    USER_SUSPEND = "USER_SUSPEND"
    USER_UNBAN = "USER_UNBAN"
    ROLE_CHANGE = "ROLE_CHANGE"
    # Something to look into, which the staff can list; most of them are about money.
    FLAG = "ECONOMY_FLAG"


class Severity(StrEnum):
    """How much it matters."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


def record(
    action: Action,
    *,
    user_id: ObjectId | None,
    severity: Severity,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Stage a row about the security of an account. ``user_id`` is whose account it is, None where
    there is none. ``details`` hold no secrets.
    """
    stage_row(action.value, {"severity": severity.value, **(details or {})}, by=user_id)


def stage_row(
    action: str,
    details: Mapping[str, Any],
    *,
    by: ObjectId | None = None,
    character_id: ObjectId | None = None,
    row_id: ObjectId | None = None,
) -> None:
    """Stage a row. ``by`` is who acted, None for the operator of the server and for jobs.

    ``row_id`` names the row, for a job that may find the same thing twice.
    """
    row = _row(action, details, by, character_id, row_id or dice.new_id())
    stage(StagedInsert(AuditLog.collection_name(), row))


async def flag_now(
    pattern: str, detail: str, *, by: ObjectId, about: ObjectId, character_id: ObjectId | None
) -> None:
    """Leave a flag for the staff whatever becomes of the transaction, once a day for each pair.

    It is written beside the transaction and not in it: a refusal, which is what it tells of, rolls
    everything back that is in it.
    """
    day = f"{clock.now():%Y-%m-%d}"
    details = {"pattern": pattern, "amount": 0, "detail": detail}
    name = id_of(f"{pattern}|{by}|{about}|{day}")
    row = _row(Action.FLAG.value, details, by, character_id, name)
    rows = current_game().database[AuditLog.collection_name()]
    await rows.update_one({"_id": name}, {"$setOnInsert": row}, upsert=True)


def id_of(name: str) -> ObjectId:
    """The id of what has a name: the same thing has the same id, however often it is noted."""
    return ObjectId(hashlib.sha256(name.encode()).digest()[:12])


def _row(
    action: str,
    details: Mapping[str, Any],
    by: ObjectId | None,
    character_id: ObjectId | None,
    row_id: ObjectId,
) -> dict[str, Any]:
    known = {"userId": by, "characterId": character_id, "ipAddress": origin().ip}
    return {
        "_id": row_id,
        **{name: value for name, value in known.items() if value is not None},
        "action": action,
        "details": dict(details),
        "createdAt": clock.now(),
    }
