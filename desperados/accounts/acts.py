"""What staff do beyond accounts, to characters, money and goods: each act has a reason and a row.

The row of the audit log is staged in the transaction of the act: both are committed, or neither.
"""

from __future__ import annotations

from typing import Annotated, Any

from bson import ObjectId
from pydantic import Field

from desperados.accounts.documents import AuditLog
from desperados.engine import clock, dice
from desperados.engine.errors import InvalidInput
from desperados.engine.staging import StagedInsert
from desperados.engine.transactions import stage

SHORTEST_REASON, LONGEST_REASON = 5, 500

Reason = Annotated[
    str,
    Field(
        min_length=SHORTEST_REASON,
        max_length=LONGEST_REASON,
        examples=["Reported by two players."],
    ),
]


def check_reason(reason: str) -> None:
    """Refuse an act that nobody could account for later.

    Raises:
        InvalidInput: the reason is not 5 to 500 characters.
    """
    if not isinstance(reason, str) or not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise InvalidInput(
            f"A reason has {SHORTEST_REASON} to {LONGEST_REASON} characters.", path="reason"
        )


def note_act(
    staff: ObjectId | None,
    action: str,
    details: dict[str, Any],
    *,
    character_id: ObjectId | None = None,
    act_id: ObjectId | None = None,
) -> None:
    """Stage a row of the audit log. ``staff`` is None for what a job found by itself.

    ``act_id`` names the row, for a job that may find the same thing twice.
    """
    row: dict[str, Any] = {"_id": act_id or dice.new_id(), "action": action, "details": details}
    if staff is not None:
        row["userId"] = staff
    if character_id is not None:
        row["characterId"] = character_id
    stage(StagedInsert(AuditLog.collection_name(), {**row, "createdAt": clock.now()}))
