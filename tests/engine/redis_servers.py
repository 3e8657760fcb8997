"""Real Redis servers on private sockets, for tests in which one is lost, full or slow."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from desperados.engine.live.state import Window, check_calls

needs_redis = pytest.mark.skipif(
    shutil.which("redis-server") is None, reason="redis-server is not installed"
)


class RedisServer:
    """A server that remembers nothing when it starts again."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "redis.sock"
        self._process: asyncio.subprocess.Process | None = None
        self.url = f"unix://{self._socket}"

    async def start(self) -> None:
        """Returns when it listens."""
        self._socket.unlink(missing_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            "redis-server", "--port", "0", "--unixsocket", str(self._socket), "--save", "",
            stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(100):
            if self._socket.exists():
                return
            await asyncio.sleep(0.05)
        raise TimeoutError("redis-server does not start")

    async def stop(self) -> None:
        """End it, and every connection to it with it."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):  # a test has stopped it
            self._process.terminate()
        await self._process.wait()

    async def restart(self) -> None:
        """End it and start it again, empty, on the same socket."""
        await self.stop()
        await self.start()


@asynccontextmanager
async def redis_running() -> AsyncIterator[RedisServer]:
    """A server of one's own."""
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer(Path(folder))
        await server.start()
        try:
            yield server
        finally:
            await server.stop()


@asynccontextmanager
async def redis_server() -> AsyncIterator[str]:
    """The URL of a server of one's own."""
    async with redis_running() as server:
        yield server.url


async def count_call(redis: Any, name: str, subject: str, limit: int, window: int) -> int:
    """Count one call against ``limit`` calls in ``window`` seconds; how many are left."""
    left: list[int] = []
    counted = Window(name, subject, limit, window)
    await check_calls(redis, [counted], lambda _, remaining: left.append(remaining))
    return left[0]
