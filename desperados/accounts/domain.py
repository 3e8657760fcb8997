"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.accounts import documents
from desperados.accounts import service as accounts
from desperados.accounts import staff as accounts_staff
from desperados.accounts.bots import BOTS, NOT_BY_BOTS
from desperados.engine.manifest.domain import Domain
from desperados.engine.manifest.routes import (
    HOUR,
    MINUTE,
    Admin,
    Limit,
    Moderator,
    Public,
    RateClass,
    Route,
    Subject,
    User,
)

REFRESH = RateClass("refresh", (Limit(30, MINUTE, Subject.ADDRESS),))
REGISTER = RateClass("register", (Limit(3, HOUR, Subject.ADDRESS),))

DOMAIN = Domain(
    name="accounts",
    documents=(documents,),
    routes=(
        Route("POST", "/accounts", accounts.register, Public, REGISTER, "/account"),
        Route("GET", "/account", accounts.me, User),
        Route("PUT", "/account/password", accounts.change_password, User),
        Route("POST", "/sessions", accounts.login, Public, creates="/sessions/current"),
        Route("POST", "/sessions/refresh", accounts.refresh, Public, REFRESH),
        Route("POST", "/sessions/revocation", accounts.revoke_token, Public, REFRESH),
        Route("GET", "/sessions", accounts.list_sessions, User),
        Route("DELETE", "/sessions", accounts.logout_everywhere, User),
        Route("DELETE", "/sessions/current", accounts.logout, User),
        Route("DELETE", "/sessions/{sessionId}", accounts.revoke_session, User),
        Route("PUT", "/admin/users/{userId}/status", accounts_staff.set_status, Moderator),
        Route("PUT", "/admin/users/{userId}/role", accounts_staff.set_role, Admin),
    ),
    inner=(accounts_staff.grant_role,),
    bots=BOTS,
    not_by_bots=NOT_BY_BOTS,
)
