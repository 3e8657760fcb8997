"""A Node application on Mongoose 8 uses the embedded database as it would use MongoDB.

Runs where Node and Mongoose 8 are: set DESPERADOS_TEST_MONGOOSE to a folder node_modules/mongoose
(`make test-mongoose` installs it).
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from desperados.embedded import EmbeddedServer

MONGOOSE = os.environ.get("DESPERADOS_TEST_MONGOOSE")


@pytest.mark.skipif(MONGOOSE is None, reason="needs Node and Mongoose")
async def test_mongoose_finds_what_it_expects_of_mongodb() -> None:
    async with EmbeddedServer(port=0) as server:
        process = await asyncio.create_subprocess_exec(
            "node",
            str(Path(__file__).with_name("mongoose_use.cjs")),
            str(MONGOOSE),
            server.url,
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
    assert (process.returncode, out.decode()) == (0, "")
