"""The table of routes: method, path, service function, who may call it.

Everything else is derived from the function (see ``operation``). Paths are below ``PREFIX``.
"""

from __future__ import annotations

from desperados.accounts import service as accounts
from desperados.accounts import staff as accounts_staff
from desperados.api.access import Admin, Moderator, Owner, Public, User
from desperados.api.limits import CREATE_CHARACTER, LOGIN, PASSWORD, REFRESH, REGISTER
from desperados.api.operation import Route
from desperados.characters import service as characters
from desperados.economy import service as economy
from desperados.economy import staff as economy_staff
from desperados.world import content

PREFIX = "/api/v1"

ROUTES = (
    Route("POST", "/accounts", accounts.register, Public, REGISTER),
    Route("GET", "/account", accounts.me, User),
    Route("PUT", "/account/password", accounts.change_password, User, PASSWORD),
    Route("POST", "/sessions", accounts.login, Public, LOGIN),
    Route("POST", "/sessions/refresh", accounts.refresh, Public, REFRESH),
    Route("POST", "/sessions/revoke", accounts.revoke_token, Public, REFRESH),
    Route("GET", "/sessions", accounts.list_sessions, User),
    Route("DELETE", "/sessions", accounts.logout_everywhere, User),
    Route("DELETE", "/sessions/current", accounts.logout, User),
    Route("DELETE", "/sessions/{sessionId}", accounts.revoke_session, User),
    Route("POST", "/characters", characters.create, User, CREATE_CHARACTER),
    Route("GET", "/characters", characters.list_mine, User),
    Route("GET", "/characters/{characterId}", characters.get, Owner),
    Route("DELETE", "/characters/{characterId}", characters.delete, Owner),
    Route("GET", "/characters/{characterId}/balance", economy.balance, Owner),
    Route("GET", "/characters/{characterId}/history", economy.history, Owner),
    Route("POST", "/characters/{characterId}/transfers", economy.transfer, Owner),
    Route("POST", "/admin/characters/{characterId}/earnings", economy.earn, Admin),
    Route("POST", "/admin/characters/{characterId}/expenses", economy.spend, Admin),
    Route("POST", "/admin/characters/{characterId}/adjustments", economy_staff.adjust, Admin),
    Route("POST", "/admin/operations/{operationId}/reversal", economy_staff.reverse, Admin),
    Route("GET", "/profiles/{characterId}", characters.public_profile, Public),
    Route("PUT", "/admin/users/{userId}/status", accounts_staff.set_status, Moderator),
    Route("PUT", "/admin/users/{userId}/role", accounts_staff.set_role, Admin),
    Route("GET", "/content", content.list_kinds, Public),
    Route("GET", "/content/{kind}", content.list_content, Public),
    Route("GET", "/content/{kind}/{entry}", content.get_content, Public),
)
