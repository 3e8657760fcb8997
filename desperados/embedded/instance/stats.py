"""What the server counts: commands, conflicts, and queries that no index served."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from desperados.embedded.planning.query import Query
from desperados.embedded.storage.store import Store
from desperados.embedded.values.types import Doc


def query_shape(value: Any) -> Any:
    """A filter with its values left out: what two queries of the same code have in common."""
    if type(value) is dict:
        return {name: query_shape(item) for name, item in value.items()}
    if type(value) is list:
        shapes = [query_shape(item) for item in value if type(item) is dict]
        return shapes or "?"
    return "?"


@dataclass
class Stats:
    """Counters since the start, or since `reset`."""

    store: Store
    commands: Counter[str] = field(default_factory=Counter)
    full_scans: dict[str, Counter[str]] = field(default_factory=dict)
    _conflicts_before: int = 0

    @property
    def conflicts(self) -> int:
        return self.store.conflicts - self._conflicts_before

    @property
    def scan_count(self) -> int:
        return sum(scans.total() for scans in self.full_scans.values())

    def note(self, query: Query) -> None:
        """Count a query that had to look at all documents: no index served its filter or order."""
        plan = query.plan
        if plan.index is None:
            unserved = plan.scans and bool(query.filter or query.sort)
        else:
            # A partial index that serves the query holds what it is looking for.
            unserved = plan.whole and bool(query.filter) and plan.index.partial is None
        if not unserved:
            return
        shape = str({"filter": query_shape(query.filter), "sort": dict(query.sort)})
        self.full_scans.setdefault(query.collection.namespace, Counter())[shape] += 1

    def reset(self) -> None:
        self.commands.clear()
        self.full_scans.clear()
        self._conflicts_before = self.store.conflicts

    def as_document(self) -> Doc:
        return {
            "commands": dict(self.commands),
            "conflicts": self.conflicts,
            "fullScans": [
                {"ns": namespace, "shape": shape, "count": count}
                for namespace, scans in self.full_scans.items()
                for shape, count in scans.items()
            ],
        }
