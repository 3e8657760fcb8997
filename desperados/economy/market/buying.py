"""Bids and purchases on the market, and what becomes of a listing when its time is over.

A listing whose time is over is settled by a job, or by whoever touches it first: nobody can bid for
it or buy it any more, however late the job is.

Limits: an account bids 50 times and does 60 things on the market in an hour. Who has 5 lots waiting
for room in the pack takes them before anything new.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar

from bson import ObjectId

from desperados.characters.actor import Actor
from desperados.characters.notices.writing import notify
from desperados.economy.errors import (
    BidTooLow,
    ListingEnded,
    ListingNotFound,
    NotAuction,
    NotForSale,
    PriceChanged,
    SelfTrade,
    UseBuyNow,
)
from desperados.economy.events import OUTBID, SOLD, WON, AuctionWon, BidPlaced, ListingSold, Outbid
from desperados.economy.market import rules
from desperados.economy.market.calls import count_calls
from desperados.economy.market.documents import MarketListing, MarketListingStatus, TradeKind
from desperados.economy.market.listings import (
    ListingView,
    Parties,
    Settlement,
    change_listing,
    close_listing,
    closed,
    hand_over,
    listing_view,
    named,
    party_of,
    read_listing,
    read_parties,
    record_sale,
    require_open,
)
from desperados.economy.rewards import tell_waiting
from desperados.engine import clock
from desperados.engine.ambient import current_transaction
from desperados.engine.commands import command
from desperados.engine.errors import Contention, InvalidInput
from desperados.engine.live.events import push
from desperados.engine.views import Id, View
from desperados.ledger.items.errors import InsufficientItems
from desperados.ledger.items.rules import Pieces, check_quantity
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import escrow, wallet
from desperados.ledger.money.documents import Currency, HoldPurpose
from desperados.ledger.money.holds import new_hold
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.rules import Coins, check_amount
from desperados.ledger.money.sources import Source

P = ParamSpec("P")
R = TypeVar("R")


class PurchaseView(View):
    """What a purchase on the market brought. ``parked`` pieces wait: the pack is full."""

    listing: ListingView
    operation: Id
    quantity: int
    price: int
    parked: int
    balance: int


class BidView(View):
    """What a bid did: ``held`` dollars of the bidder lie in escrow now."""

    listing: ListingView
    operation: Id
    held: int
    balance: int


def _settling(function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Whoever comes too late settles the listing before being told so.

    The command itself was refused, and its transaction is over.
    """

    signature = inspect.signature(function)

    @functools.wraps(function)
    async def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await function(*args, **kwargs)
        except ListingEnded:
            if current_transaction() is None:
                await settle_listing(signature.bind(*args, **kwargs).arguments["listing_id"])
            raise

    return run


@_settling
@command(queue="listing_id")
async def place_bid(
    actor: ObjectId, listing_id: ObjectId, amount: Coins, *, key: str | None = None
) -> BidView:
    """Bid for an auction. The money is held at once, and whoever is outbid has his back at once.

    The first bid is at least the price, each further one 5% (rounded up) above the highest, at
    least 1 dollar. Who raises his own bid has only the difference held. A bid in the last five
    minutes leaves five more, up to an hour after the auction was to end.

    Raises:
        ListingNotFound: there is no such listing.
        ListingClosed: it is sold, cancelled or expired.
        ListingEnded: its time is over.
        NotAuction: it has a fixed price.
        SelfTrade: the seller is the bidder, or of the same account.
        BidTooLow: the bid is below the lowest that is accepted.
        UseBuyNow: the bid reaches the price at which the auction can be bought.
        InsufficientFunds: the character carries less than is to be held.
        InvalidAmount: the amount is not a whole number of dollars.
        GoodsWaiting: 5 lots wait for room in the character's pack.
        RateLimited: the account bid 50 times in the last hour, or did 60 things on the market.
        TradeLocked: the staff bar the character from trade.
        TooNew: the character is younger than 24 hours.
        CharacterNotFound: there is no such character.
        CharacterUnavailable: the character is dead.
        KeyReused: the key was used with another request.
    """
    amount = check_amount(amount, Currency.DOLLARS)
    listing, now = await read_listing(listing_id)
    parties = await read_parties(listing, actor)
    require_open(listing, parties, now)
    customer = _customer(parties, actor, listing)
    if not listing.is_auction:
        raise NotAuction()
    least = rules.minimum_bid(listing.price, listing.current_bid)
    if listing.buyout_price is not None and amount >= listing.buyout_price:
        raise UseBuyNow(buyout=listing.buyout_price)
    if amount < least:
        raise BidTooLow(minimum=least)
    usage = await count_calls(customer, bids=True, brings=True)
    deal = Settlement(listing, parties)
    hold_id = _hold_bid(deal, actor, amount)
    posted = await deal.post(OperationKind.BID)
    assert posted is not None
    # What was listed before this rule may not say when it was to end: then it is now.
    first_end = listing.original_expires_at or listing.expires_at
    ends = rules.end_after_bid(listing.expires_at, first_end, now)
    changed = {
        "currentBid": amount,
        "currentPrice": amount,
        "currentBidderId": actor,
        "holdId": hold_id,
        "bidCount": listing.bid_count + 1,
        "expiresAt": ends,
    }
    bid = {"bidderId": actor, "amount": amount, "at": now}
    change_listing(listing, changed, {"bids": {"$each": [bid], "$slice": -rules.BIDS_KEPT}})
    usage.write()
    count = listing.bid_count + 1
    placed = BidPlaced(listing_id=listing.id, bid=amount, bid_count=count, expires_at=ends)
    push(placed, to=listing.seller_id)
    _note_outbid(listing, actor, amount)
    tell_waiting(posted, actor)
    return BidView(
        listing=listing_view(listing, actor, **changed),
        operation=posted.operation,
        held=amount,
        balance=posted.balances[wallet(actor), Currency.DOLLARS],
    )


def _customer(parties: Parties, actor: ObjectId, listing: MarketListing) -> Actor:
    """The customer, if it may deal with this seller, who is there."""
    customer = party_of(parties, actor)
    customer.must_be_able_to_give()
    if customer.user_id == parties[listing.seller_id].user_id:
        raise SelfTrade()
    return customer


def _hold_bid(deal: Settlement, actor: ObjectId, amount: int) -> ObjectId:
    """Hold the bid, or what a raise of one's own adds to it. Returns the id of the hold."""
    listing = deal.listing
    if listing.current_bidder_id == actor and listing.hold_id is not None:
        account, more = escrow(listing.hold_id), amount - listing.current_bid
    else:
        deal.release_bid()
        _tell_outbid(listing, amount)
        account, document = new_hold(actor, HoldPurpose.BID, listing.id)
        deal.opened[account] = document
        more = amount
    deal.movements += ledger.move(
        wallet(actor), account, Currency.DOLLARS, more, Source.BID_HELD, listing.id
    )
    return account.id


def _tell_outbid(listing: MarketListing, amount: int) -> None:
    """Tell who led until now, if anybody did."""
    if listing.current_bidder_id is not None and listing.current_bid:
        outbid = Outbid(listing_id=listing.id, new_bid=amount, refunded=listing.current_bid)
        push(outbid, to=listing.current_bidder_id)


def _note_outbid(listing: MarketListing, actor: ObjectId, amount: int) -> None:
    """The same as lasting news: staged with what is written last, when nothing is read any more."""
    bidder, refunded = listing.current_bidder_id, listing.current_bid
    if bidder is not None and bidder != actor and refunded:
        about = named(listing)
        notify(bidder, OUTBID, price=amount, refunded=refunded, **about)


def _tell_seller(listing: MarketListing, quantity: int, price: int, tax: int) -> None:
    seller, net = listing.seller_id, price - tax
    sold = ListingSold(listing_id=listing.id, quantity=quantity, price=price, tax=tax, net=net)
    push(sold, to=seller)
    about = named(listing)
    notify(seller, SOLD, quantity=quantity, price=price, tax=tax, net=net, **about)


@_settling
@command(queue="listing_id")
async def buy_now(
    actor: ObjectId,
    listing_id: ObjectId,
    *,
    expected_price: Coins,
    quantity: Pieces | None = None,
    key: str | None = None,
) -> PurchaseView:
    """Buy a listing at its price, or an auction at the price that ends it.

    ``quantity`` buys a part of a lot with a fixed price: its share of the price, rounded up.
    Without it, all that is left is bought. ``expected_price`` is what the buyer has seen; if the
    goods cost something else, nothing is bought. What the pack has no room for waits as a pending
    reward. The seller pays 5% tax on what the listing brings, at least 1 dollar.

    Raises:
        ListingNotFound: there is no such listing.
        ListingClosed: it is sold, cancelled or expired.
        ListingEnded: its time is over.
        NotForSale: it is an auction that nobody can end by a price.
        SelfTrade: the seller is the buyer, or of the same account.
        PriceChanged: the goods do not cost what was expected.
        InsufficientItems: fewer pieces are left.
        InsufficientFunds: the character carries less.
        InvalidAmount: the expected price is not a whole number of dollars.
        InvalidQuantity: the quantity is not a whole number from 1 to 9,999.
        InvalidInput: a part of an auction was asked for.
        GoodsWaiting: 5 lots wait for room in the character's pack.
        RateLimited: the account did 60 things on the market in the last hour.
        TradeLocked: the staff bar the character from trade.
        TooNew: the character is younger than 24 hours.
        CharacterNotFound: there is no such character.
        CharacterUnavailable: the character is dead.
        KeyReused: the key was used with another request.
    """
    expected_price = check_amount(expected_price, Currency.DOLLARS, path="expectedPrice")
    if quantity is not None:
        quantity = check_quantity(quantity)
    listing, now = await read_listing(listing_id)
    parties = await read_parties(listing, actor)
    require_open(listing, parties, now)
    customer = _customer(parties, actor, listing)
    wanted, price = _priced(listing, quantity)
    if price != expected_price:
        raise PriceChanged(price=price, expected=expected_price)
    usage = await count_calls(customer, brings=True)
    deal = Settlement(listing, parties)
    deal.release_bid()
    if listing.current_bidder_id != actor:
        _tell_outbid(listing, price)
    tax = deal.pay_seller(wallet(actor), price)
    posted = await deal.post(OperationKind.SALE)
    assert posted is not None
    parked = await hand_over(listing, parties, actor, wanted, ItemSource.MARKET_SALE)
    kind = TradeKind.MARKET_PURCHASE
    record_sale(listing, parties, kind, actor, wanted, price, tax, posted.operation)
    changed = _sold(listing, actor, wanted, price, tax)
    change_listing(listing, changed)
    usage.write()
    _note_outbid(listing, actor, price)
    _tell_seller(listing, wanted, price, tax)
    tell_waiting(posted, actor)
    return PurchaseView(
        listing=listing_view(listing, actor, **changed),
        operation=posted.operation,
        quantity=wanted,
        price=price,
        parked=parked,
        balance=posted.balances[wallet(actor), Currency.DOLLARS],
    )


def _priced(listing: MarketListing, quantity: int | None) -> tuple[int, int]:
    """How many pieces are bought, and what they cost."""
    left = listing.quantity - listing.sold_quantity
    if listing.is_auction:
        if listing.buyout_price is None:
            raise NotForSale()
        if quantity not in (None, left):
            raise InvalidInput("An auction is bought whole.", path="quantity")
        return left, listing.buyout_price
    wanted = left if quantity is None else quantity
    if wanted > left:
        raise InsufficientItems(had=left, needed=wanted)
    return wanted, rules.price_of_part(listing.price, listing.quantity, wanted)


def _sold(
    listing: MarketListing, buyer: ObjectId, quantity: int, price: int, tax: int
) -> dict[str, Any]:
    """The fields of a listing after a sale."""
    sold = listing.sold_quantity + quantity
    changed: dict[str, Any] = {
        "soldQuantity": sold,
        "finalPrice": listing.final_price + price,
        "taxPaid": listing.tax_paid + tax,
        "buyerId": buyer,
    }
    if sold == listing.quantity:
        return {**changed, **closed(MarketListingStatus.SOLD), "currentPrice": price}
    rest = rules.price_of_part(listing.price, listing.quantity, listing.quantity - sold)
    return {**changed, "currentPrice": rest}


@command(queue="listing_id")
async def settle_listing(listing_id: ObjectId) -> ListingView | None:
    """Close a listing whose time is over: the highest bidder has it, or it goes back.

    Returns None if there is nothing to settle: it was settled before, or its time is not over. The
    listing of a character that is gone is cancelled, whatever was bid.

    Raises:
        Contention: its time is over by this host's clock and not yet by the database's.
    """
    try:
        listing, now = await read_listing(listing_id)
    except ListingNotFound:
        return None
    if listing.status != MarketListingStatus.ACTIVE:
        return None
    parties = await read_parties(listing)
    if listing.seller_id not in parties:
        return await close_listing(listing, parties, MarketListingStatus.CANCELLED, None)
    if now < listing.expires_at:
        if clock.now() >= listing.expires_at:
            raise Contention(retry_after=math.ceil((listing.expires_at - now).total_seconds()))
        return None
    if listing.current_bidder_id is None or listing.hold_id is None:
        return await close_listing(listing, parties, MarketListingStatus.EXPIRED, None)
    winner, price = listing.current_bidder_id, listing.current_bid
    deal = Settlement(listing, parties)
    tax = deal.pay_seller(escrow(listing.hold_id), price)
    posted = await deal.post(OperationKind.SALE)
    assert posted is not None
    quantity = listing.quantity
    parked = await hand_over(listing, parties, winner, quantity, ItemSource.MARKET_SALE)
    kind = TradeKind.AUCTION
    record_sale(listing, parties, kind, winner, quantity, price, tax, posted.operation)
    changed = _sold(listing, winner, quantity, price, tax)
    change_listing(listing, changed)
    won = AuctionWon(listing_id=listing.id, price=price, quantity=quantity, parked=parked)
    push(won, to=winner)
    about = named(listing)
    notify(winner, WON, price=price, quantity=quantity, parked=parked, **about)
    _tell_seller(listing, quantity, price, tax)
    tell_waiting(posted, winner)
    return listing_view(listing, None, **changed)
