"""Listings, bids and purchases: what each does to money and goods, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.economy.errors import (
    BidTooLow,
    HasBids,
    ListingClosed,
    ListingEnded,
    ListingNotFound,
    NotAuction,
    NotForSale,
    PriceChanged,
    SelfTrade,
    TooManyListings,
    UseBuyNow,
)
from desperados.economy.market import buying as sales
from desperados.economy.market import selling as market
from desperados.economy.market.documents import MarketListingStatus
from desperados.economy.market.listings import ListingView
from desperados.engine import clock
from desperados.engine.game import Game
from desperados.ledger.items.errors import InsufficientItems
from desperados.ledger.items.holders import listing as goods_of
from desperados.ledger.money.errors import InsufficientFunds
from tests.economy.market.market_world import (
    MONEY,
    add_item,
    add_trader,
    assert_sound,
    carried,
    count,
    dollars_of,
)
from tests.worlds import STAFF


@pytest.fixture(autouse=True)
async def content(game: Game) -> None:
    await add_item("whiskey")
    await add_item("peacemaker", type="weapon", stackable=False, max_stack=1)


async def lot(game: Game, quantity: int = 10, price: int = 100, **options: Any) -> ListingView:
    """A listing of a new seller."""
    seller = await add_trader(game, whiskey=quantity)
    return await market.create_listing(
        seller, item="whiskey", quantity=quantity, price=price, **options
    )


async def test_a_listing_takes_the_goods_and_the_fee(game: Game) -> None:
    seller = await add_trader(game, whiskey=10)
    listing = await market.create_listing(
        seller, item="whiskey", quantity=7, price=1_050, featured=True
    )
    assert listing.fee_paid == 11 + 100
    assert await dollars_of(seller) == MONEY - 111
    assert await carried(seller) == 3
    assert await count(goods_of(listing.id)) == 7
    await assert_sound()


async def test_a_purchase_moves_goods_to_the_buyer_and_money_less_tax_to_the_seller(
    game: Game,
) -> None:
    listing = await lot(game)
    buyer = await add_trader(game)
    bought = await sales.buy_now(buyer, listing.id, expected_price=100)
    assert (bought.quantity, bought.price) == (10, 100)
    assert bought.listing.status == MarketListingStatus.SOLD
    assert await carried(buyer) == 10
    assert await dollars_of(buyer) == MONEY - 100
    assert await dollars_of(listing.seller_id) == MONEY - 1 + 95
    assert await count(goods_of(listing.id)) == 0
    await assert_sound()


async def test_a_lot_is_sold_in_parts_and_pays_the_tax_of_the_whole(game: Game) -> None:
    listing = await lot(game, quantity=10, price=101)
    buyer = await add_trader(game)
    first = await sales.buy_now(buyer, listing.id, expected_price=31, quantity=3)
    assert first.listing.status == MarketListingStatus.ACTIVE
    assert (first.listing.quantity, first.listing.current_price) == (7, 71)
    last = await sales.buy_now(buyer, listing.id, expected_price=71)
    assert last.listing.status == MarketListingStatus.SOLD
    assert last.listing.final_price == 102
    assert last.listing.tax_paid == 5
    assert await carried(buyer) == 10
    assert await dollars_of(listing.seller_id) == MONEY - 2 + 102 - 5
    await assert_sound()


async def test_more_than_is_left_cannot_be_bought(game: Game) -> None:
    listing = await lot(game)
    buyer = await add_trader(game)
    with pytest.raises(InsufficientItems):
        await sales.buy_now(buyer, listing.id, expected_price=110, quantity=11)


async def test_a_bid_is_held_and_comes_back_at_once_when_outbid(game: Game) -> None:
    listing = await lot(game, price=100, is_auction=True)
    first, second = await add_trader(game), await add_trader(game)
    held = await sales.place_bid(first, listing.id, 100)
    assert held.balance == MONEY - 100
    await sales.place_bid(second, listing.id, 105)
    assert await dollars_of(first) == MONEY
    assert await dollars_of(second) == MONEY - 105
    await assert_sound()


async def test_a_raise_of_ones_own_bid_holds_only_the_difference(game: Game) -> None:
    listing = await lot(game, price=100, is_auction=True)
    bidder = await add_trader(game)
    for amount in (100, 200, 300):
        await sales.place_bid(bidder, listing.id, amount)
        assert await dollars_of(bidder) == MONEY - amount
    assert await game.database["holds"].count_documents({}) == 1
    await assert_sound()


async def test_an_auction_goes_to_the_highest_bidder_once_its_time_is_over(game: Game) -> None:
    with clock.frozen() as time:
        listing = await lot(game, price=100, is_auction=True, hours=1)
        bidder = await add_trader(game)
        await sales.place_bid(bidder, listing.id, 200)
        assert await sales.settle_listing(listing.id) is None
        time.advance(hours=1)
        settled = await sales.settle_listing(listing.id)
        assert settled is not None
        assert (settled.status, settled.final_price) == (MarketListingStatus.SOLD, 200)
        assert await sales.settle_listing(listing.id) is None
    assert await carried(bidder) == 10
    assert await dollars_of(bidder) == MONEY - 200
    assert await dollars_of(listing.seller_id) == MONEY - 1 + 190
    await assert_sound()


async def test_a_listing_that_nobody_wanted_goes_back(game: Game) -> None:
    with clock.frozen() as time:
        listing = await lot(game, hours=1)
        time.advance(hours=1)
        settled = await sales.settle_listing(listing.id)
    assert settled is not None
    assert settled.status == MarketListingStatus.EXPIRED
    assert await carried(listing.seller_id) == 10
    await assert_sound()


async def test_whoever_comes_too_late_settles_the_listing(game: Game) -> None:
    with clock.frozen() as time:
        listing = await lot(game, price=100, is_auction=True, hours=1)
        bidder, late = await add_trader(game), await add_trader(game)
        await sales.place_bid(bidder, listing.id, 100)
        time.advance(hours=1)
        with pytest.raises(ListingEnded):
            await sales.place_bid(late, listing.id, 500)
        with pytest.raises(ListingClosed):
            await sales.place_bid(late, listing.id, 500)
    assert await carried(bidder) == 10
    assert await dollars_of(late) == MONEY
    await assert_sound()


async def test_a_late_bid_leaves_time_to_answer_for_an_hour(game: Game) -> None:
    with clock.frozen() as time:
        listing = await lot(game, price=100, is_auction=True, hours=1)
        latest = listing.expires_at + timedelta(hours=1)
        bidders = [await add_trader(game), await add_trader(game)]
        time.advance(minutes=56)
        amount = 100
        for turn in range(16):
            bid = await sales.place_bid(bidders[turn % 2], listing.id, amount)
            assert bid.listing.expires_at == min(latest, clock.now() + timedelta(minutes=5))
            amount = bid.listing.minimum_bid or 0
            time.advance(minutes=4)
        assert bid.listing.expires_at == latest == clock.now()
        with pytest.raises(ListingEnded):
            await sales.place_bid(bidders[0], listing.id, amount)
    await assert_sound()


async def test_friends_who_outbid_each_other_in_a_second_take_no_time_from_others(
    game: Game,
) -> None:
    with clock.frozen() as time:
        listing = await lot(game, price=100, is_auction=True, hours=1)
        friends, victim = [await add_trader(game), await add_trader(game)], await add_trader(game)
        time.advance(minutes=58)
        amount = 100
        for turn in range(14):
            bid = await sales.place_bid(friends[turn % 2], listing.id, amount)
            amount = bid.listing.minimum_bid or 0
            time.advance(milliseconds=50)
        time.advance(minutes=4)
        answered = await sales.place_bid(victim, listing.id, amount)
        assert answered.listing.expires_at == clock.now() + timedelta(minutes=5)


async def test_the_fee_is_that_of_the_highest_price_that_was_ever_asked(game: Game) -> None:
    listing = await lot(game, price=2)
    seller = listing.seller_id
    for price, paid in ((5_000, 50), (2, 50), (5_000, 50), (9_000, 90), (10**9, 1_000)):
        changed = await market.update_listing(seller, listing.id, price=price)
        assert (changed.price, changed.fee_paid) == (price, paid)
        assert await dollars_of(seller) == MONEY - paid
    featured = await market.update_listing(seller, listing.id, price=2, featured=True)
    assert featured.fee_paid == 1_100
    again = await market.update_listing(seller, listing.id, price=10**9, featured=True)
    assert (again.fee_paid, await dollars_of(seller)) == (1_100, MONEY - 1_100)
    await assert_sound()


async def test_the_price_to_buy_an_auction_counts_for_the_fee(game: Game) -> None:
    listing = await lot(game, price=2, is_auction=True, buyout_price=20_000)
    assert (listing.fee_paid, await dollars_of(listing.seller_id)) == (200, MONEY - 200)
    raised = await market.update_listing(listing.seller_id, listing.id, buyout_price=30_000)
    assert (raised.fee_paid, await dollars_of(listing.seller_id)) == (300, MONEY - 300)


async def test_who_cannot_pay_for_a_higher_price_keeps_the_lower_one(game: Game) -> None:
    seller = await add_trader(game, whiskey=1, dollars=10)
    listing = await market.create_listing(seller, item="whiskey", price=100)
    with pytest.raises(InsufficientFunds):
        await market.update_listing(seller, listing.id, price=5_000)
    stored = await game.database["marketlistings"].find_one({"_id": listing.id})
    assert (stored["price"], stored["feePaid"], await dollars_of(seller)) == (100, 1, 9)


async def test_an_auction_can_be_bought_at_its_price_while_bids_are_below(game: Game) -> None:
    listing = await lot(game, price=100, is_auction=True, buyout_price=500)
    bidder, buyer = await add_trader(game), await add_trader(game)
    await sales.place_bid(bidder, listing.id, 150)
    with pytest.raises(UseBuyNow):
        await sales.place_bid(buyer, listing.id, 500)
    bought = await sales.buy_now(buyer, listing.id, expected_price=500)
    assert bought.listing.status == MarketListingStatus.SOLD
    assert await dollars_of(bidder) == MONEY
    assert await dollars_of(buyer) == MONEY - 500
    assert await carried(buyer) == 10
    await assert_sound()


async def test_an_auction_without_a_price_cannot_be_bought(game: Game) -> None:
    listing = await lot(game, price=100, is_auction=True)
    with pytest.raises(NotForSale):
        await sales.buy_now(await add_trader(game), listing.id, expected_price=100)


async def test_a_fixed_price_takes_no_bids(game: Game) -> None:
    listing = await lot(game)
    with pytest.raises(NotAuction):
        await sales.place_bid(await add_trader(game), listing.id, 200)


async def test_a_bid_below_the_minimum_is_refused(game: Game) -> None:
    listing = await lot(game, price=20, is_auction=True)
    first, second = await add_trader(game), await add_trader(game)
    with pytest.raises(BidTooLow):
        await sales.place_bid(first, listing.id, 19)
    await sales.place_bid(first, listing.id, 21)
    with pytest.raises(BidTooLow) as refused:
        await sales.place_bid(second, listing.id, 22)
    assert refused.value.facts["minimum"] == 23
    await sales.place_bid(second, listing.id, 23)


async def test_the_price_that_was_seen_is_the_price_that_is_paid(game: Game) -> None:
    listing = await lot(game)
    buyer = await add_trader(game)
    await market.update_listing(listing.seller_id, listing.id, price=200)
    with pytest.raises(PriceChanged):
        await sales.buy_now(buyer, listing.id, expected_price=100)
    assert await dollars_of(buyer) == MONEY


async def test_a_cancelled_listing_gives_the_goods_back_and_keeps_the_fee(game: Game) -> None:
    listing = await lot(game)
    cancelled = await market.cancel_listing(listing.seller_id, listing.id)
    assert cancelled.status == MarketListingStatus.CANCELLED
    assert await carried(listing.seller_id) == 10
    assert await dollars_of(listing.seller_id) == MONEY - 1
    with pytest.raises(ListingClosed):
        await market.cancel_listing(listing.seller_id, listing.id)
    await assert_sound()


async def test_a_listing_with_a_bid_cannot_be_cancelled_or_changed(game: Game) -> None:
    listing = await lot(game, price=100, is_auction=True)
    await sales.place_bid(await add_trader(game), listing.id, 100)
    with pytest.raises(HasBids):
        await market.cancel_listing(listing.seller_id, listing.id)
    with pytest.raises(HasBids):
        await market.update_listing(listing.seller_id, listing.id, price=5_000)


async def test_nobody_else_can_cancel_or_change_a_listing(game: Game) -> None:
    listing = await lot(game)
    stranger = await add_trader(game)
    for call in (
        market.cancel_listing(stranger, listing.id),
        market.update_listing(stranger, listing.id, price=2),
        market.cancel_listing(stranger, ObjectId()),
    ):
        with pytest.raises(ListingNotFound):
            await call


async def test_the_staff_removes_a_listing_and_everybody_has_his_own_back(game: Game) -> None:
    listing = await lot(game, price=100, is_auction=True)
    bidder = await add_trader(game)
    await sales.place_bid(bidder, listing.id, 300)
    await market.remove_listing(STAFF, listing.id, reason="an offensive name")
    assert await dollars_of(bidder) == MONEY
    assert await carried(listing.seller_id) == 10
    assert await game.database["auditlogs"].count_documents({"action": "LISTING_REMOVED"}) == 1
    await assert_sound()


async def test_an_account_does_not_trade_with_itself(game: Game) -> None:
    listing = await lot(game, price=100, is_auction=True, buyout_price=200)
    other = await add_trader(game)
    seller = await game.database["characters"].find_one({"_id": listing.seller_id})
    await game.database["characters"].update_one(
        {"_id": other}, {"$set": {"userId": seller["userId"]}}
    )
    for who in (listing.seller_id, other):
        with pytest.raises(SelfTrade):
            await sales.place_bid(who, listing.id, 100)
        with pytest.raises(SelfTrade):
            await sales.buy_now(who, listing.id, expected_price=200)


async def test_a_character_has_twenty_active_listings(game: Game) -> None:
    seller = await add_trader(game, whiskey=30)
    with clock.frozen() as time:
        for _ in range(20):
            await market.create_listing(seller, item="whiskey", price=5)
            time.advance(minutes=4)
        with pytest.raises(TooManyListings):
            await market.create_listing(seller, item="whiskey", price=5)


async def test_a_key_makes_a_purchase_happen_once(game: Game) -> None:
    listing = await lot(game)
    buyer = await add_trader(game)
    first = await sales.buy_now(buyer, listing.id, expected_price=20, quantity=2, key="k")
    again = await sales.buy_now(buyer, listing.id, expected_price=20, quantity=2, key="k")
    assert first == again
    assert await carried(buyer) == 2
    assert await dollars_of(buyer) == MONEY - 20
