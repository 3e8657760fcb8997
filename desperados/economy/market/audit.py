"""The audit of the market: everything that is in escrow has its reason, every sale its postings.

- an active listing holds exactly the goods that are left, and the money of its highest bid;
- a closed one holds nothing; what was sold of it adds up to its records, and each record to the
  rows of the ledger;
- who listed the goods is who got the money, and the buyer of a record is who gave it: also where
  the listing was settled so long ago that it has vanished;
- no bid's money, no listed goods and no traded goods lie anywhere without an open listing or trade.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from desperados.economy.market.documents import MarketListing, MarketListingStatus, TradeRecord
from desperados.engine.manifest.auditing import Check, Progress
from desperados.engine.manifest.reading import batches, by_id, rows_by
from desperados.ledger.audit import account_of, owners_of
from desperados.ledger.items.documents import Inventory, ItemMovement
from desperados.ledger.items.holders import Holder, HolderKind, pack
from desperados.ledger.items.holders import listing as goods_of
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money.archive import ROWS
from desperados.ledger.money.documents import Hold, HoldPurpose
from desperados.ledger.money.sources import Source

_ACTIVE = MarketListingStatus.ACTIVE.value

Row = dict[str, Any]


async def check_market(check: Check, tell: Progress) -> None:
    """Compare listings, holds, goods and records with each other, in one snapshot."""
    async for batch in batches(MarketListing.collection_name(), {"revision": {"$gt": 0}}):
        check.examined += len(batch)
        tell(check.name, check.examined)
        await _check_listings(check, batch)
    async for batch in batches(TradeRecord.collection_name(), {}):
        check.examined += len(batch)
        await _check_sales_of_the_gone(check, [row for row in batch if row.get("listingId")])
    bids = {"purpose": HoldPurpose.BID.value}
    async for batch in batches(Hold.collection_name(), bids):
        check.examined += len(batch)
        await _check_holds(check, batch)
    for kind in (HolderKind.LISTING, HolderKind.TRADE):
        span = {"_id": {"$gt": f"{kind.value}:", "$lt": f"{kind.value};"}}
        async for batch in batches(Inventory.collection_name(), span):
            check.examined += len(batch)
            await _check_containers(check, kind, batch)


async def _check_listings(check: Check, listings: list[Row]) -> None:
    ids = [listing["_id"] for listing in listings]
    containers = await by_id(
        Inventory.collection_name(),
        [str(goods_of(identity)) for identity in ids],
    )
    holds = await by_id(
        Hold.collection_name(), [row["holdId"] for row in listings if row.get("holdId")]
    )
    records = await rows_by([TradeRecord.collection_name()], "listingId", ids)
    postings = await _postings_of(record for some in records.values() for record in some)
    listed = await _listed(ids)
    for listing in listings:
        identity = listing["_id"]
        where = f"marketlistings/{identity}"
        pieces = _pieces(containers.get(str(goods_of(identity))))
        _check_goods(check, where, listing, pieces)
        _check_bid(check, where, listing, holds.get(listing.get("holdId")))
        _check_sales(check, where, listing, records[identity])
        if listed[identity] - {str(pack(listing["sellerId"]))}:
            check.report(where, "offers what somebody else than its seller has listed")
        for record in records[identity]:
            if record["sellerId"] != listing["sellerId"]:
                check.report(_name(record), "names another seller than its listing")
            postings.check(check, record)


async def _check_sales_of_the_gone(check: Check, records: list[Row]) -> None:
    """The sales of listings that have vanished are of what their sellers have listed."""
    ids = list({record["listingId"] for record in records})
    there = await by_id(MarketListing.collection_name(), ids)
    gone = [record for record in records if record["listingId"] not in there]
    postings = await _postings_of(gone)
    listed = await _listed({record["listingId"] for record in gone})
    for record in gone:
        if listed[record["listingId"]] != {str(pack(record["sellerId"]))}:
            check.report(_name(record), "sells what somebody else than its seller has listed")
        postings.check(check, record)


async def _listed(listings: Iterable[ObjectId]) -> dict[ObjectId, set[str]]:
    """The packs from which the goods of each of these listings came, by the history of goods."""
    places = {str(goods_of(identity)): identity for identity in listings}
    where = {"source": ItemSource.LISTED.value, "quantity": {"$gt": 0}}
    rows = await rows_by([ItemMovement.collection_name()], "holder", places, where)
    return {
        identity: {row["counterparty"] for row in rows[place]} for place, identity in places.items()
    }


@dataclass(frozen=True, slots=True)
class _Postings:
    """The rows of money of some sales, by their operation, and whose the accounts in them are."""

    rows: dict[ObjectId, list[Row]]
    owners: dict[str, ObjectId]

    def check(self, check: Check, record: Row) -> None:
        """The money of a sale came from its buyer, and went to who sold the goods; all of it."""
        rows = self.rows[record["operation"]]
        for row in rows:
            if row["source"] != Source.MARKET_SALE.value:
                continue
            party, whose = ("seller", "sellerId") if row["amount"] > 0 else ("buyer", "buyerId")
            if self.owners.get(account_of(row)) != record[whose]:
                problem = f"its {party} is not {account_of(row)}, which was in the posting"
                check.report(_name(record), problem)
        for name, source in (("totalPrice", Source.MARKET_SALE), ("taxPaid", Source.MARKET_TAX)):
            legs = [int(row["amount"]) for row in rows if row["source"] == source.value]
            # A tax has only the leg of who pays it, a price also that of who gets it.
            posted = -sum(leg for leg in legs if leg < 0)
            said = _number(record, name)
            if said != posted:
                check.report(_name(record), f"says {name} {said}, but {posted} were posted")


async def _postings_of(records: Iterable[Row]) -> _Postings:
    rows = await rows_by(ROWS, "operation", (record["operation"] for record in records))
    return _Postings(rows, await owners_of(row for some in rows.values() for row in some))


def _name(record: Row) -> str:
    return f"traderecords/{record['_id']}"


def _check_goods(check: Check, where: str, listing: Row, pieces: int) -> None:
    left = _number(listing, "quantity") - _number(listing, "soldQuantity")
    if listing["status"] == _ACTIVE and pieces != left:
        check.report(where, f"offers {left} pieces, but {pieces} are in escrow")
    if listing["status"] != _ACTIVE and pieces:
        check.report(where, f"is {listing['status']}, but {pieces} pieces are in escrow")
    if listing["status"] == MarketListingStatus.SOLD.value and left:
        check.report(where, f"is sold, but {left} pieces of it were not")


def _check_bid(check: Check, where: str, listing: Row, hold: Row | None) -> None:
    bid = _number(listing, "currentBid")
    held = _held(hold)
    if listing["status"] != _ACTIVE and (bid or listing.get("holdId")):
        check.report(where, f"is {listing['status']}, but still has a bid of {bid}")
    elif bid != held:
        check.report(where, f"has a bid of {bid}, but {held} are held for it")
    elif hold is not None and hold["ownerId"] != listing.get("currentBidderId"):
        check.report(where, "has a bid whose money is somebody else's")


def _check_sales(check: Check, where: str, listing: Row, records: list[Row]) -> None:
    for name, of_record in (
        ("soldQuantity", "quantity"),
        ("finalPrice", "totalPrice"),
        ("taxPaid", "taxPaid"),
    ):
        said = _number(listing, name)
        recorded = sum(_number(record, of_record) for record in records)
        if said != recorded:
            check.report(where, f"says {name} {said}, but its records add up to {recorded}")


async def _check_holds(check: Check, holds: list[Row]) -> None:
    """Money is held for the highest bid of an active listing only."""
    open_holds = [hold for hold in holds if _held(hold)]
    listings = await by_id(
        MarketListing.collection_name(), list({hold["reference"] for hold in open_holds})
    )
    for hold in open_holds:
        listing = listings.get(hold["reference"])
        if listing is None or listing["status"] != _ACTIVE or listing.get("holdId") != hold["_id"]:
            check.report(f"holds/{hold['_id']}", f"holds {_held(hold)} for no bid that stands")


async def _check_containers(check: Check, kind: HolderKind, containers: list[Row]) -> None:
    """Goods lie with active listings only; a trade holds nothing once it is over."""
    filled = {Holder.parse(row["_id"]).id: _pieces(row) for row in containers if _pieces(row)}
    known: dict[Any, Row] = {}
    if kind is HolderKind.LISTING:
        known = await by_id(MarketListing.collection_name(), list(filled))
    for identity, pieces in filled.items():
        listing = known.get(identity)
        if listing is None or listing["status"] != _ACTIVE:
            check.report(
                f"inventories/{kind.value}:{identity}",
                f"{pieces} pieces wait in no open {kind.value}",
            )


def _pieces(container: Row | None) -> int:
    if container is None:
        return 0
    stacked = sum(int(entry["quantity"]) for entry in container.get("items", ()))
    return stacked + int(container.get("uniqueCount") or 0)


def _held(hold: Row | None) -> int:
    return int(((hold or {}).get("held") or {}).get("dollars") or 0)


def _number(row: Row, name: str) -> int:
    return int(row.get(name) or 0)
