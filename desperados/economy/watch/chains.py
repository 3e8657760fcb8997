"""Broken chains of wallets, found while the game runs.

``ops.audit`` replays everything; this looks only at what is new, and compares each wallet with its
last row. Reads come in batches and follow the unique index of the chain.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bson import ObjectId

from desperados.characters.documents import Character
from desperados.engine.storage.collection import find_all
from desperados.engine.transactions import snapshot
from desperados.ledger.money.accounts import SEQUENCE
from desperados.ledger.money.documents import Currency, GoldTransaction

BATCH = 100  # so many alternatives in one query, each of which is held against each row

Row = dict[str, Any]
Chain = tuple[ObjectId, str]  # (character, currency)
Place = tuple[ObjectId, str, int]  # (character, currency, number of the row)


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain of a wallet is broken. ``amount`` coins came or went behind the ledger."""

    character_id: ObjectId
    currency: str
    sequence: int
    amount: int
    problem: str


class Chains:
    """The chains of wallets, as their rows come by in the order of time.

    It keeps the last row of each chain that it has seen, and no other.
    """

    def __init__(self) -> None:
        self._ends: dict[Chain, tuple[int, int]] = {}  # number and balance of the last row
        self._new: dict[ObjectId, None] = {}  # in the order in which they came

    def note(self, rows: Iterable[Row]) -> None:
        """Rows that were looked at before: what follows begins where they end."""
        for row in rows:
            if row.get("seq") is not None:
                self._keep(row)

    async def follow(self, rows: Iterable[Row]) -> list[Break]:
        """The breaks before each of some new rows."""
        tracked = [row for row in rows if row.get("seq") is not None]
        began = [self._before(row) for row in tracked]
        unknown = [
            (*_chain(row), int(row["seq"]) - 1)
            for row, ended in zip(tracked, began, strict=True)
            if ended is None
        ]
        found = await _ends(unknown)
        breaks = []
        for row, ended in zip(tracked, began, strict=True):
            place = (*_chain(row), int(row["seq"]) - 1)
            ended = found.get(place) if ended is None else ended
            begins, number = int(row["balanceBefore"]), int(row["seq"])
            if ended is None:
                problem = f"row {place[2]} of the chain is not there"
                breaks.append(Break(*_chain(row), number, begins, problem))
            elif ended != begins:
                problem = f"row {number} begins at {begins}, but the one before ended at {ended}"
                breaks.append(Break(*_chain(row), number, begins - ended, problem))
        return breaks

    async def check_wallets(self) -> AsyncIterator[Break]:
        """The wallets of the new rows that do not hold what their last row says."""
        ids = list(self._new)
        for start in range(0, len(ids), BATCH):
            async with snapshot():
                wallets = await _read_wallets({"_id": {"$in": ids[start : start + BATCH]}})
                breaks = await _compare(wallets, self._ends)
            for found in breaks:
                yield found

    def _before(self, row: Row) -> int | None:
        """What the row before this one ended at, if that is known; and this one is noted."""
        number, ended = self._ends.get(_chain(row), (0, 0))
        self._keep(row)
        self._new[row["characterId"]] = None
        if int(row["seq"]) == 1:
            return 0
        return ended if number == int(row["seq"]) - 1 else None

    def _keep(self, row: Row) -> None:
        number, _ = self._ends.get(_chain(row), (0, 0))
        if int(row["seq"]) > number:
            self._ends[_chain(row)] = (int(row["seq"]), int(row["balanceAfter"]))


async def check_wallets() -> AsyncIterator[Break]:
    """Every wallet that does not hold what its last row says.

    Wallets and their last rows are read in one snapshot for each batch, so that however many there
    are, none has to last.
    """
    last = ObjectId("0" * 24)
    while True:
        async with snapshot():
            batch = await _read_wallets({"_id": {"$gt": last}})
            breaks = await _compare(batch)
        for found in breaks:
            yield found
        if len(batch) < BATCH:
            return
        last = batch[-1]["_id"]


async def _read_wallets(where: Row) -> list[Row]:
    fields = {SEQUENCE: 1, **dict.fromkeys((currency.value for currency in Currency), 1)}
    return await find_all(
        Character.collection(), where, projection=fields, sort=[("_id", 1)], limit=BATCH
    )


async def _compare(
    wallets: Iterable[Row], known: Mapping[Chain, tuple[int, int]] = MappingProxyType({})
) -> list[Break]:
    """Wallets that do not hold what their last row says; ``known`` are rows that were seen."""
    held = {
        (wallet["_id"], currency, int(sequence)): int(wallet.get(currency) or 0)
        for wallet in wallets
        for currency, sequence in (wallet.get(SEQUENCE) or {}).items()
    }
    ends = {
        place: known[place[:2]][1]
        for place in held
        if place[:2] in known and known[place[:2]][0] == place[2]
    }
    ends |= await _ends([place for place in held if place[2] and place not in ends])
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


def _chain(row: Row) -> Chain:
    return row["characterId"], row["currency"]


def _place(row: Row) -> Place:
    return *_chain(row), int(row["seq"])
