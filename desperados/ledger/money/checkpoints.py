"""Checkpoints: what the rows of the ledger add up to, so that nobody adds up all of them every day.

A checkpoint has the sums of all rows that are dated before a moment. Rows are dated by the clocks
of many hosts before they commit, so neither dates nor ids say in which order they come to be seen.
Within ``LAG`` of a moment more rows of the time before it may still appear; after it none can: no
transaction lives that long, and no clock is that wrong. So a moment has its checkpoint only then.

What is made stays as it is. The audit replays the history and names each checkpoint that is not
what the rows give; who deletes such a one and those after it has them made anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from pymongo.errors import DuplicateKeyError

from desperados.engine import clock
from desperados.engine.game import collection_of
from desperados.engine.manifest.auditing import Check, Progress
from desperados.engine.manifest.reading import BATCH, spans
from desperados.engine.storage.collection import aggregate_all, find_all
from desperados.engine.transactions import snapshot
from desperados.ledger.money.archive import ARCHIVES
from desperados.ledger.money.documents import LedgerCheckpoint

LAG = timedelta(hours=1)
DAY = timedelta(days=1)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

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


async def check_checkpoints(check: Check, tell: Progress) -> None:
    """Add up the whole history, and name the checkpoints that say something else."""
    since, true = BEGINNING, Sums()
    cursor = LedgerCheckpoint.collection().find({}, sort=[("until", 1)], batch_size=BATCH)
    async for checkpoint in cursor:
        check.examined += 1
        tell(check.name, check.examined)
        await add_rows(true, since, checkpoint["until"])
        since = checkpoint["until"]
        said = _sums_in(checkpoint)
        for line in sorted(said.keys() | true.keys()):
            claim, fact = said.get(line, Total()), true.get(line, Total())
            if claim != fact:
                check.report(
                    f"{LedgerCheckpoint.collection_name()}/{checkpoint['_id']}",
                    f"says {claim.amount:+} {line.currency} of {line.source} in {claim.rows} rows, "
                    f"but the rows give {fact.amount:+} in {fact.rows}",
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
