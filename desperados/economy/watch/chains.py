"""Broken chains of wallets, found while the game runs.

``ops.audit`` replays everything; this looks only at what is new, and compares each wallet with its
last row. Reads come in batches and follow the unique index of the chain.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from desperados.characters.documents import Character
from desperados.engine.collection import find_all
from desperados.ledger.money.accounts import SEQUENCE
from desperados.ledger.money.documents import Currency, GoldTransaction

BATCH = 500

Row = dict[str, Any]
Place = tuple[ObjectId, str, int]  # (character, currency, number of the row)


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain of a wallet is broken. ``amount`` coins came or went behind the ledger."""

    character_id: ObjectId
    currency: str
    sequence: int
    amount: int
    problem: str


async def check_rows(rows: Iterable[Row]) -> list[Break]:
    """The breaks before each of ``rows``, and between their wallets and the last rows of those."""
    tracked = [row for row in rows if row.get("seq") is not None]
    known = {_place(row): int(row["balanceAfter"]) for row in tracked}
    before = [(*_place(row)[:2], int(row["seq"]) - 1) for row in tracked]
    known |= await _ends([place for place in before if place not in known and place[2]])
    breaks = []
    for row, place in zip(tracked, before, strict=True):
        ended = known.get(place) if place[2] else 0
        began = int(row["balanceBefore"])
        if ended is None:
            problem = f"row {place[2]} of the chain is not there"
            breaks.append(Break(place[0], place[1], int(row["seq"]), began, problem))
        elif ended != began:
            problem = f"row {row['seq']} begins at {began}, but the one before ended at {ended}"
            breaks.append(Break(place[0], place[1], int(row["seq"]), began - ended, problem))
    return breaks + await _check_wallets_of(sorted({row["characterId"] for row in tracked}))


async def check_wallets() -> AsyncIterator[Break]:
    """Every wallet that does not hold what its last row says."""
    last = ObjectId("0" * 24)
    while True:
        batch = await _read_wallets({"_id": {"$gt": last}})
        for found in await _compare(batch):
            yield found
        if len(batch) < BATCH:
            return
        last = batch[-1]["_id"]


async def _check_wallets_of(ids: Sequence[ObjectId]) -> list[Break]:
    breaks = []
    for start in range(0, len(ids), BATCH):
        wallets = await _read_wallets({"_id": {"$in": ids[start : start + BATCH]}})
        breaks += await _compare(wallets)
    return breaks


async def _read_wallets(where: Row) -> list[Row]:
    fields = {SEQUENCE: 1, **dict.fromkeys((currency.value for currency in Currency), 1)}
    return await find_all(
        Character.collection(), where, projection=fields, sort=[("_id", 1)], limit=BATCH
    )


async def _compare(wallets: Iterable[Row]) -> list[Break]:
    """Wallets that do not hold what their last row says."""
    held = {
        (wallet["_id"], currency, int(sequence)): int(wallet.get(currency) or 0)
        for wallet in wallets
        for currency, sequence in (wallet.get(SEQUENCE) or {}).items()
    }
    ends = await _ends([place for place in held if place[2]])
    breaks = []
    for place, amount in held.items():
        ended = ends.get(place) if place[2] else 0
        if ended is None:
            problem = f"row {place[2]} of the chain is not there"
            breaks.append(Break(*place, amount, problem))
        elif ended != amount:
            problem = f"the wallet holds {amount} {place[1]}, but its rows end at {ended}"
            breaks.append(Break(*place, amount - ended, problem))
    return breaks


async def _ends(places: Sequence[Place]) -> dict[Place, int]:
    """What rows say was there after them, as far as they are there."""
    found: dict[Place, int] = {}
    for start in range(0, len(places), BATCH):
        numbers: dict[tuple[ObjectId, str], list[int]] = defaultdict(list)
        for character_id, currency, sequence in places[start : start + BATCH]:
            numbers[character_id, currency].append(sequence)
        rows = await find_all(
            GoldTransaction.collection(),
            {
                "$or": [
                    {"characterId": character_id, "currency": currency, "seq": {"$in": wanted}}
                    for (character_id, currency), wanted in numbers.items()
                ]
            },
            projection={"characterId": 1, "currency": 1, "seq": 1, "balanceAfter": 1},
            limit=BATCH,
        )
        found |= {_place(row): int(row["balanceAfter"]) for row in rows}
    return found


def _place(row: Row) -> Place:
    return row["characterId"], row["currency"], int(row["seq"])
