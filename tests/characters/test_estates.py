"""What a deleted character held leaves the world, and nothing of it stays behind unexplained."""

import pytest

from desperados.economy import service as economy
from desperados.economy.errors import HasBids, HoldsOpen
from desperados.economy.market import buying as sales
from desperados.economy.market import selling as market
from desperados.engine.game import Game
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.sources import Source
from desperados.ops.audit import audit
from tests.economy.market.market_world import (
    add_item,
    add_trader,
    carried,
    dollars_of,
    give,
    give_unique,
)
from tests.worlds import STAFF, leave_the_world


async def test_goods_listings_and_money_of_a_deleted_character_leave_the_world(game: Game) -> None:
    await add_item()
    await add_item("peacemaker", stackable=False, max_stack=1, type="weapon")
    ann, bob = await add_trader(game, whiskey=5), await add_trader(game)
    await give_unique(ann)
    await economy.earn(ann, 7, source=Source.QUEST_REWARD, currency=Currency.GOLD)
    listing = await market.create_listing(
        ann, price=100, item="whiskey", quantity=3, is_auction=True, category="consumables"
    )
    before = await dollars_of(bob)
    await sales.place_bid(bob, listing.id, 200)
    with pytest.raises(HasBids):
        await leave_the_world(game, ann)
    await market.remove_listing(STAFF, listing.id, reason="for the test")
    assert await dollars_of(bob) == before
    await market.create_listing(ann, price=10, item="whiskey", category="consumables")
    await leave_the_world(game, ann)
    report = await audit()
    assert report.clean, report.first
    stored = await game.database["characters"].find_one({"_id": ann})
    assert (stored["dollars"], stored["gold"]) == (0, 0)
    pack = await game.database["inventories"].find_one({"_id": f"pack:{ann}"})
    assert pack["items"] == []
    assert await game.database["crafteditems"].count_documents({"holder": f"pack:{ann}"}) == 0


async def test_a_character_whose_money_is_in_a_bid_is_not_deleted(game: Game) -> None:
    await add_item()
    ann, bob = await add_trader(game, whiskey=1), await add_trader(game)
    await give(bob, quantity=2)
    listing = await market.create_listing(
        ann, price=100, item="whiskey", quantity=1, is_auction=True, category="consumables"
    )
    await sales.place_bid(bob, listing.id, 100)
    with pytest.raises(HoldsOpen):
        await leave_the_world(game, bob)
    assert await carried(bob) == 2
    assert (await audit()).clean
