"""What the staff does with accounts. Every deed has a reason and a row in the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.accounts import users
from desperados.accounts.acts import Act, may_act, operators_act
from desperados.accounts.audit import Action, Severity
from desperados.accounts.credentials import sessions
from desperados.accounts.credentials.sessions import RevokeReason
from desperados.accounts.documents import User, UserRole, UserStatus
from desperados.accounts.errors import LastAdmin, UserNotFound
from desperados.accounts.inputs import Reason
from desperados.accounts.ranks import Moderation, may_set_status
from desperados.accounts.rules import check_term
from desperados.accounts.views import AccountView
from desperados.engine import clock, dice
from desperados.engine.commands import command
from desperados.engine.errors import InvalidInput
from desperados.engine.staging import StagedUpdate
from desperados.engine.transactions import stage

_STATUS_ACTIONS = {
    UserStatus.BANNED: Action.USER_BAN,
    UserStatus.SUSPENDED: Action.USER_SUSPEND,
    UserStatus.ACTIVE: Action.USER_UNBAN,
}


@command
async def set_status(
    actor: ObjectId,
    user: ObjectId,
    *,
    status: UserStatus,
    reason: Reason,
    until: datetime | None = None,
) -> AccountView:
    """Ban, suspend or reinstate a user.

    Banned and suspended users are logged out everywhere at once and cannot log in. A suspension
    may have an end (``until``); it is lifted by the first login after it. Moderators suspend for at
    most seven days, and change what moderators decided; admins do all. Nobody acts on themselves or
    on an equal.

    Raises:
        UserNotFound: there is no such user.
        Forbidden: your role does not allow it, or an admin decided what is to be changed.
        SelfDealing: the user is you.
        LastAdmin: the user is the last active admin.
        InvalidReason: the reason is not 5 to 500 characters.
        InvalidTerm: an end that is not in the future, or of something else than a suspension.
    """
    status = _status(status)
    now = clock.now()
    check_term(status, until, now)
    act = await may_act(actor, [user], needed=UserRole.MODERATOR, reason=reason)
    target = await users.load(user)
    old = Moderation(target.status, target.suspended_until, target.moderated_as)
    may_set_status(act.rank, old, Moderation(status, until, act.rank), now)
    if target.status is status and target.suspended_until == until:
        return AccountView.of(target)  # said twice; once is enough
    if status is not UserStatus.ACTIVE:
        await _keep_an_admin(target)
    await _change(
        target,
        {
            "status": status.value,
            "suspendedUntil": until,
            "moderationReason": None if status is UserStatus.ACTIVE else act.reason,
            "moderatedAs": None if status is UserStatus.ACTIVE else act.rank.value,
        },
    )
    act.note(
        _STATUS_ACTIONS[status].value,
        severity=Severity.HIGH.value,
        before={
            "status": str(old.status),
            "until": old.until,
            "decidedAs": None if old.decided_as is None else old.decided_as.value,
        },
        after={"status": status.value, "until": until},
    )
    return AccountView.of(target).model_copy(update={"status": status})


@command
async def set_role(
    actor: ObjectId, user: ObjectId, *, role: UserRole, reason: Reason
) -> AccountView:
    """Give a user another role. Only admins do, and not to admins or to themselves.

    The user is logged out everywhere, so that no token says the old role.

    Raises:
        UserNotFound: there is no such user.
        Forbidden: you are no admin, or the user is another one.
        SelfDealing: the user is you.
        InvalidReason: the reason is not 5 to 500 characters.
    """
    role = _role(role)
    act = await may_act(actor, [user], needed=UserRole.ADMIN, reason=reason)
    return await _set_role(act, await users.load(user), role)


@command
async def grant_role(*, username: str, role: UserRole, reason: Reason) -> AccountView:
    """Give a user a role in the name of the server's operator: how the first admin is made.

    For the command line; never offered over HTTP. ``username`` is taken as at the login.

    Raises:
        UserNotFound: there is no such user.
        LastAdmin: this would leave the game without an active admin.
        InvalidReason: the reason is not 5 to 500 characters.
    """
    role = _role(role)
    target = await users.find_by_login(username)
    if target is None:
        raise UserNotFound
    return await _set_role(operators_act(reason, [target.id]), target, role)


async def _set_role(act: Act, target: User, role: UserRole) -> AccountView:
    if target.role is role:
        return AccountView.of(target)
    if role is not UserRole.ADMIN:
        await _keep_an_admin(target)
    await _change(target, {"role": role.value})
    act.note(
        Action.ROLE_CHANGE.value,
        severity=Severity.CRITICAL.value,
        before={"role": target.role.value},
        after={"role": role.value},
    )
    return AccountView.of(target).model_copy(update={"role": role})


async def _change(target: User, fields: dict[str, Any]) -> None:
    """Change the account, and end every session and access token of it."""
    await sessions.revoke_all(target.id, RevokeReason.STAFF)
    users.stage_change(target.id, {"$set": fields, "$inc": {"tokenVersion": 1}})


async def _keep_an_admin(leaving: User) -> None:
    """Refuse to take away the last active admin.

    Two that leave at once would each see the other stay. So the one who stays is written to: the
    two transactions meet in a write conflict, and the second counts again.
    """
    if leaving.role is not UserRole.ADMIN or leaving.status is not UserStatus.ACTIVE:
        return
    staying = await User.load_one(
        {
            "role": UserRole.ADMIN.value,
            "status": UserStatus.ACTIVE.value,
            "_id": {"$ne": leaving.id},
        }
    )
    if staying is None:
        raise LastAdmin
    stage(
        StagedUpdate(
            User.collection_name(),
            {"_id": staying.id, "role": UserRole.ADMIN.value, "status": UserStatus.ACTIVE.value},
            {"$set": {"staffGuard": dice.new_id()}},
            otherwise=LastAdmin(),
        )
    )


def _status(value: Any) -> UserStatus:
    try:
        return UserStatus(value)
    except ValueError:
        raise InvalidInput("A status is active, suspended or banned.", path="status") from None


def _role(value: Any) -> UserRole:
    try:
        return UserRole(value)
    except ValueError:
        raise InvalidInput("A role is user, moderator or admin.", path="role") from None
