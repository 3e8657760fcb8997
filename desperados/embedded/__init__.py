"""A development and test database inside the process, spoken to by the real drivers.

    server = EmbeddedServer()
    await server.start()
    client = AsyncMongoClient(server.url)

`docs/engine.md` says what it promises and what it does not. Not for production.
"""

from .errors import DamagedFile, DatabaseInUse, EmbeddedError
from .faults import Faults
from .server import EmbeddedServer
from .stats import Stats

__all__ = ["DamagedFile", "DatabaseInUse", "EmbeddedError", "EmbeddedServer", "Faults", "Stats"]
