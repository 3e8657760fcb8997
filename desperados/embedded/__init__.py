"""A development and test database inside the process, spoken to by the real drivers.

    server = EmbeddedServer()
    await server.start()
    client = AsyncMongoClient(server.url)

`docs/engine.md` says what it promises and what it does not. Not for production.
"""

from desperados.embedded.errors import DamagedFile, DatabaseInUse, EmbeddedError
from desperados.embedded.faults import Faults
from desperados.embedded.server import EmbeddedServer
from desperados.embedded.stats import Stats

__all__ = ["DamagedFile", "DatabaseInUse", "EmbeddedError", "EmbeddedServer", "Faults", "Stats"]
