"""What the accounts refuse."""

from __future__ import annotations

from desperados.engine.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    RateLimited,
    Unauthenticated,
)


class InvalidUsername(InvalidInput):
    """A username is 3 to 30 letters, digits or underscores, and not a reserved word."""


class InvalidEmail(InvalidInput):
    """This is not an e-mail address."""


class WeakPassword(InvalidInput):
    """A password is 8 to 128 characters with an upper-case letter, a lower-case one and a digit."""


class SamePassword(InvalidInput):
    """The new password is the old one."""


class InvalidReason(InvalidInput):
    """A decision of the staff needs a reason of 5 to 500 characters."""


class InvalidTerm(InvalidInput):
    """Only a suspension has an end, and it lies in the future."""


class UsernameTaken(Conflict):
    """This username is in use."""


class EmailTaken(Conflict):
    """This e-mail address is in use."""


class InvalidCredentials(Unauthenticated):
    """Username or e-mail and password do not belong together."""


class InvalidToken(Unauthenticated):
    """This token is not valid; log in again."""


class TokenReused(InvalidToken):
    """This refresh token was used before. Its whole session was closed; log in again."""


class AlreadyRotated(Conflict):
    """Another request of yours refreshed this session at the same moment; use its tokens."""


class WrongPassword(Forbidden):
    """The current password is not right."""


class AccountLocked(RateLimited):
    """Too many failed logins; wait until the lock ends."""


class AccountBanned(Forbidden):
    """This account is banned."""


class AccountSuspended(Forbidden):
    """This account is suspended."""


class UserNotFound(NotFound):
    """There is no such user."""


class SessionNotFound(NotFound):
    """There is no such session, or it is not yours."""


class SelfDealing(Forbidden):
    """Staff do not act on themselves, nor on what is theirs; the attempt was flagged."""


class LastAdmin(Conflict):
    """The last active admin can be neither demoted nor shut out."""
