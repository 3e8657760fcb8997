"""``desperados db``: the embedded database as a server of its own."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

from desperados.cli.console import output
from desperados.embedded import EmbeddedError, EmbeddedServer
from desperados.engine.errors import ConfigurationError


async def serve_database(path: Path | None, host: str, port: int, *, test_commands: bool) -> None:
    """Serve until interrupted."""
    server = EmbeddedServer(path=path, host=host, port=port, enable_test_commands=test_commands)
    try:
        await server.start()
    except EmbeddedError as error:
        raise ConfigurationError(str(error)) from error
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    try:
        where = f"durable in {path}" if path else "in memory"
        output.print(f"Listening, {where}. Connect with:", soft_wrap=True)
        output.print(f"  {server.url}", soft_wrap=True)
        for url in server.urls[1:]:
            output.print(f"  {url} from other hosts", soft_wrap=True)
        await stopped.wait()
    finally:
        await server.stop()
