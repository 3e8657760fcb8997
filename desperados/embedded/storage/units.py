"""Units: the writes that become visible together, or not at all."""

from __future__ import annotations

from desperados.embedded.storage.collection import Collection
from desperados.embedded.storage.versions import Owner, Record, Version


class Unit(Owner):
    """The writes of one statement, or of one multi-document transaction."""

    def __init__(self, snapshot: int | None, *, multi: bool) -> None:
        super().__init__(snapshot)
        self.multi = multi
        self.changes: list[tuple[Collection, Record, Version | None]] = []
        self.created: list[Collection] = []
        # A row that must become durable together with the writes (an exactly-once result).
        self.receipt: tuple[bytes, bytes] | None = None
