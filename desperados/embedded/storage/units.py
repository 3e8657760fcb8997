"""Units: the writes that become visible together, or not at all."""

from __future__ import annotations

from desperados.embedded.storage.collection import Collection
from desperados.embedded.storage.versions import Owner, Version


class Unit(Owner):
    """The writes of one statement, or of one multi-document transaction."""

    def __init__(self, snapshot: int | None, *, multi: bool) -> None:
        super().__init__(snapshot)
        self.multi = multi
        # Each write: the record by its number, and the version before (None: there was none).
        self.changes: list[tuple[Collection, int, Version | None]] = []
        self.created: list[Collection] = []
        # A row that must become durable together with the writes (an exactly-once result).
        self.receipt: tuple[bytes, bytes] | None = None
