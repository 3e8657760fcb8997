"""Desperados: the backend of a persistent western, as a library.

    from desperados import characters, economy

    async with desperados.connect(seed=True) as game:      # or connect("mongodb://...")
        await economy.transfer(sender, recipient, 25, key="rent-1")
        await economy.market.create_listing(sender, item="whiskey", price=10)
        report = await desperados.audit()

A domain's face names what it offers; documents are in ``desperados.<domain>.documents``. Names are
loaded when they are first used, so that importing the package stays quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from desperados.version import VERSION

if TYPE_CHECKING:
    from desperados.assembly.documents import documents
    from desperados.connecting import connect
    from desperados.engine.errors import GameError
    from desperados.engine.game import Game, current_game
    from desperados.engine.transactions import after_commit, transaction, transactional
    from desperados.ops.audit import audit

__version__ = VERSION

_HOMES = {
    "GameError": "desperados.engine.errors",
    "audit": "desperados.ops.audit",
    "Game": "desperados.engine.game",
    "connect": "desperados.connecting",
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
    "audit",
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
