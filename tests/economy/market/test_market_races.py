"""Many at once on one listing, faults and crashes: one owner, everybody else whole."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from bson import ObjectId

from desperados.economy.errors import ListingClosed, TooManyListings
from desperados.economy.market import buying as sales
from desperados.economy.market import selling as market
from desperados.economy.market.documents import MarketListingStatus
from desperados.economy.market.jobs import JOBS
from desperados.economy.market.listings import ListingView
from desperados.economy.shops import service as shops
from desperados.economy.shops.documents import Shop
from desperados.economy.trades import service as trades
from desperados.economy.trades.offers import Goods, Offer
from desperados.embedded import Faults
from desperados.engine import ambient, clock, staging
from desperados.engine.errors import GameError
from desperados.engine.game import Game
from desperados.engine.work import Jobs
from desperados.ledger.items.errors import InsufficientItems
from desperados.ledger.money.errors import InsufficientFunds
from tests.economy.market.market_world import (
    MONEY,
    add_item,
    add_trader,
    assert_sound,
    carried,
    dollars_of,
    give,
)
from tests.games import embedded
from tests.worlds import fingerprint


@pytest.fixture(autouse=True)
async def content(game: Game) -> None:
    await add_item("whiskey", tags=["provisions"])


async def at_once(*calls: Awaitable[Any]) -> list[Any]:
    return await asyncio.gather(*calls, return_exceptions=True)


def done(results: list[Any]) -> int:
    """How many calls succeeded; what failed was refused, not broken."""
    for result in results:
        assert not isinstance(result, BaseException) or isinstance(result, GameError), result
    return sum(not isinstance(result, BaseException) for result in results)


async def lot(game: Game, quantity: int = 10, price: int = 100, **options: Any) -> ListingView:
    seller = await add_trader(game, whiskey=quantity)
    return await market.create_listing(
        seller, item="whiskey", quantity=quantity, price=price, **options
    )


async def test_fifty_buyers_of_one_listing_make_one_owner(game: Game) -> None:
    listing = await lot(game)
    buyers = [await add_trader(game) for _ in range(50)]
    results = await at_once(
        *(sales.buy_now(buyer, listing.id, expected_price=100) for buyer in buyers)
    )
    assert done(results) == 1
    held = sorted([await dollars_of(buyer) for buyer in buyers])
    assert held == [MONEY - 100, *[MONEY] * 49]
    assert sum([await carried(buyer) for buyer in buyers]) == 10
    await assert_sound()


async def test_fifty_bidders_for_one_auction_leave_one_bid_held(game: Game) -> None:
    with clock.frozen() as time:
        listing = await lot(game, is_auction=True)
        bidders = [await add_trader(game) for _ in range(50)]
        results = await at_once(
            *(sales.place_bid(bidder, listing.id, 100 + 10 * n) for n, bidder in enumerate(bidders))
        )
        assert done(results) >= 1
        held = [MONEY - await dollars_of(bidder) for bidder in bidders]
        assert sorted(held)[:-1] == [0] * 49
        assert max(held) == 100 + 10 * 49 == (await read(game, listing.id))["currentBid"]
        time.advance(hours=48)
        await at_once(*(sales.settle_listing(listing.id) for _ in range(10)))
    assert await carried(bidders[-1]) == 10
    assert await dollars_of(listing.seller_id) == MONEY - 1 + 590 - 29
    await assert_sound()


async def read(game: Game, listing_id: ObjectId) -> dict[str, Any]:
    found: dict[str, Any] = await game.database["marketlistings"].find_one({"_id": listing_id})
    return found


async def test_fifty_buyers_of_parts_take_what_there_is_and_no_more(game: Game) -> None:
    listing = await lot(game, quantity=30, price=300)
    buyers = [await add_trader(game) for _ in range(50)]
    results = await at_once(
        *(sales.buy_now(buyer, listing.id, expected_price=10, quantity=1) for buyer in buyers)
    )
    assert done(results) == 30
    assert sum([await carried(buyer) for buyer in buyers]) == 30
    assert (await read(game, listing.id))["status"] == MarketListingStatus.SOLD.value
    assert await dollars_of(listing.seller_id) == MONEY - 3 + 300 - 15
    await assert_sound()


async def test_bids_and_a_purchase_at_the_same_instant(game: Game) -> None:
    listing = await lot(game, is_auction=True, buyout_price=1_000)
    people = [await add_trader(game) for _ in range(20)]
    await at_once(
        *(sales.place_bid(who, listing.id, 100 + 20 * n) for n, who in enumerate(people[:10])),
        *(sales.buy_now(who, listing.id, expected_price=1_000) for who in people[10:]),
    )
    assert (await read(game, listing.id))["status"] == MarketListingStatus.SOLD.value
    assert sum([await dollars_of(who) for who in people]) == 20 * MONEY - 1_000
    assert sorted([await carried(who) for who in people])[-2:] == [0, 10]
    await assert_sound()


async def test_a_bid_a_settlement_and_two_workers_race_at_the_end(game: Game) -> None:
    with clock.frozen() as time:
        listings = [await lot(game, is_auction=True, hours=1) for _ in range(5)]
        first, second = await add_trader(game), await add_trader(game)
        for listing in listings:
            await sales.place_bid(first, listing.id, 100)
        time.advance(hours=1)
        await at_once(
            *(sales.place_bid(second, listing.id, 500) for listing in listings),
            Jobs(JOBS).run_until_idle(),
            Jobs(JOBS).run_until_idle(),
            *(sales.settle_listing(listing.id) for listing in listings),
        )
        await Jobs(JOBS).run_until_idle()
    assert await carried(first) == 50
    assert await dollars_of(first) == MONEY - 500
    assert await dollars_of(second) == MONEY
    await assert_sound()


async def test_the_same_goods_listed_in_parallel_are_listed_once(game: Game) -> None:
    seller = await add_trader(game, whiskey=10)
    results = await at_once(
        *(market.create_listing(seller, item="whiskey", quantity=10, price=100) for _ in range(10))
    )
    assert done(results) == 1
    assert sum(isinstance(result, InsufficientItems) for result in results) == 9
    assert await dollars_of(seller) == MONEY - 1
    await assert_sound()


async def test_twenty_active_listings_are_the_limit_in_parallel_too(game: Game) -> None:
    seller = await add_trader(game, whiskey=40)
    with clock.frozen() as time:
        for _ in range(18):
            await market.create_listing(seller, item="whiskey", price=5)
        time.advance(hours=2)
        results = await at_once(
            *(market.create_listing(seller, item="whiskey", price=5) for _ in range(6))
        )
    assert done(results) == 2
    await assert_sound()


async def test_cancel_and_purchase_race_and_one_of_them_wins(game: Game) -> None:
    for _ in range(5):
        listing = await lot(game)
        buyer = await add_trader(game)
        results = await at_once(
            market.cancel_listing(listing.seller_id, listing.id),
            sales.buy_now(buyer, listing.id, expected_price=100),
        )
        assert done(results) == 1
        assert await carried(buyer) + await carried(listing.seller_id) == 10
    await assert_sound()


async def test_one_key_sent_five_times_at_once_buys_once(game: Game) -> None:
    listing = await lot(game)
    buyer = await add_trader(game)
    results = await at_once(
        *(
            sales.buy_now(buyer, listing.id, expected_price=20, quantity=2, key="same")
            for _ in range(5)
        )
    )
    assert done(results) == 5
    assert len({result.operation for result in results}) == 1
    assert await carried(buyer) == 2
    await assert_sound()


async def shop_at(game: Game, place: ObjectId) -> None:
    await game.database["locations"].insert_one({"_id": place, "locationId": "store"})
    await Shop(
        shop_id="general", name="Store", location_id="store", item_ids=["whiskey"], markup=100,
        buy_back=50, buys=["provisions"],
    ).insert()  # fmt: skip


async def test_the_first_customers_of_a_shop_come_at_once(game: Game) -> None:
    place = ObjectId()
    await shop_at(game, place)
    buyers = [await add_trader(game, whiskey=2) for _ in range(12)]
    await game.database["characters"].update_many({}, {"$set": {"currentLocationId": place}})
    results = await at_once(
        *(shops.buy_from_shop(buyer, "general", "whiskey", 20) for buyer in buyers),
        *(shops.sell_to_shop(buyer, "general", "whiskey", 2) for buyer in buyers[:4]),
    )
    bought = [r for r in results[:12] if not isinstance(r, BaseException)]
    assert done(results) == len(bought) + 4
    assert len(bought) == 10
    stock = await game.database["shopstocks"].find_one({"_id": "general:whiskey"})
    assert stock["quantity"] == 200 - 20 * 10 + 4 * 2
    await assert_sound()


# Crashes and faults


@contextmanager
def crash_at(write: int) -> Iterator[list[int]]:
    """Fail right after the ``write``-th round trip of writes; the list counts them."""
    count = [0]

    async def counting(*args: Any) -> None:
        await staging.send(*args)
        count[0] += 1
        if count[0] == write:
            raise RuntimeError("crash")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ambient, "send", counting)
        yield count


async def crash_everywhere(game: Game, call: Callable[[], Awaitable[Any]]) -> None:
    """Crash after each write of ``call`` in turn: nothing remains; then let it succeed."""
    before = await fingerprint(game)
    for write in range(1, 50):
        with crash_at(write) as count:
            try:
                await call()
            except RuntimeError:
                assert count[0] == write
            else:
                assert write > 1
                break
        assert await fingerprint(game) == before
    await assert_sound()


async def test_a_crash_anywhere_in_any_command_of_the_market_leaves_nothing_half_done(
    game: Game,
) -> None:
    seller = await add_trader(game, whiskey=30)
    first, second = await add_trader(game), await add_trader(game)
    made: list[ListingView] = []

    async def create() -> None:
        made.append(
            await market.create_listing(
                seller,
                item="whiskey",
                quantity=10,
                price=100,
                is_auction=True,
                buyout_price=1_000,
                hours=1,
            )
        )

    with clock.frozen() as time:
        await crash_everywhere(game, create)
        await crash_everywhere(game, lambda: sales.place_bid(first, made[-1].id, 100))
        await crash_everywhere(game, lambda: sales.place_bid(second, made[-1].id, 200))
        await crash_everywhere(
            game, lambda: sales.buy_now(first, made[-1].id, expected_price=1_000)
        )
        await crash_everywhere(game, create)
        await crash_everywhere(game, lambda: market.cancel_listing(seller, made[-1].id))
        await crash_everywhere(game, create)
        await sales.place_bid(first, made[-1].id, 100)
        time.advance(hours=1)
        await crash_everywhere(game, lambda: sales.settle_listing(made[-1].id))
    assert await carried(first) == 20


async def test_a_crash_anywhere_in_a_trade_or_a_shop_leaves_nothing_half_done(game: Game) -> None:
    place = ObjectId()
    await shop_at(game, place)
    ann, bob = await add_trader(game, whiskey=9), await add_trader(game)
    await give(bob, "whiskey", 1)
    await game.database["characters"].update_many({}, {"$set": {"currentLocationId": place}})
    bottles = Offer(items=[Goods(item="whiskey", quantity=5)])
    opened = await trades.open_trade(ann, bob, offer=bottles)
    await crash_everywhere(game, lambda: trades.confirm_trade(ann, opened.id, version=1))
    await crash_everywhere(game, lambda: trades.confirm_trade(bob, opened.id, version=1))
    assert await carried(bob) == 6
    await crash_everywhere(game, lambda: shops.buy_from_shop(ann, "general", "whiskey", 1))
    await crash_everywhere(game, lambda: shops.sell_to_shop(bob, "general", "whiskey", 1))


async def test_in_a_storm_of_faults_every_answer_is_true(game: Game) -> None:
    """Lost answers, conflicts and disconnects: keys make every call safe to send again."""
    with clock.frozen() as time:
        listings = [await lot(game, is_auction=True, buyout_price=2_000) for _ in range(3)]
        people = [await add_trader(game) for _ in range(8)]
        server = embedded(game)
        server.faults = Faults(
            seed=7, conflict_rate=0.03, lost_answer_before=0.03, lost_answer_after=0.03
        )

        async def bid(who: ObjectId, turn: int) -> None:
            listing = listings[turn % 3]
            for _ in range(20):
                try:
                    if turn % 5 == 4:
                        await sales.buy_now(
                            who, listing.id, expected_price=2_000, key=f"buy {turn}"
                        )
                    else:
                        await sales.place_bid(who, listing.id, 100 + 40 * turn, key=f"bid {turn}")
                except GameError as error:
                    if error.status != 503:
                        return
                except Exception:
                    continue
                else:
                    return

        await asyncio.gather(*(bid(people[n % 8], n) for n in range(24)))
        assert sum(server.faults.injected.values()) > 0
        server.faults = None
        time.advance(hours=48)
        await Jobs(JOBS).run_until_idle()
    await assert_sound()
    rows = [await read(game, listing.id) for listing in listings]
    paid = sum(row["finalPrice"] for row in rows)
    assert sum([await dollars_of(who) for who in people]) == 8 * MONEY - paid
    assert sum([await carried(who) for who in people]) == 10 * sum(
        row["status"] == "sold" for row in rows
    )


async def test_offered_at_once_there_are_still_twenty_active_listings(game: Game) -> None:
    seller = await add_trader(game, whiskey=40)
    with clock.frozen(clock.now()) as time:
        for _ in range(18):
            await market.create_listing(seller, item="whiskey", price=5)
            time.advance(minutes=4)
        results = await asyncio.gather(
            *(market.create_listing(seller, item="whiskey", price=5) for _ in range(10)),
            return_exceptions=True,
        )
    refused = [result for result in results if not isinstance(result, ListingView)]
    assert len(refused) == 8
    assert all(isinstance(result, TooManyListings) for result in refused), refused
    active = {"sellerId": seller, "status": "active"}
    assert await game.database["marketlistings"].count_documents(active) == 20


async def test_a_buyer_does_not_wait_behind_hundreds_of_purchases_that_are_refused(
    game: Game,
) -> None:
    listing = await lot(game)
    crowd = [await add_trader(game, dollars=10) for _ in range(6)]
    victim, done = await add_trader(game), []

    async def buy(who: ObjectId) -> None:
        with suppress(InsufficientFunds, ListingClosed):
            await sales.buy_now(who, listing.id, expected_price=100)
        done.append(who)

    tasks = [asyncio.create_task(buy(who)) for _ in range(30) for who in crowd]
    await asyncio.create_task(buy(victim))  # who comes last
    came, all_of_them = len(done), await asyncio.gather(*tasks)
    assert done[came - 1] == victim
    assert came < len(all_of_them) // 3
    await assert_sound()
