"""Looking at the market: what is found, in which order, by whom, and at what cost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.economy.errors import ListingNotFound
from desperados.economy.market import (
    buying as sales,
)
from desperados.economy.market import (
    queries as market_queries,
)
from desperados.economy.market import (
    selling as market,
)
from desperados.economy.market import (
    statistics as market_statistics,
)
from desperados.economy.market import turns
from desperados.economy.market.documents import MarketListingStatus
from desperados.economy.market.jobs import JOBS, record_day, record_prices
from desperados.economy.market.listings import ListingView
from desperados.economy.market.queries import ListingSort, search_listings
from desperados.economy.market.rules import Category, Confidence, ListingType
from desperados.economy.shops import merchants
from desperados.economy.shops import service as shops
from desperados.economy.trades import service as trades
from desperados.engine import clock, dice
from desperados.engine.errors import InvalidInput
from desperados.engine.game import Game
from desperados.engine.work import Jobs
from desperados.ledger.items.errors import UnknownItem
from tests.economy.market.market_world import add_item, add_trader, give
from tests.economy.money_worlds import change
from tests.games import embedded

NOW = datetime(2100, 6, 7, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def content(game: Game) -> None:
    await add_item("whiskey", name="Rye Whiskey")
    await add_item("navy-conversion", name="Navy Conversion", type="weapon", rarity="rare")
    await add_item("navy-coat", name="Navy Coat", type="armor")


@pytest.fixture(autouse=True)
def time() -> Any:
    with clock.frozen(NOW) as frozen:
        yield frozen


async def offer(game: Game, item: str, price: int, **options: Any) -> ListingView:
    seller = await add_trader(game)
    await give(seller, item, options.get("quantity", 1))
    return await market.create_listing(seller, item=item, price=price, **options)


async def names(**conditions: Any) -> list[int]:
    """The prices of what is found, which tell the listings apart."""
    return [listing.price for listing in (await search_listings(**conditions)).items]


async def test_the_search_filters_by_everything_that_it_offers(game: Game, time: Any) -> None:
    first = await offer(game, "whiskey", 10)
    for item, price, options in (
        ("navy-conversion", 20, {"is_auction": True, "subcategory": "revolvers"}),
        ("navy-conversion", 30, {"is_auction": True, "buyout_price": 90}),
        ("navy-coat", 40, {"featured": True}),
    ):
        time.advance(seconds=1)
        await offer(game, item, price, **options)
    assert await names() == [40, 30, 20, 10]
    assert await names(text="navy") == [40, 30, 20]
    assert await names(text="con NAVY") == [30, 20]
    assert await names(text="whis") == [10]
    assert await names(text="hiskey") == []
    assert await names(item="navy-coat") == [40]
    assert await names(category=Category.WEAPONS) == [30, 20]
    assert await names(category=Category.WEAPONS, subcategory="revolvers") == [20]
    assert await names(rarity="rare") == [30, 20]
    assert await names(lowest=20, highest=30) == [30, 20]
    assert await names(seller_id=first.seller_id) == [10]
    assert await names(featured=True) == [40]


async def test_an_auction_that_can_be_bought_is_found_as_both(game: Game) -> None:
    await offer(game, "whiskey", 10)
    await offer(game, "whiskey", 20, is_auction=True)
    await offer(game, "whiskey", 30, is_auction=True, buyout_price=90)
    assert set(await names(kind=ListingType.FIXED)) == {10, 30}
    assert set(await names(kind=ListingType.AUCTION)) == {20, 30}
    assert set(await names(kind=ListingType.BOTH)) == {10, 20, 30}


async def test_the_price_filter_and_the_orders_use_the_current_price(game: Game) -> None:
    bargain = await offer(game, "whiskey", 10, is_auction=True, hours=100)
    await offer(game, "whiskey", 50, hours=10)
    await sales.place_bid(await add_trader(game), bargain.id, 500)
    assert await names(highest=100) == [50]
    assert await names(sort=ListingSort.CHEAPEST) == [50, 10]
    assert await names(sort=ListingSort.DEAREST) == [10, 50]
    assert await names(sort=ListingSort.MOST_BIDS) == [10, 50]
    assert await names(sort=ListingSort.ENDING) == [50, 10]


async def test_what_is_over_or_sold_is_not_found(game: Game, time: Any) -> None:
    await offer(game, "whiskey", 10, hours=1)
    sold = await offer(game, "whiskey", 20, hours=9)
    await sales.buy_now(await add_trader(game), sold.id, expected_price=20)
    await offer(game, "whiskey", 30, hours=9)
    time.advance(hours=1)
    assert await names() == [30]


async def test_pages_show_everything_once(game: Game) -> None:
    listings = [await offer(game, "whiskey", 10 + n) for n in range(7)]
    seen: list[ObjectId] = []
    after = None
    while True:
        page = await search_listings(sort=ListingSort.CHEAPEST, limit=3, after=after)
        seen += [listing.id for listing in page.items]
        after = page.next
        if after is None:
            break
    assert seen == [listing.id for listing in listings]


@pytest.mark.parametrize("text", ["", "x", ".*", "$$$", "y" * 101, {"$ne": 1}])
async def test_a_text_that_is_no_word_is_refused(text: Any) -> None:
    with pytest.raises(InvalidInput):
        await search_listings(text=text)


@pytest.mark.parametrize("limit", [0, 101, -1, 10**9, True])
async def test_a_page_has_1_to_100_items(game: Game, limit: Any) -> None:
    with pytest.raises(InvalidInput):
        await search_listings(limit=limit)
    with pytest.raises(InvalidInput):
        await market_queries.my_bids(ObjectId(), limit=limit)


async def test_who_leads_is_told_to_the_seller_and_to_the_bidder_only(game: Game) -> None:
    listing = await offer(game, "whiskey", 10, is_auction=True)
    leader, other = await add_trader(game), await add_trader(game)
    await sales.place_bid(other, listing.id, 10)
    await sales.place_bid(leader, listing.id, 20)
    told = await market_queries.get_listing(listing.seller_id, listing.id)
    assert told.listing.leading_bidder_id == leader
    assert [bid.bidder_id for bid in told.bids] == [leader, other]
    seen = await market_queries.get_listing(other, listing.id)
    assert seen.listing.leading_bidder_id is None
    assert [bid.bidder_id for bid in seen.bids] == [None, other]
    shown = (await search_listings()).items[0].model_dump()
    assert not {"leading_bidder_id", "fee_paid", "tax_paid"} & {*shown}


async def test_looking_at_a_listing_that_is_over_settles_it(game: Game, time: Any) -> None:
    listing = await offer(game, "whiskey", 10, hours=1)
    time.advance(hours=1)
    found = await market_queries.get_listing(ObjectId(), listing.id)
    assert found.listing.status == MarketListingStatus.EXPIRED
    with pytest.raises(ListingNotFound):
        await market_queries.get_listing(ObjectId(), ObjectId())


async def test_ones_own_listings_bids_purchases_and_sales(game: Game) -> None:
    auction = await offer(game, "whiskey", 10, is_auction=True, buyout_price=90)
    first, second = await add_trader(game), await add_trader(game)
    await sales.place_bid(first, auction.id, 10)
    await sales.place_bid(second, auction.id, 20)
    bids = (await market_queries.my_bids(first)).items
    assert [(bid.held, bid.listing and bid.listing.current_bid) for bid in bids] == [(0, 20)]
    assert [bid.held for bid in (await market_queries.my_bids(second)).items] == [20]
    await sales.buy_now(first, auction.id, expected_price=90)
    (bought,) = (await market_queries.my_purchases(first)).items
    (sold,) = (await market_queries.my_sales(auction.seller_id)).items
    assert bought == sold
    assert (sold.price, sold.tax, sold.net) == (90, 4, 86)
    mine = await market_queries.my_listings(auction.seller_id, status=MarketListingStatus.SOLD)
    assert [listing.id for listing in mine.items] == [auction.id]
    assert not (
        await market_queries.my_listings(auction.seller_id, status=MarketListingStatus.ACTIVE)
    ).items


async def test_a_suggestion_follows_the_sales(game: Game) -> None:
    empty = await market_statistics.suggest_price("whiskey", quantity=3)
    assert (empty.unit_price, empty.price, empty.confidence) == (100, 300, Confidence.NONE)
    for price in (40, 42, 44, 43, 41):
        listing = await offer(game, "whiskey", 2 * price, quantity=2)
        await sales.buy_now(await add_trader(game), listing.id, expected_price=2 * price)
    wash = await offer(game, "whiskey", 900_000)
    await sales.buy_now(await add_trader(game), wash.id, expected_price=900_000)
    found = await market_statistics.suggest_price("whiskey")
    assert (found.unit_price, found.sales, found.confidence) == (42, 5, Confidence.MEDIUM)
    with pytest.raises(UnknownItem):
        await market_statistics.suggest_price("moonshine")


async def test_characters_of_two_accounts_have_one_voice_between_them(
    game: Game, time: Any
) -> None:
    """Three of one account buy of three of the other, each of each, for 900 times its value."""
    sellers = [await add_trader(game, whiskey=9) for _ in range(3)]
    buyers = [await add_trader(game, dollars=1_000_000) for _ in range(3)]
    for people in (sellers, buyers):
        for person in people:
            await change(game, person, userId=people[0])
    for seller in sellers:
        for buyer in buyers:
            listing = await market.create_listing(seller, item="whiskey", price=90_000)
            await sales.buy_now(buyer, listing.id, expected_price=90_000)
            time.advance(hours=8)
    found = await market_statistics.suggest_price("whiskey")
    assert (found.unit_price, found.sales, found.confidence) == (150, 1, Confidence.LOW)
    month = (await market_statistics.item_statistics("whiskey")).spans[-1]
    assert (month.independent, month.sales) == (1, 4)


async def test_statistics_show_what_was_sold_and_what_is_offered(game: Game) -> None:
    sold = await offer(game, "whiskey", 100, quantity=4)
    await sales.buy_now(await add_trader(game), sold.id, expected_price=100)
    await offer(game, "whiskey", 90, quantity=3)
    found = await market_statistics.item_statistics("whiskey")
    assert (found.listings, found.cheapest) == (1, 30)
    assert [(span.sales, span.quantity, span.median) for span in found.spans] == [(1, 4, 25)] * 3


async def test_prices_of_the_hour_and_the_day_are_written_once(game: Game, time: Any) -> None:
    for price in (30, 10, 20):
        listing = await offer(game, "whiskey", price)
        await sales.buy_now(await add_trader(game), listing.id, expected_price=price)
        time.advance(minutes=1)
    time.advance(hours=1)
    for _ in range(2):
        await record_prices(clock.now())
    (point,) = (await market_statistics.price_history("whiskey")).items
    assert (point.open, point.high, point.low, point.close) == (30, 30, 10, 20)
    assert (point.hour, point.volume, point.sales) == (NOW, 3, 3)
    time.advance(days=1)
    for _ in range(2):
        await record_day(clock.now())
    (day,) = (await market_statistics.market_days()).items
    assert (day.day, day.sales, day.turnover, day.tax, day.traders) == ("2100-06-07", 3, 60, 3, 6)


async def test_the_tick_of_an_hour_happens_once_and_at_most_three_events_are_on(
    game: Game, time: Any
) -> None:
    for seed in range(200):
        with dice.seeded(seed):
            await turns.tick(clock.now())
            assert await turns.tick(clock.now()) == []
        on = (await turns.market_events()).items
        kinds = [event.kind for event in on]
        assert len(kinds) == len(set(kinds)) <= 3
        assert not {"gold_rush", "mining_strike"} <= set(kinds)
        assert all(6 <= (e.ends_at - e.starts_at) / timedelta(hours=1) <= 120 for e in on)
        time.advance(hours=1)


async def test_two_workers_do_the_jobs_of_an_hour_once(game: Game, time: Any) -> None:
    time.advance(minutes=6)
    first, second = Jobs(JOBS), Jobs(JOBS)
    await first.run_until_idle()
    await second.run_until_idle()
    assert first.done["market_events"] == 1
    assert not any(second.done.values())
    assert not any(first.failed.values())


async def test_every_query_is_served_by_an_index(game: Game, time: Any) -> None:
    """Full scans are counted by the server; content that is read whole has no filter."""
    town = ObjectId()
    await game.database["locations"].insert_one({"_id": town, "locationId": "town"})
    listing = await offer(game, "whiskey", 100, is_auction=True, buyout_price=900)
    who = await add_trader(game)
    await sales.place_bid(who, listing.id, 100)
    await game.database["characters"].update_many({}, {"$set": {"currentLocationId": town}})
    other = listing.seller_id
    embedded(game).stats.reset()
    for sort in ListingSort:
        await search_listings(sort=sort)
        await search_listings(sort=sort, text="rye whis", category=Category.CONSUMABLES)
        await search_listings(sort=sort, item="whiskey", lowest=1, rarity="common")
        await search_listings(sort=sort, seller_id=other, featured=False)
    await market_queries.get_listing(who, listing.id)
    await market_queries.my_listings(other)
    await market_queries.my_bids(who)
    await market_queries.my_purchases(who)
    await market_queries.my_sales(other)
    await market_statistics.price_history("whiskey")
    await market_statistics.item_statistics("whiskey")
    await market_statistics.suggest_price("whiskey")
    await market_statistics.market_days()
    await turns.market_events()
    await turns.tick(clock.now())
    await merchants.list_merchants(who)
    await shops.shops_here(who)
    opened = await trades.open_trade(who, other)
    await trades.trades_opened(who)
    await trades.trades_received(other)
    await trades.cancel_trade(other, opened.id)
    await sales.buy_now(who, listing.id, expected_price=900)
    await record_prices(clock.now())
    await record_day(clock.now())
    await Jobs(JOBS).run_until_idle()
    assert embedded(game).stats.full_scans == {}


async def test_a_list_costs_as_many_commands_for_fifty_as_for_one(game: Game) -> None:
    stats = embedded(game).stats
    who = await add_trader(game)
    costs = []
    for count in (1, 12):
        for _ in range(count):
            listing = await offer(game, "whiskey", 10, is_auction=True)
            await sales.place_bid(who, listing.id, 10)
        stats.reset()
        await search_listings()
        await market_queries.my_bids(who)
        costs.append(stats.asked.total())
    assert costs[0] == costs[1] == 3
