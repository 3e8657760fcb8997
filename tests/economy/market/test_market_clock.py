"""The end of an auction is decided by one clock, the database's, whatever the hosts believe."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from desperados.economy.errors import ListingEnded
from desperados.economy.market import buying, queries, selling
from desperados.economy.market.documents import MarketListingStatus
from desperados.economy.market.listings import ListingView
from desperados.engine.errors import Contention
from desperados.engine.game import Game
from tests.economy.market.market_world import MONEY, add_item, add_trader, assert_sound, dollars_of
from tests.games import embedded

HOUR = timedelta(hours=1)


@contextmanager
def database_ahead(game: Game, by: timedelta) -> Iterator[None]:
    """The database's clock is ahead of this host's (behind it, if negative)."""
    server = embedded(game)
    ours = server.clock
    server.clock = lambda: ours() + by.total_seconds()
    try:
        yield
    finally:
        server.clock = ours


@pytest.fixture
async def listing(game: Game) -> ListingView:
    """An auction of six hours."""
    await add_item("whiskey", tags=["provisions"])
    seller = await add_trader(game, whiskey=1)
    return await selling.create_listing(seller, item="whiskey", price=100, is_auction=True, hours=6)


async def test_a_host_that_is_behind_takes_no_bid_after_the_end(
    game: Game, listing: ListingView
) -> None:
    jane, late = [await add_trader(game) for _ in range(2)]
    await buying.place_bid(jane, listing.id, 100)
    with database_ahead(game, 7 * HOUR):
        with pytest.raises(ListingEnded):
            await buying.place_bid(late, listing.id, 500)
        found = (await queries.get_listing(jane, listing.id)).listing
    assert (found.status, found.final_price) == (MarketListingStatus.SOLD, 100)
    assert await dollars_of(late) == MONEY
    await assert_sound()


async def test_a_host_that_is_ahead_neither_ends_an_auction_nor_refuses_a_bid(
    game: Game, listing: ListingView
) -> None:
    jane = await add_trader(game)
    ends = listing.expires_at - timedelta(hours=6, minutes=1)
    await game.database["marketlistings"].update_one(
        {"_id": listing.id}, {"$set": {"expiresAt": ends}}
    )
    with database_ahead(game, -HOUR):
        with pytest.raises(Contention):
            await buying.settle_listing(listing.id)
        assert (await queries.get_listing(jane, listing.id)).listing.status == "active"
        bid = await buying.place_bid(jane, listing.id, 100)
        assert bid.listing.expires_at == ends
    sold = await buying.settle_listing(listing.id)
    assert sold is not None
    assert sold.final_price == 100
    await assert_sound()
