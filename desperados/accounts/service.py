"""Accounts: registration, login, tokens, sessions.

Limits: no e-mail is sent, so addresses are not verified and a forgotten password is reset by
nobody; there is no second factor. Staff commands are in ``accounts.staff``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from desperados.accounts import users
from desperados.accounts.addresses import check_email
from desperados.accounts.audit import Action, Severity, record
from desperados.accounts.callers import Principal, origin
from desperados.accounts.credentials import lockout, passwords, sessions, tokens
from desperados.accounts.credentials.authentication import authenticate as authenticate
from desperados.accounts.credentials.sessions import RevokeReason
from desperados.accounts.credentials.strength import check_password
from desperados.accounts.documents import (
    RefreshToken,
    RefreshTokenStatus,
    User,
    UserRole,
    UserStatus,
)
from desperados.accounts.errors import (
    AlreadyRotated,
    EmailTaken,
    InvalidCredentials,
    InvalidToken,
    SamePassword,
    SessionNotFound,
    TokenReused,
    UsernameTaken,
    WrongPassword,
)
from desperados.accounts.inputs import Email, Login, NewPassword, Password, RefreshSecret, Username
from desperados.accounts.names import check_username, fold
from desperados.accounts.rules import CLOCK_LEEWAY, is_race, suspension_ended
from desperados.accounts.views import AccountView, SessionsClosed, SessionView, TokenPair
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.errors import InvalidInput
from desperados.engine.game import current_game
from desperados.engine.live.state import ACCESS_DENIED
from desperados.engine.transactions import after_commit

# Registration


async def register(*, username: Username, email: Email, password: NewPassword) -> AccountView:
    """Open an account.

    Usernames are unique without regard to case, and so are e-mail addresses; two mailboxes are
    never taken for one. Of several registrations of one name at the same moment, one succeeds.

    Raises:
        InvalidUsername: not 3 to 30 of A-Z, a-z, 0-9 and _, or reserved, or it could be taken for
            one of the staff.
        InvalidEmail: not an e-mail address.
        WeakPassword: not 8 to 128 characters with upper case, lower case and a digit, or it
            contains the username or the e-mail's name, or is a common one or a pattern.
        UsernameTaken: the username is in use.
        EmailTaken: the e-mail address is in use.
    """
    username = check_username(username)
    typed, email = email, check_email(email)
    check_password(password, username=username, email=email)
    hashed = await passwords.hash_password(password, current_game().settings)
    try:
        return await _insert_user(username, email, typed.strip(), hashed)
    except DuplicateKeyError as error:
        if "email" in ((error.details or {}).get("keyPattern") or {}):
            raise EmailTaken(path="email") from None
        raise UsernameTaken(path="username") from None


@command
async def _insert_user(username: str, email: str, typed: str, hashed: str) -> AccountView:
    # Another program may have stored the address as it was typed.
    if typed != email and await User.load_one({"email": typed}) is not None:
        raise EmailTaken(path="email")
    user = User(
        username=username,
        username_folded=fold(username),
        email=email,
        password=hashed,
        role=UserRole.USER,
        status=UserStatus.ACTIVE,
        created_at=clock.now(),
    )
    await user.insert()
    return AccountView.of(user)


async def me(user: ObjectId) -> AccountView:
    """Your account.

    Raises:
        UserNotFound: the account was removed.
    """
    return AccountView.of(await users.load(user))


# Login


async def login(*, login: Login, password: Password) -> TokenPair:
    """Log in with username or e-mail, and open a session.

    At most five sessions are open; a sixth login closes the least recently used. After ten wrong
    passwords from one network nobody tries that login from there for a minute, then for two, up to
    half an hour, not even with the right one; a device from which the owner has logged in before is
    counted for itself. An unknown name is answered exactly like a wrong password, delays included.

    Raises:
        InvalidCredentials: name and password do not belong together.
        AccountLocked: too many wrong passwords; ``retry_after`` says when to try again.
        AccountBanned: the account is banned (told only after the right password).
        AccountSuspended: the account is suspended, until ``until`` where that is known.
        Unavailable: the live state does not answer, so that no token could be checked either.
    """
    for path, text in (("login", login), ("password", password)):
        if not isinstance(text, str):
            raise InvalidInput("This must be text.", path=path)
    settings = current_game().settings
    typed = users.typed_login(login)
    attempt = lockout.login_attempt(typed, known=await lockout.is_known(typed))
    await attempt.refuse_too_early()
    while True:
        user = await users.find_by_login(login)
        if user is None:
            await passwords.waste_time(password, settings)
        if user is None or not await passwords.verify(password, user.password, settings):
            await attempt.failed(None if user is None else user.id)
            raise InvalidCredentials
        # Of many guesses that are tried at once, the right one is not let in after ten wrong ones.
        await attempt.refuse_too_early()
        await attempt.forget()
        await lockout.remember_device({typed, *users.logins_of(user)})
        renewed = None
        if passwords.is_outdated(user.password, settings):
            renewed = await passwords.hash_password(password, settings)
        pair = await _enter(user.id, user.password, renewed)
        # None: the stored hash changed while this password was compared with the old one.
        if pair is not None:
            return pair


@command
async def _enter(user_id: ObjectId, checked: str, renewed: str | None) -> TokenPair | None:
    """Open a session for a user whose hash ``checked`` was found right; None if it has changed."""
    user = await User.get(user_id)
    now = clock.now()
    if user is None:
        raise InvalidCredentials
    if user.password != checked:
        return None
    changes: dict[str, Any] = {"lastLogin": now}
    if suspension_ended(user.status, user.suspended_until, now):
        changes |= {
            "status": UserStatus.ACTIVE.value,
            "suspendedUntil": None,
            "moderatedAs": None,
        }
    else:
        users.refuse_shut_out(user)
    if renewed is not None:
        changes["password"] = renewed
    pair = await sessions.open_session(user, user.token_version or 0)
    users.stage_change(user.id, {"$set": changes})
    return pair


# Tokens


async def refresh(*, refresh_token: RefreshSecret) -> TokenPair:
    """Exchange a refresh token for a new pair, once.

    A refresh token is good for one exchange. One that comes again after its exchange was stolen or
    kept by mistake, and nobody can tell which of its two holders is the owner: the whole session
    is closed. Only a request that was already on its way when another one with the same token was
    answered gets AlreadyRotated instead, and the session lives on with the tokens of the other.

    Raises:
        InvalidToken: unknown, expired, or of a closed session.
        TokenReused: it was exchanged before; its session is closed now.
        AlreadyRotated: two requests came at the same moment, and the other was first.
        AccountBanned: the account was banned.
        AccountSuspended: the account was suspended.
    """
    pair = await _refresh(tokens.digest(refresh_token), _Arrival(clock.now()))
    if pair is None:
        # Raised here and not inside: the revocation must be committed, not rolled back.
        raise TokenReused
    return pair


@dataclass(slots=True)
class _Arrival:
    """A request to refresh: when it came, and whether it ever met its token unused."""

    at: datetime
    met_unused: bool = False


@command
async def _refresh(digest: str, arrival: _Arrival) -> TokenPair | None:
    """A new pair for an active token; None after a reuse that closed the session."""
    row = await RefreshToken.load_one({"token": digest})
    if row is None or row.family_id is None or row.expires_at <= clock.now():
        raise InvalidToken
    user = await User.get(row.user_id)
    if user is None:
        raise InvalidToken
    if row.status is RefreshTokenStatus.ACTIVE:
        users.refuse_shut_out(user)
        arrival.met_unused = True
        return sessions.rotate(row, user.token_version or 0)
    if await _lost_a_race(row, arrival):
        raise AlreadyRotated
    if not await sessions.revoke(row.user_id, [row.family_id], RevokeReason.REUSE):
        raise InvalidToken
    users.stage_change(user.id, {"$inc": {"tokenVersion": 1}})
    record(
        Action.TOKEN_REUSE,
        user_id=user.id,
        severity=Severity.HIGH,
        details={"session": row.family_id, "generation": row.generation},
    )
    return None


async def _lost_a_race(row: RefreshToken, arrival: _Arrival) -> bool:
    """Whether another request of the same user agent used the token while this one was coming."""
    if row.status is not RefreshTokenStatus.ROTATED or row.rotated_at is None:
        return False
    if not arrival.met_unused and not is_race(row.rotated_at, arrival.at):
        return False
    successor = await RefreshToken.get(row.replaced_by)
    return successor is not None and successor.user_agent == origin().user_agent


@command
async def logout(principal: Principal) -> None:
    """Close this session: its access token and its refresh token end now. Twice is fine."""
    await sessions.revoke(principal.user_id, [principal.family], RevokeReason.LOGOUT)
    after_commit(_deny, principal)


async def _deny(principal: Principal) -> None:
    left = principal.expires_at + CLOCK_LEEWAY - clock.now()
    key = ACCESS_DENIED.name(jti=principal.jti)
    await current_game().redis.set(key, 1, ex=max(1, int(left.total_seconds()) + 1))


@command
async def revoke_token(*, refresh_token: RefreshSecret) -> None:
    """Close the session of a refresh token: a logout for those whose access token has ended.

    An unknown or used token is no error (RFC 7009): what was asked for is already so.
    """
    try:
        digest = tokens.digest(refresh_token)
    except InvalidToken:
        return
    row = await RefreshToken.load_one({"token": digest})
    if row is not None and row.family_id is not None:
        await sessions.revoke(row.user_id, [row.family_id], RevokeReason.LOGOUT)


@command
async def logout_everywhere(principal: Principal) -> SessionsClosed:
    """Close every session of yours, this one included. All your access tokens end now."""
    closed = await sessions.revoke_all(principal.user_id, RevokeReason.LOGOUT)
    users.stage_change(principal.user_id, {"$inc": {"tokenVersion": 1}})
    return SessionsClosed(closed=closed)


async def list_sessions(principal: Principal) -> list[SessionView]:
    """Your open sessions, at most five, the most recently used first."""
    return [
        SessionView(
            id=row.family_id,
            started_at=row.family_started_at or row.created_at,
            last_used_at=row.last_used_at or row.created_at,
            expires_at=row.expires_at,
            ip=row.ip,
            user_agent=row.user_agent,
            current=row.family_id == principal.family,
        )
        for row in reversed(await sessions.live(principal.user_id))
        if row.family_id is not None
    ]


@command
async def revoke_session(principal: Principal, *, session_id: ObjectId) -> None:
    """Close one of your sessions.

    Raises:
        SessionNotFound: it is closed already, or it is not yours.
    """
    own = {row.family_id for row in await sessions.live(principal.user_id)}
    if session_id not in own:
        raise SessionNotFound
    await sessions.revoke(principal.user_id, [session_id], RevokeReason.LOGOUT)


# The password


async def change_password(
    principal: Principal, *, current_password: Password, new_password: NewPassword
) -> TokenPair:
    """Set a new password. Every session is closed, and a new one opened for the caller.

    It works whatever strangers do at the login: wrong passwords count against this session alone,
    which after ten of them waits a minute, then two, up to half an hour.

    Raises:
        WrongPassword: the current password is not right.
        AccountLocked: too many wrong passwords in this session; ``retry_after`` says when to try
            again.
        SamePassword: the new password is the current one.
        WeakPassword: not 8 to 128 characters with upper case, lower case and a digit, or it
            contains the username or the e-mail's name, or is a common one or a pattern.
        UserNotFound: the account was removed.
    """
    if not isinstance(current_password, str):
        raise InvalidInput("This must be text.", path="currentPassword")
    settings = current_game().settings
    user = await users.load(principal.user_id)
    check_password(new_password, username=user.username, email=user.email, path="newPassword")
    attempt = lockout.session_attempt(principal)
    await attempt.refuse_too_early()
    if not await passwords.verify(current_password, user.password, settings):
        await attempt.failed(user.id)
        raise WrongPassword(path="currentPassword")
    if new_password == current_password:
        raise SamePassword(path="newPassword")
    hashed = await passwords.hash_password(new_password, settings)
    return await _set_password(user.id, user.password, hashed)


@command
async def _set_password(user_id: ObjectId, checked: str, hashed: str) -> TokenPair:
    user = await users.load(user_id)
    if user.password != checked:
        raise WrongPassword(path="currentPassword")
    users.refuse_shut_out(user)
    version = (user.token_version or 0) + 1
    await sessions.revoke_all(user_id, RevokeReason.PASSWORD)
    users.stage_change(user_id, {"$set": {"password": hashed, "tokenVersion": version}})
    record(Action.PASSWORD_CHANGED, user_id=user_id, severity=Severity.MEDIUM)
    return await sessions.open_session(user, version)
