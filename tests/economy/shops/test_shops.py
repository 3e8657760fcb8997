"""Shops: trade at the counter, shelves, and what one customer can do to a price."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.characters.errors import CharacterUnavailable
from desperados.economy.errors import (
    BoughtBefore,
    NotAtShop,
    NotBoughtHere,
    NotSoldHere,
    OutOfStock,
    PriceMoved,
    ShopClosed,
    ShopNotFound,
)
from desperados.economy.market.jobs import JOBS
from desperados.economy.shops import service as shops
from desperados.economy.shops.documents import Shop
from desperados.engine import clock
from desperados.engine.errors import InvalidInput, LimitExceeded
from desperados.engine.game import Game
from desperados.engine.storage.content import content_changed
from desperados.engine.work import Jobs
from desperados.ledger.items.errors import InventoryFull, ItemLocked
from desperados.ledger.money.errors import InsufficientFunds
from desperados.play.requirements.errors import LevelTooLow
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

# In spring, which asks ordinary prices; a TTL index would clear away what lies in the past.
NOON = moment_of(2206, 4, 1, 12)


@pytest.fixture(autouse=True)
async def store(game: Game) -> ObjectId:
    """A store in a town; returns the id of its location."""
    await add_item("whiskey", value=100, tags=["provisions"])
    await add_item("widowmaker", value=5_000, tags=["weapons"], levelRequired=25)
    await add_item("feather", value=1, tags=["curios"])
    await add_item("locket", value=50, tags=["provisions"], quest_item=True)
    town, building = ObjectId(), ObjectId()
    await game.database["locations"].insert_many(
        [
            {"_id": town, "locationId": "red-gulch", "buildings": ["store"]},
            {
                "_id": building,
                "locationId": "store",
                "parentId": "red-gulch",
                "operatingHours": {"open": 8, "close": 20},
            },
        ]
    )
    await Shop(
        shop_id="general",
        name="The Store",
        location_id="store",
        item_ids=["whiskey", "widowmaker"],
        markup=100,
        buy_back=50,
        buys=["provisions", "curios"],
    ).insert()
    return building


@pytest.fixture(autouse=True)
def noon() -> Any:
    with clock.frozen(NOON) as time:
        yield time


async def customer(game: Game, place: ObjectId, **more: Any) -> ObjectId:
    character_id = await add_trader(game, **more)
    await game.database["characters"].update_one(
        {"_id": character_id}, {"$set": {"currentLocationId": place}}
    )
    return character_id


async def test_the_dearest_luxuries_are_bought_once_in_a_life(game: Game, store: ObjectId) -> None:
    await add_item("railcar", value=200, once_per_character=True)
    await game.database["shops"].update_one({}, {"$push": {"itemIds": "railcar"}})
    await content_changed()
    ann = await customer(game, store)
    with pytest.raises(BoughtBefore):
        await shops.buy_from_shop(ann, "general", "railcar", 2)
    results = await asyncio.gather(
        *(shops.buy_from_shop(ann, "general", "railcar", 1) for _ in range(5)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, BoughtBefore) for result in results) == 4
    assert await carried(ann, "railcar") == 1
    await shops.buy_from_shop(await customer(game, store), "general", "railcar", 1)
    await assert_sound()


async def test_a_purchase_takes_money_and_stock_and_gives_goods(
    game: Game, store: ObjectId
) -> None:
    buyer = await customer(game, store)
    receipt = await shops.buy_from_shop(buyer, "general", "whiskey", 3)
    # Nobody has sold any (x 1.4) and nobody has bought any (x 0.8).
    assert (receipt.unit_price, receipt.total) == (112, 336)
    assert await dollars_of(buyer) == MONEY - 336
    assert await carried(buyer) == 3
    stock = await game.database["shopstocks"].find_one({"_id": "general:whiskey"})
    assert stock["quantity"] == 200 - 3
    await assert_sound()


async def test_a_sale_takes_goods_and_gives_money_below_any_price_that_is_asked(
    game: Game, store: ObjectId
) -> None:
    seller = await customer(game, store, whiskey=10)
    receipt = await shops.sell_to_shop(seller, "general", "whiskey", 10)
    assert receipt.unit_price == 56
    assert await dollars_of(seller) == MONEY + 560
    assert await carried(seller) == 0
    await assert_sound()


async def test_what_is_bought_cannot_be_sold_back_at_a_profit(game: Game, store: ObjectId) -> None:
    trader = await customer(game, store)
    for _ in range(5):
        await shops.buy_from_shop(trader, "general", "whiskey", 20)
        await shops.sell_to_shop(trader, "general", "whiskey", 20)
    assert await dollars_of(trader) < MONEY


async def test_the_street_in_front_of_a_shop_is_near_enough_and_another_town_is_not(
    game: Game, store: ObjectId
) -> None:
    town = await game.database["locations"].find_one({"locationId": "red-gulch"})
    near, far = await customer(game, town["_id"]), await add_trader(game)
    await shops.buy_from_shop(near, "general", "whiskey", 1)
    with pytest.raises(NotAtShop):
        await shops.buy_from_shop(far, "general", "whiskey", 1)


async def test_a_shop_is_closed_at_night(game: Game, store: ObjectId, noon: Any) -> None:
    buyer = await customer(game, store)
    evening = NOON + 8 * HOUR
    noon.at = evening - timedelta(milliseconds=1)
    await shops.buy_from_shop(buyer, "general", "whiskey", 1)
    noon.at = evening
    with pytest.raises(ShopClosed) as refused:
        await shops.buy_from_shop(buyer, "general", "whiskey", 1)
    morning = evening + 12 * HOUR
    assert refused.value.facts == {"opens": 8, "closes": 20, "opens_at": morning}
    noon.at = morning
    await shops.buy_from_shop(buyer, "general", "whiskey", 1)


async def test_what_a_shop_refuses(game: Game, store: ObjectId) -> None:
    buyer = await customer(game, store, whiskey=1)
    await give(buyer, "widowmaker")
    await give(buyer, "locket")
    await give(buyer, "feather")
    refusals: list[tuple[type[Exception], Any]] = [
        (ShopNotFound, shops.buy_from_shop(buyer, "nowhere", "whiskey", 1)),
        (NotSoldHere, shops.buy_from_shop(buyer, "general", "feather", 1)),
        (LevelTooLow, shops.buy_from_shop(buyer, "general", "widowmaker", 1)),
        (OutOfStock, shops.buy_from_shop(buyer, "general", "whiskey", 201)),
        (PriceMoved, shops.buy_from_shop(buyer, "general", "whiskey", 2, max_total=223)),
        (InvalidInput, shops.buy_from_shop(buyer, "general", "whiskey", 1_001)),
        (NotBoughtHere, shops.sell_to_shop(buyer, "general", "widowmaker", 1)),
        (NotBoughtHere, shops.sell_to_shop(buyer, "general", "feather", 1)),
        (ItemLocked, shops.sell_to_shop(buyer, "general", "locket", 1)),
        (PriceMoved, shops.sell_to_shop(buyer, "general", "whiskey", 1, min_total=60)),
    ]
    for error, call in refusals:
        with pytest.raises(error):
            await call
    assert await dollars_of(buyer) == MONEY
    assert await carried(buyer) == 1


@pytest.mark.parametrize(
    "quantity", [-1, 0, 0.5, float("nan"), float("inf"), 1e309, True, "10", 2**63]
)
async def test_a_quantity_that_is_none_changes_nothing(
    game: Game, store: ObjectId, quantity: Any
) -> None:
    buyer = await customer(game, store, whiskey=1)
    for call in (shops.buy_from_shop, shops.sell_to_shop):
        with pytest.raises(InvalidInput):
            await call(buyer, "general", "whiskey", quantity)
    assert await dollars_of(buyer) == MONEY
    assert await carried(buyer) == 1


async def test_a_pack_without_room_and_a_wallet_without_money_buy_nothing(
    game: Game, store: ObjectId
) -> None:
    poor = await customer(game, store, dollars=100)
    with pytest.raises(InsufficientFunds):
        await shops.buy_from_shop(poor, "general", "whiskey", 1)
    laden = await customer(game, store)
    await add_item("boulder", weight=499.95)
    await give(laden, "boulder")
    with pytest.raises(InventoryFull):
        await shops.buy_from_shop(laden, "general", "whiskey", 1)
    assert await dollars_of(laden) == MONEY


async def test_prisoners_and_the_dead_do_not_shop(game: Game, store: ObjectId) -> None:
    buyer = await customer(game, store)
    for flag in ("isInJail", "isInCombat", "isDead"):
        await game.database["characters"].update_one({"_id": buyer}, {"$set": {flag: True}})
        with pytest.raises(CharacterUnavailable):
            await shops.buy_from_shop(buyer, "general", "whiskey", 1)
        await game.database["characters"].update_one({"_id": buyer}, {"$set": {flag: False}})


async def test_200_pieces_of_an_item_are_sold_in_an_hour(
    game: Game, store: ObjectId, noon: Any
) -> None:
    seller = await customer(game, store, whiskey=300)
    await shops.sell_to_shop(seller, "general", "whiskey", 200)
    with pytest.raises(LimitExceeded):
        await shops.sell_to_shop(seller, "general", "whiskey", 1)
    noon.advance(hours=1)
    await shops.sell_to_shop(seller, "general", "whiskey", 100)


async def test_one_character_moves_a_price_by_its_own_share_only(
    game: Game, store: ObjectId
) -> None:
    one = await customer(game, store)
    await shops.buy_from_shop(one, "general", "whiskey", 1)
    for _ in range(5):
        await shops.buy_from_shop(one, "general", "whiskey", 20)
        await shops.sell_to_shop(one, "general", "whiskey", 20)
    row = await game.database["pricehistories"].find_one({"itemId": "whiskey"})
    assert (row["demand"], row["supply"]) == (50, 50)
    assert row["volume"] == 201
    assert row["recordedAt"] == row["bucket"] == NOON.replace(minute=0)


async def test_prices_rise_with_demand_for_a_day(game: Game, store: ObjectId, noon: Any) -> None:
    asked = []
    for _ in range(2):
        buyer = await customer(game, store)
        asked.append((await shops.buy_from_shop(buyer, "general", "whiskey", 45)).unit_price)
    assert asked[0] < asked[1]
    noon.advance(hours=24)
    view = await shops.get_shop(await customer(game, store), "general")
    assert next(s for s in view.shelves if s.item == "whiskey").price == asked[0]


async def test_what_many_sell_is_worth_less(game: Game, store: ObjectId) -> None:
    paid = []
    for _ in range(3):
        seller = await customer(game, store, whiskey=50)
        paid.append((await shops.sell_to_shop(seller, "general", "whiskey", 50)).unit_price)
    assert paid == [56, 36, 30]


async def test_a_market_event_moves_prices(game: Game, store: ObjectId) -> None:
    await game.database["worldevents"].insert_one(
        {
            "eventType": "drought",
            "name": "Drought",
            "status": "active",
            "startsAt": NOON,
            "endsAt": datetime(2100, 6, 9, tzinfo=UTC),
            "categories": {"provisions": 45},
            "severity": 2,
        }
    )
    buyer = await customer(game, store)
    assert (await shops.buy_from_shop(buyer, "general", "whiskey", 1)).unit_price == 163


async def test_a_shelf_empties_and_is_filled_by_the_next_delivery(
    game: Game, store: ObjectId, noon: Any
) -> None:
    buyers = [await customer(game, store) for _ in range(2)]
    await shops.buy_from_shop(buyers[0], "general", "whiskey", 200)
    with pytest.raises(OutOfStock):
        await shops.buy_from_shop(buyers[1], "general", "whiskey", 1)
    noon.advance(hours=24)
    jobs = Jobs(JOBS)
    await jobs.run_until_idle()
    assert jobs.done["shop_delivery"] == 1
    stock = await game.database["shopstocks"].find_one({"_id": "general:whiskey"})
    assert stock["quantity"] == 200
    await shops.buy_from_shop(buyers[1], "general", "whiskey", 1)


async def test_what_players_sell_goes_on_the_shelf(game: Game, store: ObjectId) -> None:
    await add_item("honey", value=10, tags=["provisions"])
    seller, buyer = await customer(game, store), await customer(game, store)
    await give(seller, "honey", 3)
    with pytest.raises(NotSoldHere):
        await shops.buy_from_shop(buyer, "general", "honey", 1)
    await shops.sell_to_shop(seller, "general", "honey", 3)
    view = await shops.get_shop(buyer, "general")
    assert {shelf.item: shelf.stock for shelf in view.shelves}["honey"] == 3
    await shops.buy_from_shop(buyer, "general", "honey", 3)
    with pytest.raises(OutOfStock):
        await shops.buy_from_shop(buyer, "general", "honey", 1)
    await assert_sound()


async def test_a_repeated_purchase_with_a_key_happens_once(game: Game, store: ObjectId) -> None:
    buyer = await customer(game, store)
    first = await shops.buy_from_shop(buyer, "general", "whiskey", 1, key="one")
    assert await shops.buy_from_shop(buyer, "general", "whiskey", 1, key="one") == first
    assert await carried(buyer) == 1


async def test_the_shops_of_a_town_are_listed_with_their_hours(game: Game, store: ObjectId) -> None:
    town = await game.database["locations"].find_one({"locationId": "red-gulch"})
    visitor = await customer(game, town["_id"])
    (shop,) = await shops.shops_here(visitor)
    assert (shop.shop, shop.open) == ("general", True)
