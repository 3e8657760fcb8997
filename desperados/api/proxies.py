"""Whose request it is: the address of a client, seen through the reverse proxies in front."""

from __future__ import annotations

import ipaddress

import structlog
from aiohttp import web

from desperados.api.limits import PROBES

FORWARDED_FOR = "X-Forwarded-For"
# Whatever of these arrives says that somebody passed the request on.
_MARKS = (FORWARDED_FOR, "Forwarded", "X-Real-IP", "Via")

log = structlog.get_logger(__name__)


class Proxies:
    """The ``trusted`` reverse proxies in front of this server.

    What does not fit to that number is told once in the log: with too small a number all players
    are one address and share its limits.
    """

    def __init__(self, trusted: int) -> None:
        self._trusted = trusted
        self._told = False

    def client_address(self, request: web.Request) -> str:
        """The address of the client.

        Each proxy appends the address it was called from to X-Forwarded-For. So only the last
        ``trusted`` entries were written by proxies of ours, and the first of these is the client.
        Whatever stands before may have been made up by the client and is never looked at.
        """
        peer = request.remote or ""
        if not self._trusted:
            if not self._told and any(mark in request.headers for mark in _MARKS):
                self._tell("forwarded_requests_are_not_believed", peer)
            return peer
        written = ",".join(request.headers.getall(FORWARDED_FOR, []))
        entries = [entry.strip() for entry in written.split(",") if entry.strip()]
        found = _parsed(entries[-self._trusted]) if len(entries) >= self._trusted else None
        if found is not None:
            return found
        if request.path not in PROBES:  # who watches the process need not come through a proxy
            self._tell("forwarded_address_is_missing", peer)
        return peer

    def _tell(self, event: str, peer: str) -> None:
        if self._told:
            return
        self._told = True
        log.warning(
            event,
            peer=peer,
            trusted_proxies=self._trusted,
            remedy="If a reverse proxy of yours is in front, DESPERADOS_TRUSTED_PROXIES is the "
            "number of them, and each appends to X-Forwarded-For. Else somebody made this up.",
        )


def _parsed(entry: str) -> str | None:
    """The address in an entry, which some proxies write with a port: 1.2.3.4:80, [2001:db8::1]:80;
    None if there is none."""
    text = entry.strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
