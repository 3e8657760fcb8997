"""A development and test database inside the process, spoken to by the real drivers.

    server = EmbeddedServer()
    await server.start()
    client = AsyncMongoClient(server.url)

`docs/engine.md` says what it promises and what it does not. Not for production.
"""

from desperados.embedded.errors import DamagedFile, DatabaseInUse, DiskFull, EmbeddedError
from desperados.embedded.instance.faults import Faults
from desperados.embedded.instance.stats import Stats
from desperados.embedded.storage.backup import back_up
from desperados.embedded.wire.server import EmbeddedServer

__all__ = [
    "DamagedFile",
    "DatabaseInUse",
    "DiskFull",
    "EmbeddedError",
    "EmbeddedServer",
    "Faults",
    "Stats",
    "back_up",
]
