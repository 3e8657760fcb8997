"""The audit trail: what the staff did and what threatens an account, written with the deed.

A row is staged in the transaction that it tells of: both are committed, or neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from bson import ObjectId

from desperados.accounts.callers import origin
from desperados.accounts.documents import AuditLog
from desperados.engine import clock
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
    target_id: ObjectId | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add a row to the trail. ``user_id`` is who acted, None for the operator of the server.

    ``target_id`` is the user who was acted on, where that is another one. ``details`` hold no
    secrets.
    """
    row = AuditLog(
        user_id=user_id,
        action=action.value,
        details={"severity": severity.value, **(details or {})},
        ip_address=origin().ip,
        created_at=clock.now(),
    )
    if target_id is not None:
        row.details["target"] = target_id
    stage(StagedInsert(AuditLog.collection_name(), row.to_mongo()))
