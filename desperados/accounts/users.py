"""Finding and changing user documents; what every module of accounts shares."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from desperados.accounts.addresses import EMAIL_LENGTH, forms_of
from desperados.accounts.documents import User, UserStatus
from desperados.accounts.errors import AccountBanned, AccountSuspended, UserNotFound
from desperados.accounts.names import fold
from desperados.engine.staging import StagedUpdate
from desperados.engine.transactions import stage


async def load(user_id: ObjectId) -> User:
    """The user with this id.

    Raises:
        UserNotFound: there is none.
    """
    user = await User.get(user_id)
    if user is None:
        raise UserNotFound
    return user


async def find_by_login(login: str) -> User | None:
    """The user with this name or address, or None.

    Users whom another application registered may have no folded name, or one that somebody else
    has in other case; they are found by the exact one, which comes first. A name costs the same to
    look up whether there is one or not.
    """
    name = login.strip()
    if not name.isprintable() or not 0 < len(name) <= EMAIL_LENGTH[1]:
        return None
    if "@" in name:
        return await _find_by_address(name)
    exact = await User.load_one({"username": name})
    folded = await User.load_one({"usernameFolded": fold(name)})
    return exact or folded


async def _find_by_address(address: str) -> User | None:
    """The user with this address; else the one whose row has an earlier form of it."""
    forms = forms_of(address)
    found = await User.load_many({"email": {"$in": forms}}, limit=len(forms))
    return min(found, key=lambda user: forms.index(user.email), default=None)


def typed_login(login: str) -> str:
    """The one form of what was typed into the login field, however it was written."""
    return forms_of(login)[0] if "@" in login else fold(login)


def logins_of(user: User) -> list[str]:
    """What the user may type to log in, each in its one form."""
    return [typed_login(login) for login in (user.username, user.email)]


def stage_change(user_id: ObjectId, change: dict[str, Any]) -> None:
    """Stage an update of a user that this transaction has read."""
    stage(StagedUpdate(User.collection_name(), {"_id": user_id}, change, otherwise=UserNotFound()))


def refuse_shut_out(user: User) -> None:
    """Let only active accounts pass.

    Raises:
        AccountBanned: the account is banned.
        AccountSuspended: it is suspended, or of a status that we do not know.
    """
    if user.status is UserStatus.BANNED:
        raise AccountBanned(reason=user.moderation_reason)
    if user.status is not UserStatus.ACTIVE:
        raise AccountSuspended(reason=user.moderation_reason, until=user.suspended_until)
