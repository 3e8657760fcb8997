"""What the commands of the market share: reading a listing, changing it, closing it, paying out.

Each listing has two holders of value beside it: the goods under "listing:<id>" and, when somebody
has bid, the hold of the highest bid. Whatever closes a listing empties both in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.characters.actor import Actor, find_actors
from desperados.characters.errors import CharacterNotFound
from desperados.characters.happenings import Happened, note
from desperados.characters.notices.writing import Value, notify
from desperados.economy.errors import (
    ListingClosed,
    ListingEnded,
    ListingMoved,
    ListingNotFound,
)
from desperados.economy.events import EXPIRED, OFF, ListingExpired
from desperados.economy.market import rules
from desperados.economy.market.documents import (
    MarketListing,
    MarketListingStatus,
    TradeKind,
    TradeRecord,
)
from desperados.engine import clock, dice
from desperados.engine.live import events
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.storage.collection import find_dated
from desperados.engine.transactions import stage
from desperados.engine.views import Id, View
from desperados.ledger.items import ledger as items
from desperados.ledger.items.holders import listing as goods_of
from desperados.ledger.items.holders import pack
from desperados.ledger.items.holders import pending as waiting_goods
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import Account, AccountKind, escrow, pending, wallet
from desperados.ledger.money.documents import Currency, HoldStatus
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.sources import Source
from desperados.ledger.rewards import new_reward

# Who has a part in a listing. Who is not there was deleted, or never was: what is owed to it waits.
Parties = dict[ObjectId, Actor]


class PublicListing(View):
    """A listing as everybody may see it. Prices are dollars for the whole lot.

    ``quantity`` is what is left of ``lot_quantity``; ``current_price`` is what that costs now, or
    the highest bid. ``minimum_bid`` is the lowest bid that is accepted.
    """

    id: Id
    seller_id: Id
    item: str
    name: str
    crafted_item_id: Id | None = None
    rarity: str | None = None
    category: str | None = None
    subcategory: str | None = None
    quantity: int
    lot_quantity: int
    is_auction: bool
    price: int
    buyout_price: int | None = None
    current_price: int
    current_bid: int
    minimum_bid: int | None = None
    bid_count: int
    featured: bool
    status: MarketListingStatus
    created_at: datetime
    expires_at: datetime
    settled_at: datetime | None = None
    final_price: int


class ListingView(PublicListing):
    """A listing as a character sees it: who leads is told to the seller and to the one who does,
    what it paid in fees and taxes to the seller alone."""

    leading_bidder_id: Id | None = None
    tax_paid: int | None = None
    fee_paid: int | None = None


@dataclass(slots=True)
class Settlement:
    """The money and the goods that move when a listing is sold, bid for or closed."""

    listing: MarketListing
    parties: Parties
    movements: list[ledger.Movement] = field(default_factory=list)
    opened: dict[Account, dict[str, Any]] = field(default_factory=dict)
    closed: dict[Account, HoldStatus] = field(default_factory=dict)

    def account_of(self, character_id: ObjectId, source: Source) -> Account:
        """Where money for a character goes: its wallet, or a reward that waits if it is gone."""
        if character_id in self.parties:
            return wallet(character_id)
        reward = new_reward(character_id, source.value)
        account = pending(reward["_id"])
        self.opened[account] = reward
        return account

    def release_bid(self) -> None:
        """Give the highest bid back to whoever made it."""
        listing = self.listing
        if listing.current_bid and listing.hold_id and listing.current_bidder_id:
            hold = escrow(listing.hold_id)
            self.closed[hold] = HoldStatus.RELEASED
            self.movements += ledger.move(
                hold,
                self.account_of(listing.current_bidder_id, Source.BID_RELEASED),
                Currency.DOLLARS,
                listing.current_bid,
                Source.BID_RELEASED,
                listing.id,
            )

    def pay_seller(self, payer: Account, price: int) -> int:
        """Carry ``price`` to the seller, who pays the tax on it. Returns the tax."""
        listing = self.listing
        if payer.kind is AccountKind.ESCROW:
            self.closed[payer] = HoldStatus.CAPTURED
        seller = self.account_of(listing.seller_id, Source.MARKET_SALE)
        tax = rules.tax_on_part(listing.final_price, price)
        self.movements += ledger.move(
            payer, seller, Currency.DOLLARS, price, Source.MARKET_SALE, listing.id
        )
        if tax:
            self.movements.append(
                ledger.burn(seller, Currency.DOLLARS, tax, Source.MARKET_TAX, reference=listing.id)
            )
        return tax

    async def post(self, kind: OperationKind) -> ledger.Posted | None:
        """Carry out the movements of money, if there are any."""
        if not self.movements:
            return None
        return await ledger.post(self.movements, kind, opened=self.opened, closed=self.closed)


async def read_parties(listing: MarketListing, *more: ObjectId) -> Parties:
    """The seller, the highest bidder and ``more`` characters, in one query."""
    ids = [listing.seller_id, *more]
    if listing.current_bidder_id is not None:
        ids.append(listing.current_bidder_id)
    return await find_actors(ids)


def party_of(parties: Parties, actor: ObjectId) -> Actor:
    """The party that acts.

    Raises:
        CharacterNotFound: there is no such character.
    """
    found = parties.get(actor)
    if found is None:
        raise CharacterNotFound()
    return found


async def read_listing(listing_id: ObjectId) -> tuple[MarketListing, datetime]:
    """The listing, and the moment of the read by the database's clock.

    That one clock decides whether the listing's time is over, whatever the hosts believe.

    Raises:
        ListingNotFound: there is no such listing, or another program made it.
    """
    found = await find_dated(
        MarketListing.collection(), {"_id": listing_id, "revision": {"$gt": 0}}
    )
    if found is None:
        raise ListingNotFound()
    return MarketListing.hydrate(found[0]), found[1]


def require_active(listing: MarketListing) -> None:
    """Refuse a listing that is closed.

    Raises:
        ListingClosed: it is sold, cancelled or expired.
    """
    if listing.status != MarketListingStatus.ACTIVE:
        raise ListingClosed(status=listing.status)


def require_open(listing: MarketListing, parties: Parties, now: datetime) -> None:
    """Refuse a listing that is closed, whose time is over, or whose seller is gone.

    ``now`` is the moment at which it was read.

    Raises:
        ListingClosed: it is sold, cancelled or expired.
        ListingEnded: its time is over, or its seller was deleted; it waits to be settled.
    """
    require_active(listing)
    if now >= listing.expires_at or listing.seller_id not in parties:
        raise ListingEnded()


def change_listing(
    listing: MarketListing, changed: dict[str, Any], push: dict[str, Any] | None = None
) -> None:
    """Stage a change, if the listing still is as it was read, and show it in ``listing``.

    Outcomes: changed; not found, when somebody outside this package changed it meanwhile
    (``ListingMoved``); a write conflict, when another command did (the transaction runs again).
    """
    revision = listing.revision or 0
    change: dict[str, Any] = {"$set": {**changed, "revision": revision + 1}}
    if push is not None:
        change["$push"] = push
    stage(
        StagedUpdate(
            MarketListing.collection_name(),
            {"_id": listing.id, "status": MarketListingStatus.ACTIVE.value, "revision": revision},
            change,
            otherwise=ListingMoved(retry_after=1),
        )
    )


def closed(status: MarketListingStatus) -> dict[str, Any]:
    """The fields of a listing that holds nothing any more."""
    return {
        "status": status.value,
        "settledAt": clock.now(),
        "currentBid": 0,
        "currentBidderId": None,
        "holdId": None,
    }


def good_of(listing: MarketListing, quantity: int) -> items.Good:
    """``quantity`` pieces of what is sold, as the inventory names them."""
    if listing.crafted_item_id is not None:
        return items.Unique(listing.crafted_item_id)
    assert listing.item_code is not None
    return items.Line(listing.item_code, quantity)


async def hand_over(
    listing: MarketListing,
    parties: Parties,
    receiver: ObjectId,
    quantity: int,
    source: ItemSource,
) -> int:
    """Carry goods of the listing into a pack. Returns how many wait because the pack is full.

    What belongs to somebody who is gone waits as a reward, as money does.
    """
    goods, opened = good_of(listing, quantity), {}
    to = pack(receiver)
    if receiver not in parties:
        reward = new_reward(receiver, source.value, goods=True)
        to = waiting_goods(reward["_id"])
        opened[to] = reward
    moved = await items.post(
        [items.Transfer([goods], source, goods_of(listing.id), to, items.Overflow.PARK)],
        opened=opened,
        reference=listing.id,
    )
    return quantity if opened else sum(placed.quantity for placed in moved.parked)


def record_sale(
    listing: MarketListing,
    parties: Parties,
    kind: TradeKind,
    buyer: ObjectId,
    quantity: int,
    price: int,
    tax: int,
    operation: ObjectId,
) -> None:
    """Stage the record of a sale, and note it for both sides: ``amount`` is what the one paid, and
    what is left of it for the other."""
    venue = "auction" if kind is TradeKind.AUCTION else "market"
    goods_sold, reference = f"item:{listing.item_code}", listing.id
    for whose, other, deed, amount in (
        (buyer, listing.seller_id, "bought", price),
        (listing.seller_id, buyer, "sold", price - tax),
    ):
        if whose in parties:
            note(
                parties[whose],
                Happened.TRADE_DONE,
                venue,
                deed,
                target=goods_sold,
                other=other,
                amount=amount,
                reference=reference,
            )
    goods: dict[str, Any] = {"itemId": listing.item_code, "quantity": quantity}
    if listing.crafted_item_id is not None:
        goods["craftedItemId"] = listing.crafted_item_id
    sides = {"sellerUserId": listing.seller_id, "buyerUserId": buyer}
    accounts = {
        name: parties[character].user_id
        for name, character in sides.items()
        if character in parties
    }
    stage(
        StagedInsert(
            TradeRecord.collection_name(),
            {
                "_id": dice.new_id(),
                "transactionType": kind.value,
                "sellerId": listing.seller_id,
                "buyerId": buyer,
                **accounts,
                "items": [goods],
                "itemCode": listing.item_code,
                "quantity": quantity,
                "totalPrice": price,
                "taxPaid": tax,
                "listingId": listing.id,
                "operation": operation,
                "createdAt": clock.now(),
            },
        )
    )


async def close_listing(
    listing: MarketListing,
    parties: Parties,
    status: MarketListingStatus,
    viewer: ObjectId | None,
) -> ListingView:
    """Close a listing without a sale: the bid and what is left of the goods go back."""
    deal = Settlement(listing, parties)
    deal.release_bid()
    await deal.post(OperationKind.BID_RETURN)
    left = listing.quantity - listing.sold_quantity
    await hand_over(listing, parties, listing.seller_id, left, ItemSource.LISTING_RETURNED)
    changed = closed(status)
    change_listing(listing, changed)
    if status is MarketListingStatus.EXPIRED:
        events.push(ListingExpired(listing_id=listing.id), to=listing.seller_id)
        notify(listing.seller_id, EXPIRED, **named(listing))
    if listing.current_bidder_id is not None and listing.current_bid:
        refunded = listing.current_bid
        notify(listing.current_bidder_id, OFF, refunded=refunded, **named(listing))
    return listing_view(listing, viewer, **changed)


def listing_view(
    listing: MarketListing, viewer: ObjectId | None = None, **changed: Any
) -> ListingView:
    """What ``viewer`` may know of a listing; ``changed`` are fields by their stored names."""
    if changed:
        listing = MarketListing.hydrate({**listing.to_mongo(), **changed})
    sells = viewer is not None and viewer == listing.seller_id
    leads = viewer is not None and viewer == listing.current_bidder_id
    return ListingView(
        **dict(public_listing(listing)),
        leading_bidder_id=listing.current_bidder_id if sells or leads else None,
        tax_paid=listing.tax_paid if sells else None,
        fee_paid=listing.fee_paid if sells else None,
    )


def item_name(listing: MarketListing) -> str:
    """What is sold, as it was called when it was offered."""
    code = listing.item_code or ""
    name: str = (listing.item_snapshot or {}).get("name", code)
    return name


def named(listing: MarketListing) -> dict[str, Value]:
    """How notices name a listing."""
    return {"listing_id": listing.id, "item": item_name(listing)}


def public_listing(listing: MarketListing) -> PublicListing:
    """What everybody may know of a listing."""
    left = listing.quantity - listing.sold_quantity
    active = listing.status == MarketListingStatus.ACTIVE
    return PublicListing(
        id=listing.id,
        seller_id=listing.seller_id,
        item=listing.item_code or "",
        name=item_name(listing),
        crafted_item_id=listing.crafted_item_id,
        rarity=listing.rarity,
        category=listing.category,
        subcategory=listing.subcategory,
        quantity=left if active else 0,
        lot_quantity=listing.quantity,
        is_auction=listing.is_auction,
        price=listing.price,
        buyout_price=listing.buyout_price,
        current_price=listing.current_price or listing.price,
        current_bid=listing.current_bid,
        minimum_bid=(
            rules.minimum_bid(listing.price, listing.current_bid)
            if active and listing.is_auction
            else None
        ),
        bid_count=listing.bid_count,
        featured=bool(listing.featured),
        status=MarketListingStatus(listing.status),
        created_at=listing.created_at,
        expires_at=listing.expires_at,
        settled_at=listing.settled_at,
        final_price=listing.final_price,
    )
