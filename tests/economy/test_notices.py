"""What the economy leaves for players to read when they come back, and what that costs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId

from desperados.characters.notices import list_notices
from desperados.economy import service as economy
from desperados.economy import transfers
from desperados.economy.bank import investments
from desperados.economy.market import buying as sales
from desperados.economy.market.selling import create_listing, remove_listing
from desperados.economy.trades import service as trades
from desperados.economy.trades.offers import Offer
from desperados.engine import clock
from desperados.engine.game import Game
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.errors import InsufficientFunds
from desperados.ledger.money.rules import CAPS
from tests.economy.market.market_world import add_item, add_trader
from tests.economy.money_worlds import add_products, add_settler
from tests.games import embedded
from tests.sweeps import sweep_all, sweep_named
from tests.worlds import STAFF, add_character

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)


async def told(character: ObjectId) -> list[tuple[str, dict[str, Any]]]:
    """What a character finds, the eldest first: the code and the rest of the data."""
    page = await list_notices(character, limit=100)
    found = [dict(notice.data) for notice in reversed(page.items)]
    return [(data.pop("text"), data) for data in found]


async def codes(character: ObjectId) -> list[str]:
    return [code for code, _ in await told(character)]


async def auction(game: Game, **options: Any) -> tuple[ObjectId, ObjectId]:
    await add_item()
    seller = await add_trader(game, whiskey=10)
    listing = await create_listing(
        seller, item="whiskey", quantity=2, price=100, is_auction=True, **options
    )
    return seller, listing.id


async def test_an_auction_leaves_news_for_whoever_did_not_act(game: Game) -> None:
    with clock.frozen(NOON) as now:
        seller, listing = await auction(game)
        jane, bill = await add_trader(game), await add_trader(game)
        await sales.place_bid(jane, listing, 100)
        await sales.place_bid(jane, listing, 120)
        await sales.place_bid(bill, listing, 200, key="once")
        await sales.place_bid(bill, listing, 200, key="once")
        now.advance(days=8)
        for _ in range(2):
            await sales.settle_listing(listing)
    about = {"listingId": str(listing), "item": "Whiskey"}
    assert await told(jane) == [("market.outbid", {"price": 200, "refunded": 120, **about})]
    assert await told(bill) == [("market.won", {"price": 200, "quantity": 2, "parked": 0, **about})]
    assert await told(seller) == [
        ("market.sold", {"quantity": 2, "price": 200, "tax": 10, "net": 190, **about})
    ]


async def test_a_purchase_tells_seller_and_bidder_and_a_refusal_nobody(game: Game) -> None:
    seller, listing = await auction(game, buyout_price=500)
    jane, bill, poor = [await add_trader(game, dollars=d) for d in (1000, 1000, 10)]
    await sales.place_bid(jane, listing, 100)
    with pytest.raises(InsufficientFunds):
        await sales.buy_now(poor, listing, expected_price=500)
    await sales.buy_now(bill, listing, expected_price=500)
    assert (await codes(seller), await codes(jane)) == (["market.sold"], ["market.outbid"])
    assert await codes(bill) == []


async def test_what_nobody_wanted_or_the_staff_removed_is_told(game: Game) -> None:
    with clock.frozen(NOON) as now:
        seller, unwanted = await auction(game)
        goods = {"item": "whiskey", "quantity": 1, "price": 100}
        removed = await create_listing(seller, is_auction=True, **goods)
        jane = await add_trader(game)
        await sales.place_bid(jane, removed.id, 150)
        await remove_listing(STAFF, removed.id, reason="stolen goods")
        now.advance(days=8)
        await sales.settle_listing(unwanted)
    assert await codes(seller) == ["market.removed", "market.expired"]
    [(code, data)] = await told(jane)
    assert (code, data["refunded"]) == ("market.off", 150)


async def test_a_trade_tells_the_other_side_how_it_goes(game: Game) -> None:
    jane, bill = [await add_settler(game, dollars=50) for _ in range(2)]
    place = (await game.database["characters"].find_one({"_id": jane}))["currentLocationId"]
    await game.database["characters"].update_one(
        {"_id": bill}, {"$set": {"currentLocationId": place}}
    )
    for ending in ("completed", "cancelled"):
        trade = await trades.open_trade(jane, bill, offer=Offer(dollars=5))
        if ending == "completed":
            await trades.confirm_trade(jane, trade.id, version=trade.version)
            await trades.confirm_trade(bill, trade.id, version=trade.version)
        else:
            await trades.cancel_trade(jane, trade.id)
    assert await codes(jane) == ["trade.completed"]
    assert await codes(bill) == ["trade.offered", "trade.offered", "trade.cancelled"]


async def test_time_tells_investors_and_the_taxed_once(game: Game) -> None:
    await add_products(game)
    with clock.frozen(NOON) as now:
        jane = await add_settler(game, dollars=1_000_000)
        for _ in range(2):
            await sweep_all(sweep_named("wealth_tax"), NOON)
        bond = await investments.invest(jane, "treasury_bond", 1000)
        now.advance(days=7)
        for _ in range(2):
            await investments.mature(bond.id)
    taxed, matured = await told(jane)
    assert taxed == ("tax.collected", {"wealth": 1_000_000, "tax": 900, "owed": 0})
    assert matured[0] == "investment.matured"
    assert matured[1]["product"] == "treasury bond"


async def test_money_that_found_no_room_is_told_to_whoever_did_not_act(game: Game) -> None:
    jane = await add_settler(game, dollars=1000)
    full = await add_character(game, dollars=CAPS[Currency.DOLLARS] - 5)
    await transfers.send(jane, full, 5)
    assert await codes(full) == []  # the history says who sent it
    await transfers.send(jane, full, 30)
    assert await told(full) == [("reward.waiting", {"amount": 30, "currency": "dollars"})]
    await economy.transfer(full, jane, 10)
    assert await codes(jane) == []


async def test_news_cost_no_round_trip(game: Game) -> None:
    """A purchase and a bid make as many as they made when they told nobody, a transfer as well."""
    seller, listing = await auction(game)
    jane, bill = await add_trader(game), await add_trader(game)
    lots = [(await create_listing(seller, item="whiskey", quantity=1, price=9)).id for _ in "ab"]
    stats = embedded(game).stats

    async def trips(command: Any, *args: Any, **options: Any) -> int:
        stats.reset()
        await command(*args, **options)
        return int(stats.asked.total())

    await trips(sales.buy_now, jane, lots[0], expected_price=9, key="a")
    assert await trips(sales.buy_now, jane, lots[1], expected_price=9, key="b") == 6
    await trips(sales.place_bid, jane, listing, 100, key="c")
    assert await trips(sales.place_bid, bill, listing, 200, key="d") == 6
    assert await trips(transfers.send, jane, bill, 5, key="e") == 4
    # To which accounts the two belong is known from now on.
    assert await trips(transfers.send, jane, bill, 5, key="f") == 3
