"""The archive: rows of the ledger that are older than a year leave the history that players read.

They go into collections of their own, unchanged, and the audit reads both as one. Of each chain
the newest of the old rows stays: what follows it begins where it ends, so whoever looks at new rows
only (``chains``) never needs the archive. A batch moves in one transaction, so at no moment is a
row there twice or not at all.

The rows of one operation may lie in both: ``rows_of`` reads them together.

Limits: rows that another program wrote stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from desperados.engine.game import collection_of
from desperados.engine.storage.collection import find_all
from desperados.engine.transactions import transactional
from desperados.ledger.money.documents import (
    AccountEntry,
    ArchivedEntry,
    ArchivedTransaction,
    GoldTransaction,
)

EVERY = timedelta(days=30)
KEPT = timedelta(days=365)
BATCH = 200

ARCHIVES: Mapping[str, str] = {
    GoldTransaction.collection_name(): ArchivedTransaction.collection_name(),
    AccountEntry.collection_name(): ArchivedEntry.collection_name(),
}
# Where the rows of wallets are, those of other accounts, and all.
WALLETS = (GoldTransaction.collection_name(), ArchivedTransaction.collection_name())
ENTRIES = (AccountEntry.collection_name(), ArchivedEntry.collection_name())
ROWS = (*WALLETS, *ENTRIES)
_OWNERS = {GoldTransaction.collection_name(): "characterId"}

Row = dict[str, Any]


async def archive_rows(period: datetime) -> None:
    """Archive what is older than a year at ``period``; for the job. Done again it goes on."""
    before = period - KEPT
    for history in ARCHIVES:
        cursor = collection_of(history).find(
            {"createdAt": {"$lt": before}}, sort=[("createdAt", 1)], batch_size=BATCH
        )
        batch: list[Row] = []
        async for row in cursor:
            if row.get("seq"):
                batch.append(row)
            if len(batch) == BATCH:
                await _archive(history, batch, before)
                batch = []
        await _archive(history, batch, before)


async def rows_of(operation: ObjectId, *, limit: int) -> list[Row]:
    """The rows of an operation, from the histories and their archives; at most ``limit`` of each
    of the four."""
    rows = []
    for collection in ROWS:
        rows += await find_all(collection_of(collection), {"operation": operation}, limit=limit)
    return rows


@transactional
async def _archive(history: str, rows: list[Row], before: datetime) -> None:
    """Move those of ``rows`` that are still there and are followed by another old one."""
    if not rows:
        return
    owner = _OWNERS.get(history, "account")
    live, old = collection_of(history), collection_of(ARCHIVES[history])
    there = await find_all(live, {"_id": {"$in": [row["_id"] for row in rows]}}, limit=len(rows))
    after = [
        {owner: row[owner], "currency": row["currency"], "seq": row["seq"] + 1} for row in there
    ]
    if not after:
        return
    following = await find_all(
        live,
        {"$or": after},
        projection={owner: 1, "currency": 1, "seq": 1, "createdAt": 1},
        limit=len(after),
    )
    followed = {
        (row[owner], row["currency"], row["seq"] - 1)
        for row in following
        if row["createdAt"] < before
    }
    moving = [row for row in there if (row[owner], row["currency"], row["seq"]) in followed]
    if moving:
        await old.insert_many(moving)
        await live.delete_many({"_id": {"$in": [row["_id"] for row in moving]}})
