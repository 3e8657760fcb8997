"""Whether the process lives, and whether it should get requests.

Liveness says that the process answers; it stays good when a database is gone, because a restart
would not bring that back. Readiness needs both databases, and ends first when the server stops. It
also tells how the due work stands, and how far behind those are who follow what happens; it does
not depend on them.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from desperados.api.errors import NotReady
from desperados.api.serving.due_work import DueWork
from desperados.engine.game import Game
from desperados.engine.live.client import kind_of, probe

PING_SECONDS = 2.0
RETRY_SECONDS = 2
GOOD_SECONDS = 1.0
OK = "ok"
GONE = "does not answer"

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Lifecycle:
    """Whether the server is on its way out."""

    stopping: bool = False


class Health:
    """The handlers of ``/healthz`` and ``/readyz``."""

    def __init__(self, game: Game, lifecycle: Lifecycle, due_work: DueWork) -> None:
        self._game = game
        self._due_work = due_work
        self._lifecycle = lifecycle
        self._asking: asyncio.Task[dict[str, str]] | None = None
        self._good_until = 0.0

    def addresses(self) -> dict[str, dict[str, Handler]]:
        """The handlers by address and method."""
        return {"/healthz": {hdrs.METH_GET: self.live}, "/readyz": {hdrs.METH_GET: self.ready}}

    async def live(self, _request: web.Request) -> web.Response:
        """200 as long as the process answers at all."""
        return web.json_response({"status": OK})

    async def ready(self, _request: web.Request) -> web.Response:
        """200 if requests can be served; 503 within ``PING_SECONDS`` if not.

        Raises:
            NotReady: a database does not answer, or the server is stopping.
        """
        if self._lifecycle.stopping:
            raise NotReady("The server is stopping.", retry_after=RETRY_SECONDS)
        checks = await self._checks()
        if set(checks.values()) != {OK}:
            raise NotReady(checks=checks, retry_after=RETRY_SECONDS)
        jobs = await self._due_work.summary()
        happenings = await self._due_work.happenings()
        return web.json_response(
            {"status": OK, "checks": checks, "jobs": jobs, "happenings": happenings}
        )

    async def _checks(self) -> dict[str, str]:
        """What each database answers. However many ask, the databases are asked by one of them,
        and not again for ``GOOD_SECONDS`` while all is well: probes are counted by no limit."""
        if self._asking is None or (self._asking.done() and not self._is_good_still()):
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asking)

    def _is_good_still(self) -> bool:
        return asyncio.get_running_loop().time() < self._good_until

    async def _ask(self) -> dict[str, str]:
        mongodb, redis = await asyncio.gather(self._mongodb(), self._redis())
        checks = {"mongodb": mongodb, "redis": redis}
        if set(checks.values()) == {OK}:
            self._good_until = asyncio.get_running_loop().time() + GOOD_SECONDS
        else:
            log.warning("not_ready", **checks)
        return checks

    async def _mongodb(self) -> str:
        try:
            async with asyncio.timeout(PING_SECONDS):
                await self._game.client.admin.command("ping")
        except (PyMongoError, OSError):
            return GONE
        return OK

    async def _redis(self) -> str:
        try:
            async with asyncio.timeout(PING_SECONDS):
                await probe(self._game.redis)
        except (RedisError, OSError) as error:
            kind = kind_of(error)
            return GONE if kind in {"connection", "timeout"} else f"refuses: {kind}"
        return OK
