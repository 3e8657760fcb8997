"""Checkpoints: what the rows of the ledger add up to, so that nobody adds up all of them every day.

A checkpoint has the sums of all rows that are dated before a moment. Rows are dated by the clocks
of many hosts before they commit, so neither dates nor ids say in which order they come to be seen.
Within ``LAG`` of a moment more rows of the time before it may still appear; after it none can: no
transaction lives that long, and no clock is that wrong. So a moment has its checkpoint only then.

What is made stays as it is. The audit replays the history and names each checkpoint that is not
what the rows give; who deletes such a one and those after it has them made anew.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from pymongo.errors import DuplicateKeyError

from desperados.engine import clock
from desperados.engine.driver import aggregate_all, collection_of, find_all
from desperados.engine.manifest.auditing import Check
from desperados.engine.manifest.reading import spans
from desperados.engine.transactions import snapshot
from desperados.ledger.money.archive import ARCHIVES
from desperados.ledger.money.documents import LedgerCheckpoint

LAG = timedelta(hours=1)
DAY = timedelta(days=1)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
MOST_CHECKPOINTS = 36_525  # a century of days

Row = dict[str, Any]


class Line(NamedTuple):
    """What is added up: the movements of one currency from one source."""

    currency: str
    source: str


class Total(NamedTuple):
    """The sum of some rows, and how many they are."""

    amount: int = 0
    rows: int = 0

    def plus(self, amount: int, rows: int = 1) -> Total:
        """With some more."""
        return Total(self.amount + amount, self.rows + rows)


Sums = dict[Line, Total]


async def newest() -> tuple[datetime, Sums]:
    """The newest checkpoint: until when, and the sums. Without any, those of no rows."""
    found = await find_all(LedgerCheckpoint.collection(), {}, sort=[("until", -1)], limit=1)
    if not found:
        return BEGINNING, {}
    return found[0]["until"], _sums_in(found[0])


async def advance() -> None:
    """Make the checkpoints that can be made by now, a day of rows at a time.

    Outcomes of each insert: made; a duplicate key, when another worker was first with the same.
    """
    until = clock.now().replace(minute=0, second=0, microsecond=0) - LAG
    while True:
        async with snapshot():
            since, sums = await newest()
            first = await _first_row_since(since)
            if first is None or first >= until:
                return
            end = min(until, first + DAY)
            await add_rows(sums, first, end)
        try:
            await LedgerCheckpoint.collection().insert_one(_document(end, sums))
        except DuplicateKeyError:
            continue


async def add_rows(sums: Sums, since: datetime, until: datetime) -> None:
    """Add what is dated from ``since`` until before ``until``; within one snapshot.

    A row may be archived meanwhile; a snapshot has it once.
    """
    for history in (*ARCHIVES, *ARCHIVES.values()):
        async for start, end in spans(history, since, until):
            for group in await aggregate_all(
                collection_of(history),
                [
                    # Rows of another program have no number and are in no account of ours.
                    {"$match": {"createdAt": {"$gte": start, "$lt": end}, "seq": {"$gt": 0}}},
                    {
                        "$group": {
                            "_id": {"currency": "$currency", "source": "$source"},
                            "amount": {"$sum": "$amount"},
                            "rows": {"$sum": 1},
                        }
                    },
                ],
            ):
                line = Line(**group["_id"])
                before = sums.get(line, Total())
                sums[line] = before.plus(int(group["amount"]), int(group["rows"]))


class Proof:
    """All checkpoints against a replay, which brings the rows in any order."""

    def __init__(self, checkpoints: list[Row]) -> None:
        self._checkpoints = checkpoints
        self._moments = [checkpoint["until"] for checkpoint in checkpoints]
        # What lies before each checkpoint and after the one before it; the last is after them all.
        self._between: list[Sums] = [defaultdict(Total) for _ in range(len(checkpoints) + 1)]

    @classmethod
    async def begin(cls) -> Proof:
        """With the checkpoints that there are."""
        return cls(
            await find_all(
                LedgerCheckpoint.collection(), {}, sort=[("until", 1)], limit=MOST_CHECKPOINTS
            )
        )

    def add(self, row: Mapping[str, Any]) -> None:
        """A row of the ledger."""
        sums = self._between[bisect_right(self._moments, row["createdAt"])]
        line = Line(row["currency"], row["source"])
        sums[line] = sums[line].plus(int(row["amount"]))

    def report(self, check: Check) -> None:
        """Name the checkpoints that do not say what the rows before them add up to."""
        true: Sums = defaultdict(Total)
        for checkpoint, sums in zip(self._checkpoints, self._between, strict=False):
            check.examined += 1
            for line, total in sums.items():
                true[line] = true[line].plus(*total)
            said = _sums_in(checkpoint)
            for line in sorted(said.keys() | true.keys()):
                claim, fact = said.get(line, Total()), true.get(line, Total())
                if claim != fact:
                    check.report(
                        f"{LedgerCheckpoint.collection_name()}/{checkpoint['_id']}",
                        f"says {claim.amount:+} {line.currency} of {line.source} in {claim.rows} "
                        f"rows, but the rows give {fact.amount:+} in {fact.rows}",
                    )


async def _first_row_since(moment: datetime) -> datetime | None:
    """When the first row was dated at or after ``moment``, archived or not."""
    firsts = []
    for history in (*ARCHIVES, *ARCHIVES.values()):
        firsts += await find_all(
            collection_of(history),
            {"createdAt": {"$gte": moment}},
            {"createdAt": 1, "_id": 0},
            sort=[("createdAt", 1)],
            limit=1,
        )
    return min((row["createdAt"] for row in firsts), default=None)


def _sums_in(checkpoint: Mapping[str, Any]) -> Sums:
    return {
        Line(entry["currency"], entry["source"]): Total(int(entry["amount"]), int(entry["rows"]))
        for entry in checkpoint["sums"]
    }


def _document(until: datetime, sums: Sums) -> Row:
    return {
        "_id": until.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "until": until,
        "sums": [{**line._asdict(), **total._asdict()} for line, total in sorted(sums.items())],
        "createdAt": clock.now(),
    }
