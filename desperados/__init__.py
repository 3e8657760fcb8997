"""Desperados: the backend of a persistent western, as a library.

    async with desperados.connect() as game:      # or connect("mongodb://...")
        await economy.transfer(sender, recipient, 25, key="rent-1")

Services are the modules ``desperados.<domain>.service``; documents are in
``desperados.<domain>.documents``. Names are loaded when they are first used, so that importing the
package stays quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from desperados.version import VERSION

if TYPE_CHECKING:
    from desperados.assembly.documents import documents
    from desperados.engine.errors import GameError
    from desperados.engine.game import Game, connect, current_game
    from desperados.engine.transactions import after_commit, transaction, transactional

__version__ = VERSION

_HOMES = {
    "GameError": "desperados.engine.errors",
    "Game": "desperados.engine.game",
    "connect": "desperados.engine.game",
    "current_game": "desperados.engine.game",
    "after_commit": "desperados.engine.transactions",
    "transaction": "desperados.engine.transactions",
    "transactional": "desperados.engine.transactions",
    "documents": "desperados.assembly.documents",
}

__all__ = [
    "Game",
    "GameError",
    "__version__",
    "after_commit",
    "connect",
    "current_game",
    "documents",
    "transaction",
    "transactional",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'desperados' has no attribute {name!r}")
    if name == "connect":
        # Loaded in connect() itself, all these classes would hold up the event loop.
        importlib.import_module("desperados.assembly.documents").documents()
    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    return __all__
