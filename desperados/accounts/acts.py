"""What staff do: each act passes one rule, has a reason, and leaves a row.

``may_act`` applies the rule to everybody whom the act touches and gives the ``Act``; only an
``Act`` writes the row, so that there is none without the rule. The row is staged in the transaction
of the act: both are committed, or neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from desperados.accounts.audit import flag_now, stage_row
from desperados.accounts.callers import is_public, network_of, origin
from desperados.accounts.documents import RefreshToken, RefreshTokenStatus, User, UserRole
from desperados.accounts.documents import UserStatus as Status
from desperados.accounts.errors import SelfDealing
from desperados.accounts.ranks import Standing, require_rank, staff_may_touch
from desperados.accounts.rules import SESSIONS_PER_USER, check_reason
from desperados.engine.storage.collection import find_all

SELF_DEALING = "self dealing"
SAME_ADDRESS = "same address"


@dataclass(frozen=True, slots=True)
class Act:
    """An act that the rule has let pass. ``staff`` is None for the operator of the server.

    ``persons`` are the accounts that it touches.
    """

    staff: ObjectId | None
    rank: UserRole
    reason: str
    persons: tuple[ObjectId, ...] = ()

    def note(
        self,
        action: str,
        *,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        character_id: ObjectId | None = None,
        **details: Any,
    ) -> None:
        """Stage the row of the act: why, what was ``before`` and what is ``after``."""
        stage_row(
            action,
            {
                "reason": self.reason,
                **details,
                **({"target": self.persons[0]} if len(self.persons) == 1 else {}),
                **({"targets": list(self.persons)} if len(self.persons) > 1 else {}),
                "before": dict(before),
                "after": dict(after),
            },
            by=self.staff,
            character_id=character_id,
        )


def operators_act(reason: str, persons: Iterable[ObjectId] = ()) -> Act:
    """An act of whoever runs the server, who stands above the staff. Never offered over HTTP.

    Raises:
        InvalidReason: the reason is not 5 to 500 characters.
    """
    return Act(None, UserRole.ADMIN, check_reason(reason), tuple(persons))


async def may_act(
    staff: ObjectId,
    persons: Iterable[ObjectId],
    *,
    needed: UserRole,
    reason: str,
    character_id: ObjectId | None = None,
) -> Act:
    """Let a member of the staff act on ``persons``, all accounts that the act touches.

    Staff who try to act on themselves are refused, and flagged; those who act on somebody who is
    logged in from the same network are flagged only: two people may share a house.

    Raises:
        Forbidden: there is no such active member of the staff of the rank ``needed``, or the rank
            is not above that of everybody who is touched.
        SelfDealing: they would touch themselves, or what is theirs.
        InvalidReason: the reason is not 5 to 500 characters.
    """
    reason = check_reason(reason)
    touched = tuple(dict.fromkeys(persons))
    roles = await _roles_of(staff, touched)
    acting = Standing(staff, roles.get(staff, UserRole.USER))
    require_rank(acting.role, needed)
    for person in touched:
        try:
            staff_may_touch(acting, Standing(person, roles.get(person, UserRole.USER)))
        except SelfDealing:
            detail = f"staff {staff} tried to act on themselves"
            await flag_now(SELF_DEALING, detail, by=staff, about=person, character_id=character_id)
            raise
    for person in await _neighbours(staff, touched):
        detail = f"staff {staff} acted on {person}, who is logged in from the same network"
        await flag_now(SAME_ADDRESS, detail, by=staff, about=person, character_id=character_id)
    return Act(staff, acting.role, reason, touched)


async def _roles_of(staff: ObjectId, persons: tuple[ObjectId, ...]) -> dict[ObjectId, UserRole]:
    """The roles of those that exist. Of the staff an account that is shut out has none."""
    rows = await find_all(
        User.collection(),
        {"_id": {"$in": [staff, *persons]}},
        projection={"role": 1, "status": 1},
        limit=1 + len(persons),
    )
    return {
        row["_id"]: _role_in(row)
        for row in rows
        if row["_id"] != staff or row.get("status") == Status.ACTIVE.value
    }


def _role_in(row: dict[str, Any]) -> UserRole:
    """A role that another program made up gives no rank."""
    role = row.get("role")
    return UserRole(role) if role in set(UserRole) else UserRole.USER


async def _neighbours(staff: ObjectId, persons: tuple[ObjectId, ...]) -> list[ObjectId]:
    """Those who have a session in a network in which the staff have one, too.

    Networks that are not of the internet (a developer's machine, a proxy that nobody has named) say
    nothing about who sits there.
    """
    if not persons:
        return []
    rows = await find_all(
        RefreshToken.collection(),
        {"userId": {"$in": [staff, *persons]}, "status": RefreshTokenStatus.ACTIVE.value},
        projection={"userId": 1, "ip": 1},
        limit=2 * SESSIONS_PER_USER * (1 + len(persons)),
    )
    networks: dict[ObjectId, set[str]] = {}
    for row in rows:
        if is_public(row.get("ip")):
            networks.setdefault(row["userId"], set()).add(network_of(row["ip"]))
    here = origin().ip
    own = networks.get(staff, set()) | ({network_of(here)} if here and is_public(here) else set())
    return [person for person in persons if own & networks.get(person, set())]
