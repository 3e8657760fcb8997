"""Replay of the item history: every holder against its rows, and every item against the sum.

Holders, unique items and rows are read side by side in the order of the holder's name, so memory
does not grow with the world: one holder and one counter for each kind of item.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from bson import ObjectId

from desperados.engine.game import collection_of
from desperados.engine.manifest.auditing import Check, Progress
from desperados.engine.storage.streams import stream
from desperados.ledger.items.books import read_contents
from desperados.ledger.items.contents import CLOSED, SEQUENCE, Contents
from desperados.ledger.items.documents import CraftedItem, GroundItem, Inventory, Item, ItemMovement
from desperados.ledger.items.holders import Holder, HolderKind
from desperados.ledger.items.rules import MOST_ENTRIES, thousandths
from desperados.ledger.items.sources import ItemFlow, ItemSource
from desperados.ledger.rewards import REWARDS

BATCH = 1000
TELL_EVERY = 5000
NAME = "items"

HOLDERS = Inventory.collection_name()
ROWS = ItemMovement.collection_name()
UNIQUES = CraftedItem.collection_name()
GROUND = GroundItem.collection_name()


async def check_items(check: Check, tell: Progress) -> None:
    """Every piece is where its history says, and there are as many as came less what went."""
    replay = _Replay(check, await _item_codes())
    streams = [
        _holders(HOLDERS, None, tell),
        _holders(GROUND, HolderKind.GROUND, tell),
        _holders(REWARDS, HolderKind.PENDING, tell),
        _rows(),
        _unique_items(),
    ]
    current: str | None = None
    async for holder, kind, document in _merged(streams):
        check.examined += 1
        if check.examined % TELL_EVERY == 0:
            tell(NAME, check.examined)
        if holder != current:
            replay.close()
            current = holder
            replay.open(holder)
        replay.see(kind, document)
    replay.close()
    replay.check_totals()
    await _check_operations(check)
    await _check_gone(check)


@dataclass(slots=True)
class _Place:
    """What is known of one holder: its document, its rows so far, the unique items that name it."""

    name: str
    contents: Contents | None = None
    where: str = ""
    sequence: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    uniques: dict[ObjectId, int] = field(default_factory=dict)  # by the rows
    present: dict[ObjectId, dict[str, Any]] = field(default_factory=dict)  # by themselves


class _Replay:
    """Walks the world holder by holder and adds up what each item should and does amount to."""

    def __init__(self, check: Check, codes: set[str]) -> None:
        self.check = check
        self.codes = codes
        self.entered: Counter[str] = Counter()
        self.held: Counter[str] = Counter()
        self.place: _Place | None = None

    def open(self, name: str) -> None:
        """Begin with a holder."""
        self.place = _Place(name)

    def see(self, kind: str, document: dict[str, Any]) -> None:
        """Take in a document of the holder."""
        place = self.place
        assert place is not None
        if kind == ROWS:
            self._replay_row(place, document)
        elif kind == UNIQUES:
            place.present[document["_id"]] = document
        else:
            place.where = f"{kind}/{document['_id']}"
            try:
                place.contents = read_contents(Holder.parse(place.name), document)
            except (KeyError, TypeError, ValueError) as error:
                self.check.report(place.where, f"cannot be read: {error!r}")

    def close(self) -> None:
        """End with a holder: compare what it holds with what its rows say."""
        place = self.place
        if place is None:
            return
        self._compare_uniques(place)
        if place.contents is not None:
            self._check_closed(place, place.contents)
            self._compare_stacks(place, place.contents)
            self._check_entries(place, place.contents)
            self._check_counts(place, place.contents)
        elif any(place.counts.values()) or any(place.uniques.values()):
            self.check.report(
                f"{ROWS}/{place.name}", "rows leave goods in a holder that is not there"
            )
        self.place = None

    def check_totals(self) -> None:
        """Stacks over all holders are what entered the world less what left it."""
        for code in sorted(set(self.entered) | set(self.held)):
            if self.entered[code] != self.held[code]:
                self.check.report(
                    f"items/{code}",
                    f"{self.held[code]} are held, but {self.entered[code]} came into the world "
                    f"and did not leave it: {self.held[code] - self.entered[code]:+}",
                )

    # Rows

    def _replay_row(self, place: _Place, row: dict[str, Any]) -> None:
        where = f"{ROWS}/{row['_id']}"
        if row["seq"] != place.sequence + 1:
            self.check.report(
                where, f"row {row['seq']} of {place.name} follows row {place.sequence}"
            )
        place.sequence = row["seq"]
        unique = row.get("craftedItemId")
        before = place.counts[row["itemId"]] if unique is None else place.uniques.get(unique, 0)
        if row["before"] != before:
            self.check.report(
                where, f"begins at {row['before']}, but the row before ended at {before}"
            )
        if problem := _problem_of(row):
            self.check.report(where, problem)
        if unique is None:
            place.counts[row["itemId"]] = row["after"]
            if _flow(row) in (ItemFlow.FAUCET, ItemFlow.SINK):
                self.entered[row["itemId"]] += row["quantity"]
        else:
            place.uniques[unique] = row["after"]

    # Contents

    def _compare_stacks(self, place: _Place, contents: Contents) -> None:
        if contents.sequence_before is None:
            # Another program wrote it; its history begins with the first movement.
            if place.sequence:
                self.check.report(place.where, "has rows but counts none of them")
            return
        if contents.sequence != place.sequence:
            self.check.report(
                place.where, f"counts {contents.sequence} rows, but has {place.sequence}"
            )
        held = Counter[str]()
        for stack in contents.stacks:
            held[stack.item_id] += stack.quantity
        self.held += held
        for code in sorted(set(held) | set(place.counts)):
            if held[code] != place.counts[code]:
                self.check.report(
                    place.where,
                    f"holds {held[code]} of {code}, but its rows end at {place.counts[code]}",
                )

    def _check_closed(self, place: _Place, contents: Contents) -> None:
        """Nothing stays with somebody who has left the world."""
        if contents.document.get(CLOSED) is not None and (contents.stacks or place.present):
            self.check.report(place.where, "is closed and holds goods")

    def _compare_uniques(self, place: _Place) -> None:
        """The unique items that name this holder are those that its rows leave there."""
        by_rows = {unique for unique, count in place.uniques.items() if count}
        for unique in sorted(by_rows ^ set(place.present)):
            where = f"{UNIQUES}/{unique}"
            if unique in by_rows:
                self.check.report(where, f"is not at {place.name}, where its rows leave it")
            else:
                self.check.report(where, f"says it is at {place.name}, but no row brought it there")

    def _check_entries(self, place: _Place, contents: Contents) -> None:
        seen = set()
        for stack in contents.stacks:
            name = f"{stack.quantity} of {stack.item_id}"
            if stack.quantity < 1 or stack.max_stack < 1:
                self.check.report(place.where, f"has an entry of {name}")
            if not 0 <= stack.locked <= stack.quantity:
                self.check.report(place.where, f"has {stack.locked} locked among {name}")
            if (stack.item_id, stack.bound) in seen:
                self.check.report(place.where, f"has two entries of {stack.item_id}")
            if stack.item_id not in self.codes:
                self.check.report(place.where, f"holds {name}, which no item defines")
            seen.add((stack.item_id, stack.bound))
        if len(contents.stacks) > MOST_ENTRIES:
            self.check.report(place.where, f"has {len(contents.stacks)} entries")

    def _check_counts(self, place: _Place, contents: Contents) -> None:
        """What the container says of itself is what lies in it, and within its limits."""
        weight = sum(thousandths(unique.get("weight") or 0) for unique in place.present.values())
        wanted = (len(place.present), weight)
        if (contents.uniques, contents.unique_weight) != wanted:
            self.check.report(
                place.where,
                f"counts {contents.uniques} unique items of {contents.unique_weight / 1000:g} "
                f"pounds, but there are {wanted[0]} of {weight / 1000:g}",
            )
        document = contents.document
        if "usedSlots" not in document:
            return
        for word, said, used, most in (
            ("slots", document["usedSlots"], contents.used_slots, document.get("maxSlots")),
            (
                "pounds",
                document["usedWeight"],
                contents.used_weight / 1000,
                document.get("maxWeight"),
            ),
        ):
            if said != used:
                self.check.report(place.where, f"says {said:g} {word} are used, but {used:g} are")
            if most is not None and used > most and document.get("overfullSince") is None:
                self.check.report(place.where, f"uses {used:g} of {most:g} {word}")


def _problem_of(row: dict[str, Any]) -> str | None:
    """What is wrong with a row by itself."""
    quantity, before, after = row["quantity"], row["before"], row["after"]
    if any(isinstance(n, bool) or n != int(n) for n in (quantity, before, after)):
        return "holds a part of a piece"
    if after != before + quantity:
        return f"{before} {quantity:+} is not {after}"
    if after < 0 or (row.get("craftedItemId") is not None and after > 1):
        return f"ends at {after}"
    flow = _flow(row)
    if flow is None:
        return f"has the unknown source {row['source']!r}"
    if (flow is ItemFlow.FAUCET and quantity < 0) or (flow is ItemFlow.SINK and quantity > 0):
        return f"{quantity:+} has the wrong sign for the {flow.value} {row['source']}"
    return None


def _flow(row: dict[str, Any]) -> ItemFlow | None:
    try:
        return ItemSource(row["source"]).flow  # type: ignore[call-arg]
    except ValueError:
        return None


async def _check_operations(check: Check) -> None:
    """The transfers of every operation make and destroy nothing."""
    sums: dict[tuple[str, ObjectId | None], int] = defaultdict(int)
    current, first = None, ""

    def close() -> None:
        for (code, _), total in sums.items():
            if total:
                check.report(first, f"operation {current} moved {total:+} of {code} too many")
        sums.clear()

    async for row in stream(collection_of(ROWS), {}, sort=[("operation", 1)]):
        if row["operation"] != current:
            close()
            current, first = row["operation"], f"{ROWS}/{row['_id']}"
        if _flow(row) is ItemFlow.TRANSFER:
            sums[row["itemId"], row.get("craftedItemId")] += row["quantity"]
    close()


async def _check_gone(check: Check) -> None:
    """A unique item without a holder was destroyed, or has no history yet."""
    batch: list[dict[str, Any]] = []
    async for item in stream(collection_of(UNIQUES), {"holder": None}, sort=[("_id", 1)]):
        batch.append(item)
        if len(batch) == BATCH:
            await _check_gone_batch(check, batch)
            batch = []
    await _check_gone_batch(check, batch)


async def _check_gone_batch(check: Check, batch: list[dict[str, Any]]) -> None:
    check.examined += len(batch)
    totals: Counter[ObjectId] = Counter()
    rows = collection_of(ROWS).find(
        {"craftedItemId": {"$in": [item["_id"] for item in batch]}},
        {"craftedItemId": 1, "quantity": 1},
    )
    async for row in rows:
        totals[row["craftedItemId"]] += row["quantity"]
    for item in batch:
        if totals[item["_id"]] or (item.get("version") and item.get("destroyedAt") is None):
            check.report(f"{UNIQUES}/{item['_id']}", "is nowhere, but nothing destroyed it")


async def _item_codes() -> set[str]:
    items = stream(Item.collection(), {}, sort=[("itemId", 1)])
    return {item["itemId"] async for item in items}


# Streams in the order of the holder's name


async def _merged(
    streams: list[AsyncIterator[tuple[str, str, dict[str, Any]]]],
) -> AsyncIterator[tuple[str, str, dict[str, Any]]]:
    """All streams as one."""
    heads: list[tuple[str, int, str, dict[str, Any]]] = []

    async def advance(number: int) -> None:
        following = await anext(streams[number], None)
        if following is not None:
            holder, kind, document = following
            heapq.heappush(heads, (holder, number, kind, document))

    for number in range(len(streams)):
        await advance(number)
    while heads:
        holder, number, kind, document = heapq.heappop(heads)
        yield holder, kind, document
        await advance(number)


async def _holders(
    collection: str, kind: HolderKind | None, tell: Progress
) -> AsyncIterator[tuple[str, str, dict[str, Any]]]:
    """The holders of a collection; their ids are in the order of their names."""
    tell(NAME, 0)
    where = {} if kind is None else {SEQUENCE: {"$gt": 0}}
    async for document in stream(collection_of(collection), where, sort=[("_id", 1)]):
        identity = document["_id"]
        yield (identity if kind is None else f"{kind.value}:{identity}"), collection, document


async def _rows() -> AsyncIterator[tuple[str, str, dict[str, Any]]]:
    async for row in stream(collection_of(ROWS), {}, sort=[("holder", 1), ("seq", 1)]):
        yield row["holder"], ROWS, row


async def _unique_items() -> AsyncIterator[tuple[str, str, dict[str, Any]]]:
    where = {"holder": {"$gt": ""}}
    async for item in stream(collection_of(UNIQUES), where, sort=[("holder", 1), ("_id", 1)]):
        yield item["holder"], UNIQUES, item
