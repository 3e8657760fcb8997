"""Addresses to listen on, and addresses to connect to: not always the same."""

from __future__ import annotations

import contextlib
import socket

# To listen on these is to listen on every address of the host. For each: the one to use on the host
# itself, and somebody outside (of documentation, where nobody is) towards whom it has an address.
_EVERY = {
    "": ("127.0.0.1", socket.AF_INET, "203.0.113.1"),
    "0.0.0.0": ("127.0.0.1", socket.AF_INET, "203.0.113.1"),  # noqa: S104 - it is looked for
    "::": ("::1", socket.AF_INET6, "2001:db8::1"),
}


def at(host: str, port: int) -> str:
    """``host:port``, as URLs have it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def usable(host: str) -> list[str]:
    """Where a client finds a server that listens on ``host``; on this host first."""
    if host not in _EVERY:
        return [host]
    here, family, outside = _EVERY[host]
    found = [here]
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((outside, 9))  # of a datagram socket: it takes its address, and sends nothing
        found.append(probe.getsockname()[0])
    return found
