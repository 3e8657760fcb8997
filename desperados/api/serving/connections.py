"""How many connections a process takes, how many of one address, and how long each may be idle.

A connection costs a file and some memory from the moment it is accepted, long before anybody knows
whose it is. So one beyond a limit is told why and closed before it is read. Behind reverse proxies
all connections are theirs; what one client may open is then for them to say.
"""

from __future__ import annotations

import resource
from collections import Counter

import structlog
from aiohttp import web

from desperados.accounts.callers import network_of
from desperados.api.errors import ServerFull, TooManyConnections
from desperados.engine.errors import GameError
from desperados.engine.settings import Settings

FILES_BESIDES = 256  # of databases, logs and the program itself
RETRY_SECONDS = 5

log = structlog.get_logger(__name__)


class Connections:
    """The open connections of one process, counted."""

    def __init__(self, settings: Settings) -> None:
        self.head_seconds = settings.request_timeout
        self.send_seconds = settings.request_timeout
        self.idle_seconds = settings.keepalive_timeout
        self.refused = 0
        self._most = settings.max_connections
        # All the connections of a proxy come from its address.
        self._most_of_address = (
            None if settings.trusted_proxies else settings.max_connections_per_address
        )
        self._of_address: Counter[str] = Counter()
        self._open = 0

    @property
    def open(self) -> int:
        """How many there are now."""
        return self._open

    def enter(self, address: str) -> GameError | None:
        """Count a new connection; or why there must not be one more, and then it is not counted."""
        refusal = self._refusal(address)
        if refusal is None:
            self._open += 1
            self._of_address[network_of(address)] += 1
        else:
            self.refused += 1
        return refusal

    def leave(self, address: str) -> None:
        """The end of a connection that was counted."""
        network = network_of(address)
        self._open -= 1
        self._of_address[network] -= 1
        if not self._of_address[network]:
            del self._of_address[network]

    def _refusal(self, address: str) -> GameError | None:
        most = self._most_of_address
        if most is not None and self._of_address[network_of(address)] >= most:
            return TooManyConnections(limit=most, retry_after=RETRY_SECONDS)
        if self._open >= self._most:
            return ServerFull(retry_after=RETRY_SECONDS)
        return None


CONNECTIONS = web.AppKey("connections", Connections)


def allow_files(connections: int) -> None:
    """Let this process open as many files as so many connections need, as far as it may."""
    needed = connections + FILES_BESIDES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    possible = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (possible, hard))
    if possible < needed:
        log.warning(
            "too_few_files_for_the_connections",
            files=possible,
            max_connections=connections,
            remedy="Raise `ulimit -n`, or lower DESPERADOS_MAX_CONNECTIONS.",
        )
