"""What bots do with their accounts: log in and out, keep tokens, change passwords.

A bot always knows its password: wrong ones would have it wait by the clock on the wall.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desperados.accounts import service
from desperados.accounts.credentials.authentication import authenticate
from desperados.accounts.rules import SESSIONS_PER_USER
from desperados.accounts.views import TokenPair
from desperados.engine import dice
from desperados.engine.manifest.bots import (
    Arguments,
    Bot,
    Command,
    Player,
    anytime,
    now_and_then,
    one_of,
)

LOGIN, PASSWORD, TOKENS = "login", "password", "tokens"
"""The notes of a player: what it logs in with, and its newest pair of tokens while it has one."""


def new_password() -> str:
    """One that no rule finds weak."""
    return f"Six-{dice.token(8)}-Guns"


async def enter(me: Player, _arguments: Arguments, pair: TokenPair) -> None:
    """Go on with new tokens."""
    me.notes[TOKENS] = pair
    me.caller = await authenticate(pair.access_token)


async def log_in(me: Player) -> Arguments | None:
    """Again after a logout, and now and then from one more device."""
    if TOKENS in me.notes and not now_and_then(20):
        return None
    return {"login": me.notes[LOGIN], "password": me.notes[PASSWORD]}


async def _refresh(me: Player) -> Arguments | None:
    pair = me.notes.get(TOKENS)
    return {"refresh_token": pair.refresh_token} if pair is not None else None


async def _close_another(me: Player) -> Arguments | None:
    sessions = [row for row in await service.list_sessions(me.caller) if not row.current]
    chosen = one_of(sessions[:SESSIONS_PER_USER])
    return {"session_id": chosen.id} if chosen is not None else None


async def _change_password(me: Player) -> Arguments | None:
    if TOKENS not in me.notes:
        return None
    return {"current_password": me.notes[PASSWORD], "new_password": new_password()}


async def _changed(me: Player, arguments: Arguments, pair: TokenPair) -> None:
    me.notes[PASSWORD] = arguments["new_password"]
    await enter(me, arguments, pair)


async def _closed(me: Player, _arguments: Arguments, _answer: Any) -> None:
    me.notes.pop(TOKENS, None)


BOTS = (
    Bot(service.login, log_in, learn=enter),
    Bot(service.refresh, _refresh, weight=2, learn=enter),
    Bot(service.change_password, _change_password, learn=_changed),
    Bot(service.revoke_session, _close_another),
    Bot(service.revoke_token, _refresh, learn=_closed),
    Bot(service.logout, anytime, learn=_closed),
    Bot(service.logout_everywhere, anytime, learn=_closed),
)
NOT_BY_BOTS: Mapping[Command, str] = {
    service.register: "whoever plays a bot registers it before the first move"
}
