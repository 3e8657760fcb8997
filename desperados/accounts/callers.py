"""Who calls: the authenticated principal, and where the request came from."""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from desperados.accounts.documents import UserRole

LONGEST_AGENT = 300  # characters kept of a User-Agent header
IPV6_NETWORK = 64  # one subscriber holds at least this whole prefix


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated user. ``family`` is the session that the access token belongs to."""

    user_id: ObjectId
    role: UserRole
    family: ObjectId
    jti: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from, as far as that is known."""

    ip: str | None = None
    user_agent: str | None = None


_UNKNOWN = Origin()
_origin: ContextVar[Origin] = ContextVar("desperados_origin", default=_UNKNOWN)


def origin() -> Origin:
    """The origin of the current request; unknown in plain Python calls."""
    return _origin.get()


@contextmanager
def calling_from(*, ip: str | None = None, user_agent: str | None = None) -> Iterator[None]:
    """Say where the calls inside the block come from. The API does it for every request."""
    agent = user_agent[:LONGEST_AGENT] if user_agent is not None else None
    mark = _origin.set(Origin(ip, agent))
    try:
        yield
    finally:
        _origin.reset(mark)


@functools.lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """An address as it is counted: IPv6 by its network, or one subscriber has 2^64 of them."""
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, IPV6_NETWORK), strict=False))
    return str(parsed or address)


def is_public(address: str | None) -> bool:
    """Whether this is an address of the internet, and not of a machine or a house."""
    parsed = _parsed(address or "")
    return parsed is not None and parsed.is_global


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
