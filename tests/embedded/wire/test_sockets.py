"""The private socket: only this user's, wherever there is room for it."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from pymongo import AsyncMongoClient

from desperados.embedded import EmbeddedServer


async def listening() -> str:
    """Where a server listens; a client has been there."""
    async with EmbeddedServer() as server, AsyncMongoClient(server.url) as client:
        assert (await client.admin.command("ping"))["ok"] == 1.0
        address = unquote(urlsplit(server.url).netloc)
        if address.startswith("/"):
            folder = Path(address).parent
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        return address


async def test_a_temporary_folder_with_a_long_name_still_gives_a_private_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("long" * 30)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    address = await listening()
    assert address.endswith("/db.sock")
    assert len(address) < 104
    assert list(long.iterdir()) == []
    assert not Path(address).exists()


async def test_without_a_temporary_folder_the_socket_lies_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    assert (await listening()).endswith("/db.sock")


async def test_where_nothing_may_be_written_the_server_listens_on_loopback_and_warns(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def read_only(**_: object) -> str:
        raise OSError(30, os.strerror(30))

    monkeypatch.setattr(tempfile, "mkdtemp", read_only)
    assert (await listening()).startswith("127.0.0.1:")
    assert "other users of this machine may connect" in caplog.text
