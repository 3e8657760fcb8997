"""The audit of the market finds what somebody changed behind its back."""

from typing import Any

import pytest
from bson import ObjectId

from desperados.economy.market import buying as sales
from desperados.economy.market import selling as market
from desperados.economy.market.audit import check_market
from desperados.economy.market.listings import ListingView
from desperados.engine.game import Game
from desperados.engine.manifest.auditing import Check
from desperados.engine.transactions import transaction
from tests.economy.market.market_world import add_item, add_trader


@pytest.fixture
async def listing(game: Game) -> ListingView:
    """An auction with a bid of 300."""
    await add_item("whiskey")
    seller = await add_trader(game, whiskey=10)
    listing = await market.create_listing(
        seller, item="whiskey", quantity=10, price=100, is_auction=True, buyout_price=900
    )
    await sales.place_bid(await add_trader(game), listing.id, 300)
    return listing


async def problems() -> list[str]:
    async with transaction():
        check = Check("market")
        await check_market(check, lambda _name, _examined: None)
    assert check.examined
    return [finding.problem for finding in check.findings]


async def change(game: Game, collection: str, where: dict[str, Any], **fields: Any) -> None:
    result = await game.database[collection].update_one(where, {"$set": fields})
    assert result.matched_count == 1


async def test_a_sound_market_has_no_findings(listing: ListingView, game: Game) -> None:
    assert await problems() == []
    await sales.buy_now(await add_trader(game), listing.id, expected_price=900)
    assert await problems() == []


async def test_goods_that_are_missing_from_escrow_are_found(
    listing: ListingView, game: Game
) -> None:
    await change(game, "inventories", {"_id": f"listing:{listing.id}"}, **{"items.0.quantity": 9})
    assert await problems() == ["offers 10 pieces, but 9 are in escrow"]


async def test_a_bid_without_its_money_is_found(listing: ListingView, game: Game) -> None:
    await change(game, "marketlistings", {"_id": listing.id}, currentBid=400)
    assert await problems() == ["has a bid of 400, but 300 are held for it"]


async def test_money_held_for_somebody_else_is_found(listing: ListingView, game: Game) -> None:
    await change(game, "marketlistings", {"_id": listing.id}, currentBidderId=ObjectId())
    assert await problems() == ["has a bid whose money is somebody else's"]


async def test_a_closed_listing_with_things_in_escrow_is_found(
    listing: ListingView, game: Game
) -> None:
    await change(game, "marketlistings", {"_id": listing.id}, status="cancelled")
    found = await problems()
    assert "is cancelled, but 10 pieces are in escrow" in found
    assert "is cancelled, but still has a bid of 300" in found
    assert "holds 300 for no bid that stands" in found
    assert "10 pieces wait in no open listing" in found


async def test_a_sale_that_was_not_posted_is_found(listing: ListingView, game: Game) -> None:
    await sales.buy_now(await add_trader(game), listing.id, expected_price=900)
    await change(game, "traderecords", {"listingId": listing.id}, totalPrice=1_000)
    assert await problems() == [
        "says finalPrice 900, but its records add up to 1000",
        "says totalPrice 1000, but 900 were posted",
    ]


async def test_a_sale_without_a_record_is_found(listing: ListingView, game: Game) -> None:
    await sales.buy_now(await add_trader(game), listing.id, expected_price=900)
    await game.database["traderecords"].delete_many({})
    assert len(await problems()) == 3


async def test_goods_of_a_trade_that_went_nowhere_are_found(game: Game) -> None:
    await game.database["inventories"].insert_one(
        {"_id": f"trade:{ObjectId()}", "items": [{"itemId": "whiskey", "quantity": 2}]}
    )
    assert await problems() == ["2 pieces wait in no open trade"]


async def test_a_listing_whose_seller_was_changed_is_found(
    listing: ListingView, game: Game
) -> None:
    thief = await add_trader(game)
    await change(game, "marketlistings", {"_id": listing.id}, sellerId=thief)
    assert await problems() == ["offers what somebody else than its seller has listed"]


async def test_a_sale_whose_money_went_to_somebody_else_is_found(
    listing: ListingView, game: Game
) -> None:
    buyer, thief = await add_trader(game), await add_trader(game)
    await sales.buy_now(buyer, listing.id, expected_price=900)
    row = {"source": "market_sale", "characterId": listing.seller_id}
    await change(game, "goldtransactions", row, characterId=thief)
    assert await problems() == [f"its seller is not wallet:{thief}, which was in the posting"]


async def test_a_record_of_another_seller_or_buyer_is_found(
    listing: ListingView, game: Game
) -> None:
    buyer = await add_trader(game)
    await sales.buy_now(buyer, listing.id, expected_price=900)
    await change(
        game, "traderecords", {"listingId": listing.id}, sellerId=buyer, buyerId=ObjectId()
    )
    assert await problems() == [
        "names another seller than its listing",
        f"its buyer is not wallet:{buyer}, which was in the posting",
        f"its seller is not wallet:{listing.seller_id}, which was in the posting",
    ]
