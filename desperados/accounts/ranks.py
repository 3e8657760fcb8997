"""Who of the staff may touch whom, and whose decisions they may change. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bson import ObjectId

from desperados.accounts.documents import UserRole, UserStatus
from desperados.accounts.errors import SelfDealing
from desperados.accounts.rules import suspension_ended
from desperados.engine.errors import Forbidden

RANK = {UserRole.USER: 0, UserRole.MODERATOR: 1, UserRole.ADMIN: 2}
LONGEST_MODERATOR_SUSPENSION = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Standing:
    """An account as the rule sees it."""

    id: ObjectId
    role: UserRole


@dataclass(frozen=True, slots=True)
class Moderation:
    """What was decided about an account. ``decided_as`` is the rank of who decided, None where it
    is not known: then it counts as an admin's."""

    status: UserStatus
    until: datetime | None = None
    decided_as: UserRole | None = None


def require_rank(role: UserRole, needed: UserRole) -> None:
    """Staff of a rank do what that rank and those below may do.

    Raises:
        Forbidden: the role is below ``needed``.
    """
    if RANK[role] < RANK[needed]:
        raise Forbidden(f"This takes the role of {needed.value}.")


def staff_may_touch(staff: Standing, person: Standing) -> None:
    """The one rule of who acts on whom: staff act on lower ranks, and never on themselves.

    It covers accounts and everything that belongs to them: characters, money, goods, listings.

    Raises:
        SelfDealing: the person is the member of the staff.
        Forbidden: the staff's rank is not above the person's.
    """
    if staff.id == person.id:
        raise SelfDealing
    if RANK[staff.role] <= RANK[person.role]:
        raise Forbidden("Nobody acts on a user of the same or a higher role.")


def may_change_decision(role: UserRole, decided_as: UserRole | None) -> None:
    """Who decided something decides about it, and so do all of the same rank and above.

    ``decided_as`` None is a decision of nobody knows whom, or of the game itself: an admin's.

    Raises:
        Forbidden: a higher rank decided.
    """
    if RANK[role] < RANK[decided_as or UserRole.ADMIN]:
        raise Forbidden("An admin decided this; ask an admin to change it.")


def may_set_status(role: UserRole, old: Moderation, new: Moderation, now: datetime) -> None:
    """Which step from one status to another somebody of ``role`` may decide.

    ====================  ====================  =========================
    from                  to                    who
    ====================  ====================  =========================
    active                suspended, <= 7 days  moderators, admins
    a moderator's         suspended, <= 7 days  moderators, admins
    suspension            active                moderators, admins
    an admin's            anything              admins
    suspension, a ban
    anything              banned; suspended     admins
                          longer or without end
    ====================  ====================  =========================

    A suspension whose end has passed is none.

    Raises:
        Forbidden: the role may not.
    """
    require_rank(role, UserRole.MODERATOR)
    if role is UserRole.ADMIN:
        return
    ended = suspension_ended(old.status, old.until, now)
    if old.status is UserStatus.BANNED:
        may_change_decision(role, UserRole.ADMIN)
    elif old.status is not UserStatus.ACTIVE and not ended:
        may_change_decision(role, old.decided_as)
    if new.status is UserStatus.ACTIVE:
        return
    short = new.until is not None and new.until - now <= LONGEST_MODERATOR_SUSPENSION
    if new.status is not UserStatus.SUSPENDED or not short:
        raise Forbidden("A moderator suspends for at most 7 days; ask an admin.")
