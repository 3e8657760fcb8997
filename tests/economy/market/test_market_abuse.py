"""What people have tried on the market, case by case."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.characters.errors import CharacterNotFound, CharacterUnavailable
from desperados.economy import service as economy
from desperados.economy.errors import (
    GoodsWaiting,
    HasBids,
    ListingEnded,
    ListingNotFound,
    UnknownCategory,
)
from desperados.economy.market import buying as sales
from desperados.economy.market import selling as market
from desperados.economy.market.documents import MarketListingStatus
from desperados.economy.market.listings import ListingView
from desperados.engine import clock
from desperados.engine.errors import InvalidInput, RateLimited
from desperados.engine.game import Game
from desperados.engine.transactions import transactional
from desperados.inventory import ground
from desperados.inventory import service as inventory
from desperados.ledger.items import ledger as items
from desperados.ledger.items.errors import InsufficientItems, ItemLocked, UnknownItem
from desperados.ledger.items.holders import pack
from desperados.ledger.money.errors import InsufficientFunds
from desperados.ledger.money.rules import CAPS
from desperados.ledger.money.sources import Source
from tests.economy.market.market_world import (
    MONEY,
    add_item,
    add_trader,
    assert_sound,
    carried,
    dollars_of,
    give,
    give_unique,
    rewards_of,
)
from tests.economy.money_worlds import mark_deleted

NO_NUMBERS = [-1, 0, 0.5, float("nan"), float("inf"), 1e309, True, "10", 2**63, None, [1]]
CAP = CAPS[next(iter(CAPS))]


@pytest.fixture(autouse=True)
async def content(game: Game) -> None:
    await add_item("whiskey")
    await add_item("peacemaker", type="weapon", stackable=False, max_stack=1)
    await add_item("locket", quest_item=True)
    await add_item("deed", isTradeable=False)


async def lot(game: Game, quantity: int = 10, price: int = 100, **options: Any) -> ListingView:
    seller = await add_trader(game, whiskey=quantity)
    return await market.create_listing(
        seller, item="whiskey", quantity=quantity, price=price, **options
    )


async def delete(game: Game, character_id: ObjectId) -> None:
    """As deletion does it, at least: the wallet is gone."""
    await economy.spend(
        character_id, await dollars_of(character_id), source=Source.CHARACTER_DELETED
    )
    await mark_deleted(game, character_id)


@pytest.mark.parametrize("number", NO_NUMBERS)
async def test_what_is_no_number_is_refused_everywhere(game: Game, number: Any) -> None:
    listing = await lot(game, is_auction=True, buyout_price=900)
    who = await add_trader(game, whiskey=1)
    create = market.create_listing
    calls: list[Callable[[], Awaitable[Any]]] = [
        lambda: create(who, item="whiskey", price=number),
        lambda: create(who, item="whiskey", price=10, hours=number),
        lambda: sales.place_bid(who, listing.id, number),
        lambda: sales.buy_now(who, listing.id, expected_price=number),
    ]
    if number is not None:
        calls += [
            lambda: create(who, item="whiskey", price=10, quantity=number),
            lambda: create(who, item="whiskey", price=2, is_auction=True, buyout_price=number),
            lambda: sales.buy_now(who, listing.id, expected_price=900, quantity=number),
            lambda: market.update_listing(listing.seller_id, listing.id, price=number),
        ]
    for call in calls:
        with pytest.raises(InvalidInput):
            await call()
    assert (await dollars_of(who), await carried(who)) == (MONEY, 1)


@pytest.mark.parametrize(
    "options",
    [
        {"price": 1},
        {"price": 1_000_000_001},
        {"price": 10, "hours": 169},
        {"price": 10, "buyout_price": 20},
        {"price": 10, "is_auction": True, "buyout_price": 10},
        {"price": 10, "category": "spaceships"},
        {"price": 10, "category": "weapons", "subcategory": "boots"},
        {"price": 10, "quantity": 10_000},
        {"price": 10, "item": None},
        {"price": 10, "crafted_item_id": ObjectId()},
        {"price": 10, "item": "moonshine"},
    ],
)
async def test_an_offer_outside_the_bounds_is_refused_without_a_fee(
    game: Game, options: dict[str, Any]
) -> None:
    seller = await add_trader(game, whiskey=10)
    with pytest.raises((InvalidInput, UnknownCategory, UnknownItem)):
        await market.create_listing(seller, **{"item": "whiskey", **options})
    assert (await dollars_of(seller), await carried(seller)) == (MONEY, 10)


async def test_no_fee_is_taken_for_goods_that_are_not_there(game: Game) -> None:
    seller = await add_trader(game, whiskey=1)
    with pytest.raises(InsufficientItems):
        await market.create_listing(seller, item="whiskey", quantity=2, price=1_000)
    assert await dollars_of(seller) == MONEY


async def test_goods_stay_where_they_are_when_the_fee_cannot_be_paid(game: Game) -> None:
    seller = await add_trader(game, whiskey=1, dollars=100)
    with pytest.raises(InsufficientFunds):
        await market.create_listing(seller, item="whiskey", price=5_000, featured=True)
    assert (await dollars_of(seller), await carried(seller)) == (100, 1)


async def test_worn_bound_quest_and_untradeable_goods_are_not_listed(game: Game) -> None:
    seller = await add_trader(game, whiskey=2)
    await give(seller, "locket")
    await give(seller, "deed")
    gun = await give_unique(seller)
    await game.database["crafteditems"].update_one(
        {"_id": gun}, {"$set": {"equippedSlot": "weapon"}}
    )

    @transactional
    async def reserve() -> None:
        await items.lock(pack(seller), "whiskey", 2)

    await reserve()
    for what in (
        {"item": "locket"},
        {"item": "deed"},
        {"item": "whiskey"},
        {"crafted_item_id": gun},
    ):
        with pytest.raises(ItemLocked):
            await market.create_listing(seller, price=10, **what)


async def test_a_unique_piece_is_sold_once_and_unchanged(game: Game) -> None:
    seller, buyer = await add_trader(game), await add_trader(game)
    gun = await give_unique(seller)
    before = await game.database["crafteditems"].find_one({"_id": gun})
    with pytest.raises(InvalidInput):
        await market.create_listing(seller, crafted_item_id=gun, quantity=2, price=500)
    listing = await market.create_listing(seller, crafted_item_id=gun, price=500)
    with pytest.raises(InsufficientItems):
        await market.create_listing(seller, crafted_item_id=gun, price=500)
    await sales.buy_now(buyer, listing.id, expected_price=500)
    after = await game.database["crafteditems"].find_one({"_id": gun})
    assert after["ownerId"] == buyer
    for field in ("durability", "crafterId", "quality", "bonuses"):
        assert after[field] == before[field]
    await assert_sound()


async def test_the_piece_of_another_cannot_be_listed(game: Game) -> None:
    owner, thief = await add_trader(game), await add_trader(game)
    gun = await give_unique(owner)
    with pytest.raises(InsufficientItems):
        await market.create_listing(thief, crafted_item_id=gun, price=500)


async def test_an_outbid_bidder_at_the_cap_finds_the_money_waiting(game: Game) -> None:
    listing = await lot(game, is_auction=True)
    first, second = await add_trader(game), await add_trader(game)
    await sales.place_bid(first, listing.id, 1_000)
    await economy.earn(first, CAP - await dollars_of(first), source=Source.QUEST_REWARD)
    await sales.place_bid(second, listing.id, 2_000)
    assert await dollars_of(first) == CAP
    assert await rewards_of(game, first) == (1_000, 0)
    await assert_sound()


async def fill_pack(game: Game, who: ObjectId) -> None:
    await game.database["inventories"].update_one(
        {"_id": str(pack(who))}, {"$set": {"maxSlots": 1}}
    )


async def test_goods_that_wait_for_room_are_no_store_without_an_end(game: Game) -> None:
    """Friends, one with a full pack: whatever is bought waits, safe and without weight."""
    friend, hoarder = await add_trader(game, whiskey=40), await add_trader(game, whiskey=20)
    await fill_pack(game, hoarder)
    for _ in range(5):
        listing = await market.create_listing(friend, item="whiskey", price=2)
        assert (await sales.buy_now(hoarder, listing.id, expected_price=2)).parked == 1
    fixed = await market.create_listing(friend, item="whiskey", price=2)
    auction = await market.create_listing(friend, item="whiskey", price=2, is_auction=True)
    for call in (
        lambda: sales.buy_now(hoarder, fixed.id, expected_price=2),
        lambda: sales.place_bid(hoarder, auction.id, 2),
        lambda: market.create_listing(hoarder, item="whiskey", price=2),
    ):
        with pytest.raises(GoodsWaiting):
            await call()
    await ground.drop_item(hoarder, "whiskey", quantity=2)
    waiting = (await inventory.pending_items(hoarder)).items
    await inventory.claim_items(hoarder, waiting[0].id)
    await sales.buy_now(hoarder, fixed.id, expected_price=2)
    await assert_sound()


async def test_a_seller_at_the_cap_finds_the_money_waiting(game: Game) -> None:
    listing = await lot(game, price=1_000)
    seller = listing.seller_id
    await economy.earn(seller, CAP - await dollars_of(seller), source=Source.QUEST_REWARD)
    await sales.buy_now(await add_trader(game), listing.id, expected_price=1_000)
    waiting, _ = await rewards_of(game, seller)
    assert await dollars_of(seller) + waiting == CAP + 950
    await assert_sound()


async def test_the_bid_of_a_bidder_who_is_gone_comes_back_as_a_reward(game: Game) -> None:
    listing = await lot(game, is_auction=True)
    first, second = await add_trader(game), await add_trader(game)
    await sales.place_bid(first, listing.id, 1_000)
    await delete(game, first)
    await sales.place_bid(second, listing.id, 2_000)
    assert await rewards_of(game, first) == (1_000, 0)
    await assert_sound()


async def test_an_auction_settles_though_its_winner_is_gone(game: Game) -> None:
    with clock.frozen() as time:
        listing = await lot(game, is_auction=True, hours=1)
        winner = await add_trader(game)
        await sales.place_bid(winner, listing.id, 1_000)
        await delete(game, winner)
        time.advance(hours=1)
        settled = await sales.settle_listing(listing.id)
    assert settled is not None
    assert settled.status == MarketListingStatus.SOLD
    assert await dollars_of(listing.seller_id) == MONEY - 1 + 950
    await assert_sound()


async def test_the_listings_of_a_seller_who_leaves_are_cancelled_unless_somebody_has_bid(
    game: Game,
) -> None:
    listing = await lot(game, is_auction=True)
    bidder = await add_trader(game)
    await sales.place_bid(bidder, listing.id, 1_000)
    with pytest.raises(HasBids):
        await market.withdraw_listings(listing.seller_id)
    with clock.frozen(clock.now() + timedelta(days=8)):
        await sales.settle_listing(listing.id)
    assert await market.withdraw_listings(listing.seller_id) == []
    listing = await lot(game, is_auction=True)
    (cancelled,) = await market.withdraw_listings(listing.seller_id)
    assert cancelled.status == MarketListingStatus.CANCELLED
    assert await carried(listing.seller_id) == 10
    assert await market.withdraw_listings(listing.seller_id) == []
    await assert_sound()


async def test_nobody_pays_a_seller_who_is_gone(game: Game) -> None:
    listing = await lot(game, is_auction=True, buyout_price=5_000)
    first, second = await add_trader(game), await add_trader(game)
    await sales.place_bid(first, listing.id, 1_000)
    await delete(game, listing.seller_id)
    with pytest.raises(ListingEnded):
        await sales.buy_now(second, listing.id, expected_price=5_000)
    assert (await dollars_of(first), await dollars_of(second)) == (MONEY, MONEY)
    stored = await game.database["marketlistings"].find_one({"_id": listing.id})
    assert stored["status"] == MarketListingStatus.CANCELLED.value
    await assert_sound()


async def test_goods_wait_for_a_winner_whose_pack_is_full_and_are_paid_once(game: Game) -> None:
    await add_item("boulder", weight=500)
    with clock.frozen() as time:
        listing = await lot(game, is_auction=True, hours=1)
        winner = await add_trader(game)
        await give(winner, "boulder")
        await sales.place_bid(winner, listing.id, 1_000)
        time.advance(hours=1)
        for _ in range(3):
            await sales.settle_listing(listing.id)
    assert await carried(winner) == 0
    assert await rewards_of(game, winner) == (0, 10)
    assert await dollars_of(winner) == MONEY - 1_000
    await assert_sound()


async def test_a_bid_in_the_moment_of_the_end_is_too_late(game: Game) -> None:
    with clock.frozen() as time:
        listing = await lot(game, is_auction=True, hours=1)
        bidder = await add_trader(game)
        time.advance(minutes=59, seconds=59.999)
        await sales.place_bid(bidder, listing.id, 100)
        time.advance(minutes=5)
        with pytest.raises(ListingEnded):
            await sales.place_bid(bidder, listing.id, 200)
    assert await dollars_of(bidder) == MONEY - 100


async def test_a_friendly_seller_cannot_trap_a_bid(game: Game) -> None:
    """A bid is held until it is beaten or the auction ends; the seller can end it neither way."""
    with clock.frozen() as time:
        listing = await lot(game, is_auction=True, hours=1)
        bidder, shill = await add_trader(game), await add_trader(game)
        await sales.place_bid(bidder, listing.id, 500)
        with pytest.raises(HasBids):
            await market.cancel_listing(listing.seller_id, listing.id)
        await sales.place_bid(shill, listing.id, 525)
        assert await dollars_of(bidder) == MONEY
        time.advance(hours=1)
        await sales.settle_listing(listing.id)
    assert await dollars_of(shill) == MONEY - 525
    await assert_sound()


async def test_a_raise_without_the_money_for_the_difference_is_refused(game: Game) -> None:
    listing = await lot(game, is_auction=True)
    bidder = await add_trader(game, dollars=1_000)
    await sales.place_bid(bidder, listing.id, 900)
    with pytest.raises(InsufficientFunds):
        await sales.place_bid(bidder, listing.id, 1_001)
    await sales.place_bid(bidder, listing.id, 1_000)
    assert await dollars_of(bidder) == 0


async def test_what_is_held_cannot_be_spent(game: Game) -> None:
    listing = await lot(game, is_auction=True)
    bidder = await add_trader(game, dollars=1_000)
    await sales.place_bid(bidder, listing.id, 1_000)
    with pytest.raises(InsufficientFunds):
        await economy.spend(bidder, 1, source=Source.SERVICE_FEE)


async def test_many_small_lots_pay_a_dollar_of_tax_each(game: Game) -> None:
    listing = await lot(game, quantity=1, price=19)
    await sales.buy_now(await add_trader(game), listing.id, expected_price=19)
    assert await dollars_of(listing.seller_id) == MONEY - 1 + 18


async def test_the_dead_and_the_unknown_do_nothing(game: Game) -> None:
    listing = await lot(game)
    dead = await add_trader(game, whiskey=1)
    await game.database["characters"].update_one({"_id": dead}, {"$set": {"isDead": True}})
    with pytest.raises(CharacterUnavailable):
        await sales.buy_now(dead, listing.id, expected_price=100)
    with pytest.raises(CharacterUnavailable):
        await market.create_listing(dead, item="whiskey", price=10)
    with pytest.raises(CharacterNotFound):
        await sales.buy_now(ObjectId(), listing.id, expected_price=100)
    with pytest.raises(ListingNotFound):
        await sales.buy_now(await add_trader(game), ObjectId(), expected_price=100)


async def test_an_account_bids_fifty_times_an_hour(game: Game) -> None:
    with clock.frozen() as time:
        listing = await lot(game, price=2, is_auction=True)
        bidder = await add_trader(game)
        least = 2
        for _ in range(50):
            bid = await sales.place_bid(bidder, listing.id, least)
            least = bid.listing.minimum_bid or 0
        with pytest.raises(RateLimited):
            await sales.place_bid(bidder, listing.id, 100_000)
        time.advance(hours=1)
        await sales.place_bid(bidder, listing.id, 100_000)
    stored = await game.database["marketlistings"].find_one({"_id": listing.id})
    assert (len(stored["bids"]), stored["bidCount"]) == (50, 51)
    assert stored["bids"][-1]["amount"] == 100_000


async def test_the_listing_of_another_program_is_left_alone(game: Game) -> None:
    """It has nothing in escrow: it is neither sold nor settled here, and keeps the jobs running."""
    row: dict[str, Any] = {
        "_id": ObjectId(),
        "sellerId": await add_trader(game),
        "itemId": ObjectId(),
        "quantity": 1,
        "price": 5,
        "isAuction": False,
        "bids": [],
        "status": "active",
        "expiresAt": clock.now() - timedelta(hours=1),
        "createdAt": clock.now() - timedelta(days=1),
        "__v": 0,
    }
    await game.database["marketlistings"].insert_one(dict(row))
    assert await sales.settle_listing(row["_id"]) is None
    with pytest.raises(ListingNotFound):
        await sales.buy_now(await add_trader(game), row["_id"], expected_price=5)
    assert await game.database["marketlistings"].find_one({"_id": row["_id"]}) == row
