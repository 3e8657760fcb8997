"""Where our documents meet Beanie: its queries, its encoder, its initialisation.

Everything here uses what Beanie lets a document class or a user replace, in 2 and 1.30 alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import beanie
from beanie.odm.fields import ExpressionField
from beanie.odm.queries.find import FindMany, FindOne
from beanie.odm.utils.encoder import DEFAULT_CUSTOM_ENCODERS

from desperados.engine.storage.records import Record

# Beanie encodes what it writes itself (bulk writers, update operators) through this table.
DEFAULT_CUSTOM_ENCODERS[Record] = Record.to_mongo


class HydratingFindOne(FindOne[Any]):
    """Beanie's find_one() and get(), with hydrated results."""

    async def _find_one(self) -> Any:
        found = await super()._find_one()  # type: ignore[no-untyped-call]
        if isinstance(found, dict) and self.projection_model is self.document_model:
            return self.document_model.hydrate(found)
        return found


class HydratingFindMany(FindMany[Any]):
    """Beanie's find(), with hydrated results."""

    def __init__(self, document_model: Any) -> None:
        super().__init__(document_model=document_model)
        # Beanie then builds each document with lazy_parse(), which hydrates.
        self.lazy_parse = True


class _NoDatabase:
    """What Beanie is initialised against: classes are bound to a game's database at each call.

    So one initialisation serves every game of the process and asks no server anything.
    """

    def __init__(self) -> None:
        self.client = self

    def append_metadata(self, _metadata: Any) -> None:
        """Beanie 2 signs the client with its name."""

    async def command(self, _command: Any) -> dict[str, Any]:
        """Beanie asks for the server's version, to refuse time series on old ones."""
        return {"version": "8.0.0"}

    async def list_collection_names(self, **_options: Any) -> list[str]:
        """Beanie 2 asks which time series and views exist; there are none."""
        return []

    def __getitem__(self, _name: str) -> None:
        return None


_initialised: set[type[beanie.Document]] = set()


async def initialise(documents: Iterable[type[beanie.Document]]) -> None:
    """Bind document classes to Beanie, once per process: ``Character.level > 3`` works then."""
    missing = [document for document in documents if document not in _initialised]
    if missing:
        await beanie.init_beanie(
            database=_NoDatabase(),  # type: ignore[arg-type]
            document_models=missing,
            skip_indexes=True,
        )
        _initialised.update(missing)
        _clear_bases(missing)


def _clear_bases(documents: Iterable[type[beanie.Document]]) -> None:
    """Beanie puts its expressions on the classes that others derive from, too. There they would
    hide the declarations of fields from every class that is made later, while a game is open."""
    bases = {base for document in documents for base in document.__mro__[1:]} - _initialised
    for base in bases:
        for name, value in list(vars(base).items()):
            if isinstance(value, ExpressionField):
                delattr(base, name)
