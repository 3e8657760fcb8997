"""Wandering merchants: where and when they trade, with whom, and for what."""

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.economy.errors import (
    BarterRefused,
    MerchantAway,
    MerchantNotFound,
    OutOfStock,
    PriceMoved,
    TrustTooLow,
)
from desperados.economy.market.jobs import JOBS
from desperados.economy.shops import merchants
from desperados.economy.shops.documents import Merchant
from desperados.economy.shops.merchants import Barter
from desperados.engine import clock
from desperados.engine.errors import GameError, InvalidInput
from desperados.engine.game import Game
from desperados.engine.work import Jobs
from desperados.world.clock import HOUR, moment_of
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

MONDAY = moment_of(2206, 4, 1, 12)  # in spring, which asks ordinary prices
NEXT_WEEK = MONDAY + timedelta(days=7)


@pytest.fixture(autouse=True)
def monday() -> Any:
    with clock.frozen(MONDAY) as time:
        yield time


@pytest.fixture(autouse=True)
async def town(game: Game) -> ObjectId:
    await add_item("whiskey", value=100)
    await add_item("rope", value=20)
    await add_item("compass", value=200)
    town = ObjectId()
    await game.database["locations"].insert_one({"_id": town, "locationId": "red-gulch"})
    stop = {"location_id": "red-gulch", "from_day": 1, "from_hour": 8, "until_day": 2,
            "until_hour": 16}  # fmt: skip
    common: dict[str, Any] = {
        "markup": 110,
        "trade_hours": {"open": 8, "close": 18},
        "discounts": [{"trust": 2, "percent": 5}],
        "route": [stop],
    }
    await Merchant(merchant_id="abe", name="Abe", goods="general", **common).insert()
    await Merchant(merchant_id="chen", name="Chen", goods="herbs", hidden=True, **common).insert()
    await Merchant(merchant_id="deer", name="Deer", goods="furs", barter=True, **common).insert()
    rows = [
        {"merchantId": merchant, "itemId": item, "quantity": quantity, "initialQuantity": quantity,
         "restocksAt": NEXT_WEEK, "trust": trust}
        for merchant in ("abe", "chen", "deer")
        for item, quantity, trust in (("rope", 10, 0), ("compass", 1, 2))
    ]  # fmt: skip
    await game.database["merchantstocks"].insert_many(rows)
    return town


async def visitor(game: Game, town: ObjectId, **more: Any) -> ObjectId:
    character_id = await add_trader(game, **more)
    await game.database["characters"].update_one(
        {"_id": character_id}, {"$set": {"currentLocationId": town}}
    )
    return character_id


async def befriend(game: Game, who: ObjectId, trades: int, spent: int) -> None:
    await game.database["charactermerchantdiscoveries"].insert_one(
        {"characterId": who, "merchantId": "abe", "trades": trades, "spent": spent,
         "discovered": True, "trustLevel": 0}
    )  # fmt: skip


async def test_a_purchase_takes_money_and_stock_and_makes_friends(
    game: Game, town: ObjectId
) -> None:
    buyer = await visitor(game, town)
    receipt = await merchants.buy_from_merchant(buyer, "abe", "rope", 3)
    assert (receipt.unit_price, receipt.paid, receipt.stock_left) == (22, 66, 7)
    assert receipt.trust == 1
    assert await dollars_of(buyer) == MONEY - 66
    assert await carried(buyer, "rope") == 3
    await assert_sound()


async def test_a_merchant_trades_only_where_he_is_and_in_his_hours(
    game: Game, town: ObjectId, monday: Any
) -> None:
    near, far = await visitor(game, town), await add_trader(game)
    with pytest.raises(MerchantAway):
        await merchants.buy_from_merchant(far, "abe", "rope", 1)
    monday.at += 7 * HOUR  # 19:00, after hours
    with pytest.raises(MerchantAway):
        await merchants.buy_from_merchant(near, "abe", "rope", 1)
    monday.at += 14 * HOUR  # 9:00 the next day
    await merchants.buy_from_merchant(near, "abe", "rope", 1)
    monday.at += 24 * HOUR  # gone
    with pytest.raises(MerchantAway):
        await merchants.buy_from_merchant(near, "abe", "rope", 1)


async def test_trust_opens_the_better_goods_and_a_discount(game: Game, town: ObjectId) -> None:
    stranger, friend = await visitor(game, town), await visitor(game, town)
    await befriend(game, friend, trades=5, spent=500)
    with pytest.raises(TrustTooLow):
        await merchants.buy_from_merchant(stranger, "abe", "compass", 1)
    assert {w.item for w in await merchants.merchant_wares(stranger, "abe")} == {"rope"}
    assert {w.item for w in await merchants.merchant_wares(friend, "abe")} == {"rope", "compass"}
    receipt = await merchants.buy_from_merchant(friend, "abe", "compass", 1)
    assert receipt.unit_price == 209  # 200 x 1.1 x 0.95


async def test_a_client_cannot_claim_trust(game: Game, town: ObjectId) -> None:
    stranger = await visitor(game, town)
    with pytest.raises(TypeError):
        await merchants.buy_from_merchant(stranger, "abe", "compass", 1, trust=5)  # type: ignore[call-arg]


async def test_a_hidden_merchant_must_be_found_first(game: Game, town: ObjectId) -> None:
    buyer = await visitor(game, town)
    with pytest.raises(MerchantNotFound):
        await merchants.buy_from_merchant(buyer, "chen", "rope", 1)
    assert "chen" not in {view.merchant for view in await merchants.list_merchants(buyer)}
    await merchants.discover_merchant(buyer, "chen")
    await merchants.discover_merchant(buyer, "chen")
    await merchants.buy_from_merchant(buyer, "chen", "rope", 1)
    here = {view.merchant for view in await merchants.merchants_here(buyer)}
    assert here == {"abe", "chen", "deer"}


async def test_two_buyers_of_the_last_piece(game: Game, town: ObjectId) -> None:
    import asyncio

    buyers = [await visitor(game, town) for _ in range(2)]
    for buyer in buyers:
        await befriend(game, buyer, trades=5, spent=500)
    results = await asyncio.gather(
        *(merchants.buy_from_merchant(buyer, "abe", "compass", 1) for buyer in buyers),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == [
        "MerchantReceipt",
        "OutOfStock",
    ]
    assert sum([await carried(buyer, "compass") for buyer in buyers]) == 1
    await assert_sound()


async def test_stock_comes_back_once_a_week_by_the_job_or_by_the_first_customer(
    game: Game, town: ObjectId, monday: Any
) -> None:
    buyer = await visitor(game, town)
    await merchants.buy_from_merchant(buyer, "abe", "rope", 10)
    with pytest.raises(OutOfStock):
        await merchants.buy_from_merchant(buyer, "abe", "rope", 1)
    monday.advance(days=14)
    receipt = await merchants.buy_from_merchant(buyer, "abe", "rope", 4)
    assert receipt.stock_left == 6
    again = await merchants.buy_from_merchant(buyer, "abe", "rope", 1)
    assert again.stock_left == 5
    jobs = Jobs(JOBS)
    await jobs.run_until_idle()
    assert jobs.done["merchant_delivery"] == 5
    rows = await game.database["merchantstocks"].find({"itemId": "rope"}).to_list(None)
    assert {row["merchantId"]: row["quantity"] for row in rows} == {
        "abe": 5,
        "chen": 10,
        "deer": 10,
    }
    assert {row["restocksAt"] for row in rows} == {MONDAY + timedelta(days=21)}


async def test_a_barter_takes_goods_for_half_their_value(game: Game, town: ObjectId) -> None:
    buyer = await visitor(game, town, whiskey=3)
    with pytest.raises(BarterRefused):
        await merchants.buy_from_merchant(
            buyer, "deer", "rope", 3, barter=[Barter(item="whiskey", quantity=1)]
        )
    receipt = await merchants.buy_from_merchant(
        buyer, "deer", "rope", 3, barter=[Barter(item="whiskey", quantity=2)]
    )
    assert receipt.paid == 0
    assert await carried(buyer) == 1
    assert await carried(buyer, "rope") == 3
    assert await dollars_of(buyer) == MONEY
    await assert_sound()


async def test_who_takes_money_takes_nothing_else(game: Game, town: ObjectId) -> None:
    buyer = await visitor(game, town, whiskey=3)
    with pytest.raises(BarterRefused):
        await merchants.buy_from_merchant(
            buyer, "abe", "rope", 1, barter=[Barter(item="whiskey", quantity=3)]
        )


async def test_goods_that_are_not_there_cannot_be_bartered_twice(
    game: Game, town: ObjectId
) -> None:
    buyer = await visitor(game, town, whiskey=1)
    with pytest.raises(GameError):
        await merchants.buy_from_merchant(
            buyer,
            "deer",
            "rope",
            3,
            barter=[Barter(item="whiskey", quantity=1), Barter(item="whiskey", quantity=1)],
        )
    assert await carried(buyer) == 1


@pytest.mark.parametrize("quantity", [-1, 0, 0.5, True, "1", 101, 2**63])
async def test_a_wrong_quantity_changes_nothing(game: Game, town: ObjectId, quantity: Any) -> None:
    buyer = await visitor(game, town)
    with pytest.raises(InvalidInput):
        await merchants.buy_from_merchant(buyer, "abe", "rope", quantity)
    assert await dollars_of(buyer) == MONEY


async def test_the_bound_on_the_price_holds(game: Game, town: ObjectId) -> None:
    buyer = await visitor(game, town)
    with pytest.raises(PriceMoved):
        await merchants.buy_from_merchant(buyer, "abe", "rope", 1, max_total=21)
    await give(buyer, "rope", 1)
    await merchants.buy_from_merchant(buyer, "abe", "rope", 1, max_total=22)
    assert await carried(buyer, "rope") == 2


async def test_a_purchase_is_seven_round_trips_at_most(game: Game, town: ObjectId) -> None:
    buyer = await visitor(game, town)
    await merchants.buy_from_merchant(buyer, "abe", "rope", 1)  # content is kept once it was read
    stats = embedded(game).stats
    stats.reset()
    await merchants.buy_from_merchant(buyer, "abe", "rope", 1, key="again")
    assert stats.asked.total() <= 7  # one of them a second looks for new content
    assert stats.full_scans == {}
