"""Where the server is found: what it prints, and what it tells a driver that looks for the set."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest
from pymongo import AsyncMongoClient

from desperados.embedded import EmbeddedServer
from desperados.embedded.wire.addresses import at, usable


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this host has no IPv6")
EVERYWHERE = ["0.0.0.0", "", pytest.param("::", marks=needs_ipv6)]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", *EVERYWHERE, pytest.param("::1", marks=needs_ipv6)]
)
async def test_every_address_that_is_told_is_one_that_a_client_reaches(host: str) -> None:
    async with EmbeddedServer(host=host, port=0) as server:
        for url in server.urls:
            # With and without the option: without it the driver goes where the server says it is.
            for address in (url, url.partition("?")[0]):
                async with AsyncMongoClient(address, serverSelectionTimeoutMS=5_000) as client:
                    hello = await client.admin.command("hello")
                    assert hello["hosts"] == [hello["me"]] == [hello["primary"]]
                    assert await client["world"]["notes"].count_documents({}) == 0
                    config = await client.admin.command("replSetGetConfig")
                    assert config["config"]["members"][0]["host"] == hello["me"]
                    assert hello["me"] == urlsplit(url).netloc or host == "localhost"


@pytest.mark.parametrize("host", EVERYWHERE)
async def test_who_listens_everywhere_is_told_an_address_of_this_host_first(host: str) -> None:
    async with EmbeddedServer(host=host, port=0) as server:
        assert urlsplit(server.url).hostname in ("127.0.0.1", "::1")
        assert urlsplit(server.urls[-1]).hostname not in ("0.0.0.0", "::", "", None)


def test_an_address_of_six_groups_is_in_brackets() -> None:
    assert at("::1", 27017) == "[::1]:27017"
    assert at("db.example", 27017) == "db.example:27017"
    assert usable("db.example") == ["db.example"]
