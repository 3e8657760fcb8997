"""What the server counts: commands, conflicts, and queries that looked at too much."""

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


# Served by an index, a query still looks at too much when that is so many times what it returns.
# Few are no harm: a list that is sorted in memory, the rows of one owner.
EXCESS_FACTOR = 5
EXCESS_FLOOR = 20

# What a driver sends on its own: to see whether the server is there, and when it goes.
_OF_DRIVERS = frozenset({"hello", "isMaster", "ismaster", "ping", "endSessions", "killCursors"})

# How often queries of each shape came, by namespace.
Shapes = dict[str, Counter[str]]


@dataclass
class Stats:
    """Counters since the start, or since `reset`."""

    store: Store
    commands: Counter[str] = field(default_factory=Counter)
    full_scans: Shapes = field(default_factory=dict)
    excesses: Shapes = field(default_factory=dict)
    _conflicts_before: int = 0

    @property
    def asked(self) -> Counter[str]:
        """The commands that came of somebody's work; a driver sends others whenever it likes."""
        return Counter({n: count for n, count in self.commands.items() if n not in _OF_DRIVERS})

    @property
    def conflicts(self) -> int:
        return self.store.conflicts - self._conflicts_before

    @property
    def scan_count(self) -> int:
        return sum(scans.total() for scans in self.full_scans.values())

    @property
    def excess_count(self) -> int:
        return sum(excesses.total() for excesses in self.excesses.values())

    def note(self, query: Query) -> None:
        """Count a query that no index served, or that looked at far more than it returned.

        The first: its filter or its order made it look at all documents. The second: more than
        `EXCESS_FLOOR` keys or documents, and `EXCESS_FACTOR` times the documents that it returned
        so far. What a query asks to skip it must look at.
        """
        if _is_unserved(query):
            _count(self.full_scans, query)
            return
        looked_at = max(query.work.keys, query.work.documents) - query.skip
        if looked_at > EXCESS_FLOOR and looked_at > EXCESS_FACTOR * query.returned:
            _count(self.excesses, query)

    def reset(self) -> None:
        self.commands.clear()
        self.full_scans.clear()
        self.excesses.clear()
        self._conflicts_before = self.store.conflicts

    def as_document(self) -> Doc:
        return {
            "commands": dict(self.commands),
            "conflicts": self.conflicts,
            "fullScans": _listed(self.full_scans),
            "excesses": _listed(self.excesses),
        }


def _is_unserved(query: Query) -> bool:
    plan = query.plan
    if plan.index is None:
        return plan.scans and bool(query.filter or query.sort)
    # A partial index that serves the query holds what it is looking for.
    return plan.whole and bool(query.filter) and plan.index.partial is None


def _count(shapes: Shapes, query: Query) -> None:
    shape = str({"filter": query_shape(query.filter), "sort": dict(query.sort)})
    shapes.setdefault(query.collection.namespace, Counter())[shape] += 1


def _listed(shapes: Shapes) -> list[Doc]:
    return [
        {"ns": namespace, "shape": shape, "count": count}
        for namespace, counts in shapes.items()
        for shape, count in counts.items()
    ]
