"""Sends HTTP requests from a process of its own, so that only the server's cost is measured.

It reads jobs from its standard input, one JSON object a line (port, the requests of each
connection, and how many times), carries each out and answers with a line: how many answers were
not 2xx.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

CONTENT_LENGTH = b"content-length:"


def request(method: str, path: str, body: str = "", **headers: str) -> str:
    """The text of a request."""
    given = {"Host": "localhost", "Content-Length": str(len(body)), **headers}
    if body:
        given["Content-Type"] = "application/json"
    else:
        del given["Content-Length"]
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
    return "\r\n".join(lines) + "\r\n\r\n" + body


class Load:
    """The parent's end: a running process that sends what it is told."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls) -> Load:
        """Start the process."""
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable,
                __file__,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
        )

    async def send(self, port: int, requests: list[str], count: int) -> None:
        """Send each of ``requests`` over its own connection until ``count`` were answered."""
        await self._carry_out(port, [[one] for one in requests], count // len(requests))

    async def send_once(self, port: int, requests: list[str], connections: int) -> None:
        """Deal ``requests`` out to so many connections, and send each once."""
        await self._carry_out(port, [requests[n::connections] for n in range(connections)], 1)

    async def _carry_out(self, port: int, streams: list[list[str]], times: int) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        job = {"port": port, "streams": streams, "times": times}
        self._process.stdin.write(json.dumps(job).encode() + b"\n")
        failures = int(await self._process.stdout.readline())
        if failures:
            raise RuntimeError(f"{failures} requests failed")

    async def stop(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()


async def _send(port: int, texts: list[str], times: int) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    failures = 0
    for text in texts * times:
        writer.write(text.encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        start = head.index(CONTENT_LENGTH) + len(CONTENT_LENGTH)
        await reader.readexactly(int(head[start : head.index(b"\r", start)]))
        failures += not head.startswith(b"http/1.1 2")
    writer.close()
    return failures


async def _carry_out(job: dict[str, Any]) -> int:
    port, times = job["port"], job["times"]
    return sum(await asyncio.gather(*(_send(port, texts, times) for texts in job["streams"])))


if __name__ == "__main__":
    for line in sys.stdin:
        print(asyncio.run(_carry_out(json.loads(line))), flush=True)
