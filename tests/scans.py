"""Who searched a collection without an index, or with one that left most of the work to do.

The embedded engine counts such queries (`Stats.note` says what is too much) but cannot know who
sent them, and tests look about as they like. So every command is noted while it is under way, with
the module of ours that sent it. Motor sends from threads of its own: there nobody can be named.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pymongo import monitoring

from desperados.embedded.instance.stats import Stats
from desperados.embedded.planning.query import Query

ROOT = Path(__file__).parent.parent
PACKAGE, TESTS = f"{ROOT / 'desperados'}/", f"{ROOT / 'tests'}/"

# The rest of the engine, and the embedded one, only carry the queries of those who call them.
QUERIES_OF_THE_ENGINE = (
    "engine/commands.py",
    "engine/idempotency.py",
    "engine/manifest/reading.py",
    "engine/happenings/batches.py",
    "engine/work/claims.py",
    "engine/work/finding.py",
    "engine/work/following.py",
    "engine/work/status.py",
)
CARRIERS = ("engine/", "embedded/")

# They read all there is, by design, and so may go through an index for its order alone.
READ_EVERYTHING = {
    "ledger/money/audit.py": "the audit of money",
    "ledger/items/audit.py": "the audit of items",
    "engine/manifest/reading.py": "the audit of the market, of escrow and of trades",
    "economy/watch/report.py": "the report on the wealth of everybody",
    "ledger/money/supply.py": "the daily sum of all money, made by the database",
}
# They look at far more than they return, and why that cannot grow.
INHERENT: dict[tuple[str, str], str] = {
    ("engine/manifest/reading.py", "itemmovements"): "the rows of a lot: no more than its pieces",
    ("engine/manifest/reading.py", "operations"): "the audit of reversals, which are few of all",
    ("engine/manifest/reading.py", "goldtransactions"): "the audit of vaults: who paid for a tier",
    ("economy/watch/findings.py", "goldtransactions"): "income of a day: a span of rows at a time",
    ("characters/notices/service.py", "notifications"): "a flood: what was merged of one hour",
    (
        "engine/manifest/reading.py",
        "auditlogs",
    ): "the audit of vaults: acts of staff on a few people",
}
SMALL = {("ops/migrations.py", "migrations"): "one document for each migration there ever was"}


def sender() -> str | None:
    """The innermost module of ours on the stack; None if a test asked by itself."""
    frame = sys._getframe(1)
    while frame := frame.f_back:  # type: ignore[assignment]
        file = frame.f_code.co_filename
        if file.startswith(TESTS) and file != __file__:
            return None
        module = file.removeprefix(PACKAGE)
        if module != file and (module in QUERIES_OF_THE_ENGINE or not module.startswith(CARRIERS)):
            return module
    return None


class UnderWay(monitoring.CommandListener):
    """The commands without an answer yet, with the module that sent each."""

    def __init__(self) -> None:
        self.senders: dict[int, tuple[str, str | None]] = {}

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.senders[event.request_id] = (str(event.command.get(event.command_name)), sender())

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        self.senders.pop(event.request_id, None)

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        self.senders.pop(event.request_id, None)

    def who_asks(self, collection: str) -> set[str]:
        """The modules that wait for an answer about ``collection``."""
        return {who for what, who in self.senders.values() if who and what in (collection, "1")}


under_way = UnderWay()
monitoring.register(under_way)


@contextmanager
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[tuple[str, str, str]]]:
    """Collects (module, collection, query) of what looked at too much, while open."""
    found: set[tuple[str, str, str]] = set()
    note = Stats.note

    def noted(stats: Stats, query: Query) -> None:
        before = stats.scan_count, stats.excess_count
        note(stats, query)
        if (stats.scan_count, stats.excess_count) == before:
            return
        collection = query.collection.namespace.split(".", 1)[1]
        asking = under_way.who_asks(collection)
        if stats.scan_count == before[0] and any((who, collection) in INHERENT for who in asking):
            return  # of several who ask at once it is the one that is known for it
        for who in asking:
            streams = query.plan.whole and who in READ_EVERYTHING
            if not streams and (who, collection) not in SMALL:
                looked_at = f"{query.work.keys} keys, {query.work.documents} documents"
                plan = f"{looked_at} for {query.returned}"
                found.add((who, collection, f"{query.filter} {dict(query.sort)}: {plan}"))

    with monkeypatch.context() as patch:
        patch.setattr(Stats, "note", noted)
        yield found
