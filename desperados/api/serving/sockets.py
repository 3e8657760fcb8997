"""The WebSocket that carries a character's events to its owner.

It only speaks. Who may open it is asked like for every other route of an owner, before the upgrade
and again whenever something about the account changes. It is closed when the token ends, when the
client says anything, when it does not keep up, and when the server stops; the reason of the close
is the code of the error.

Limits: ``MOST_OF_A_USER`` sockets of a user in one process; what a socket has not sent is bounded
by its feed (``engine.pubsub``) and by the connection's own buffers.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import structlog
from aiohttp import WSCloseCode, WSMsgType, hdrs, web
from bson import ObjectId

from desperados.accounts import service as accounts
from desperados.accounts.callers import Principal
from desperados.api.access import PRINCIPAL, SOCKET_PROTOCOL, socket_token
from desperados.api.errors import InternalError, TooManySockets, UpgradeNeeded
from desperados.api.problems import as_game_error
from desperados.api.serving.metrics import Metrics
from desperados.characters import service as characters
from desperados.engine import clock
from desperados.engine.errors import Unavailable
from desperados.engine.live.events import Stream, listen

MOST_OF_A_USER = 10
HEARTBEAT_SECONDS = 30.0
CHECK_SECONDS = 60.0  # a signal may get lost; then the account is looked at this late
CLOSE_SECONDS = 2.0
LARGEST_WORD = 1024

log = structlog.get_logger(__name__)


class Ending(NamedTuple):
    """Why a socket is closed."""

    code: int
    reason: str


STOPPING = Ending(WSCloseCode.GOING_AWAY, "stopping")
EXPIRED = Ending(WSCloseCode.POLICY_VIOLATION, "token_expired")
SPOKEN_TO = Ending(WSCloseCode.POLICY_VIOLATION, "not_spoken_to")
BINARY = Ending(WSCloseCode.UNSUPPORTED_DATA, "not_spoken_to")
GONE = Ending(WSCloseCode.OK, "")


class Sockets:
    """The open sockets of one application."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._stopping = asyncio.Event()
        self._of_user: Counter[ObjectId] = Counter()

    async def stop(self, _app: web.Application) -> None:
        """Signal handler: close every socket. Requests in flight are waited for after this."""
        self._stopping.set()

    async def serve(
        self, request: web.Request, actor: ObjectId, follow: Callable[[], Stream]
    ) -> web.StreamResponse:
        """Upgrade the request and send what ``follow`` brings, until there is a reason to end.

        Raises:
            UpgradeNeeded: the request is no WebSocket handshake.
            TooManySockets: the user has ``MOST_OF_A_USER`` open.
            Unavailable: Redis does not answer.
        """
        principal = request[PRINCIPAL]
        socket = web.WebSocketResponse(
            protocols=(SOCKET_PROTOCOL,),
            heartbeat=HEARTBEAT_SECONDS,
            timeout=CLOSE_SECONDS,
            max_msg_size=LARGEST_WORD,
            compress=False,
        )
        _require_handshake(request, socket)
        with self._counted(principal.user_id):
            async with follow() as stream, listen(principal.user_id, public=False) as account:
                # Whatever changed between the first look and the subscription was not heard.
                await _check(request, principal, actor)
                await socket.prepare(request)
                with self._metrics.upgraded():
                    ending = await _first(
                        _send(socket, stream),
                        _receive(socket),
                        _watch(request, principal, actor, account),
                        self._stop(),
                    )
                    await _close(request, socket, ending)
        log.info("socket_closed", code=ending.code, reason=ending.reason)
        return socket

    @contextmanager
    def _counted(self, user: ObjectId) -> Iterator[None]:
        if self._of_user[user] >= MOST_OF_A_USER:
            raise TooManySockets(limit=MOST_OF_A_USER, retry_after=int(CHECK_SECONDS))
        self._of_user[user] += 1
        try:
            yield
        finally:
            self._of_user[user] -= 1
            if not self._of_user[user]:
                del self._of_user[user]

    async def _stop(self) -> Ending:
        await self._stopping.wait()
        return STOPPING


def _require_handshake(request: web.Request, socket: web.WebSocketResponse) -> None:
    """Refuse what cannot be upgraded, in words of ours.

    The list of protocols may hold a token, and aiohttp would log it if it knew none of them.
    """
    offered = request.headers.getall(hdrs.SEC_WEBSOCKET_PROTOCOL, [])
    known = not offered or SOCKET_PROTOCOL in _words(offered[0])
    if len(offered) > 1 or not known or not socket.can_prepare(request).ok:
        raise UpgradeNeeded


def _words(header: str) -> list[str]:
    return [word.strip() for word in header.split(",")]


async def _first(*parts: Awaitable[Ending]) -> Ending:
    """The ending that comes first; the other parts are cancelled."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return next(task for task in tasks if task in done).result()


async def _send(socket: web.WebSocketResponse, stream: Stream) -> Ending:
    try:
        while True:
            await socket.send_str(await stream.text())
    except Unavailable as error:
        return Ending(WSCloseCode.TRY_AGAIN_LATER, error.code)
    except ConnectionError:
        return GONE


async def _receive(socket: web.WebSocketResponse) -> Ending:
    """What the client says ends the socket; pings and pongs are answered below this."""
    message = await socket.receive()
    match message.type:
        case WSMsgType.TEXT:
            return SPOKEN_TO
        case WSMsgType.BINARY:
            return BINARY
    return GONE  # closed by the client, or by aiohttp: too large, no WebSocket, no heartbeat


async def _watch(
    request: web.Request, principal: Principal, actor: ObjectId, account: Stream
) -> Ending:
    """Look again at signals about the account and now and then, until the token expires."""
    while (left := (principal.expires_at - clock.now()).total_seconds()) > 0:
        try:
            async with asyncio.timeout(min(left, CHECK_SECONDS)):
                await account.text()
        except TimeoutError:
            if left <= CHECK_SECONDS:
                continue
        except Unavailable as error:
            return Ending(WSCloseCode.TRY_AGAIN_LATER, error.code)
        try:
            await _check(request, principal, actor)
        except Exception as error:
            known = as_game_error(error)
            if known is None:
                log.exception("socket_check_failed")
                return Ending(WSCloseCode.INTERNAL_ERROR, InternalError.code)
            if isinstance(known, Unavailable):
                return Ending(WSCloseCode.TRY_AGAIN_LATER, known.code)
            return Ending(WSCloseCode.POLICY_VIOLATION, known.code)
    return EXPIRED


async def _check(request: web.Request, principal: Principal, actor: ObjectId) -> None:
    """The token is still good, and the character still the user's."""
    await accounts.authenticate(socket_token(request))
    await characters.require_owned(principal.user_id, actor)


async def _close(request: web.Request, socket: web.WebSocketResponse, ending: Ending) -> None:
    """Say goodbye. Who does not answer in time, or cannot be told, is hung up on."""
    try:
        async with asyncio.timeout(2 * CLOSE_SECONDS):
            await socket.close(code=ending.code, message=ending.reason.encode(), drain=False)
    except TimeoutError:
        pass
    if socket.close_code in (None, WSCloseCode.ABNORMAL_CLOSURE) and request.transport is not None:
        request.transport.abort()
