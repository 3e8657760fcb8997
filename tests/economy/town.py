"""A town in which Ann and Bob can do everything with money and goods that there is to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bson import ObjectId

from desperados.economy import rewards
from desperados.economy import service as economy
from desperados.economy.bank import investments
from desperados.economy.bank import service as bank
from desperados.economy.market import selling as market
from desperados.economy.shops.documents import Merchant, Shop
from desperados.economy.trades import service as trades
from desperados.economy.trades.offers import Offer
from desperados.engine import clock
from desperados.engine.game import Game
from desperados.gangs.documents import Gang
from desperados.inventory import ground
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.rules import CAPS
from desperados.ledger.money.sources import Source
from tests.economy.market.market_world import add_item, add_trader, give_unique
from tests.economy.money_worlds import add_products, change, place_of

ALWAYS = {"open": 0, "close": 0}


@dataclass
class Town:
    """What there is, by its ids. The listing ``mine`` is Ann's, the others are Bob's."""

    ann: ObjectId
    bob: ObjectId
    colt: ObjectId
    gang: ObjectId
    mine: ObjectId
    fixed: ObjectId
    auction: ObjectId
    trade: ObjectId
    reward: ObjectId
    goods: ObjectId
    investment: ObjectId


async def settle_town(game: Game) -> Town:
    """Ann and Bob, a bank, a shop, a merchant, a gang, and something of everything begun."""
    await add_item("whiskey", tags=["provisions"])
    await add_item("colt", type="weapon", stackable=False, max_stack=1)
    await add_products(game)
    ann, bob = await add_trader(game, whiskey=20), await add_trader(game, whiskey=20)
    place = (await game.database["characters"].find_one({"_id": ann}))["currentLocationId"]
    for who in (ann, bob):
        came = clock.now() - timedelta(days=30)
        await change(game, who, currentLocationId=place, createdAt=came)
        await economy.earn(who, 100, source=Source.QUEST_REWARD, currency=Currency.GOLD)
    await place_of(game, ann, locationId="gulch", type="bank")
    await Shop(
        shop_id="store",
        name="The Store",
        location_id="gulch",
        item_ids=["whiskey"],
        markup=100,
        buy_back=50,
        buys=["provisions"],
    ).insert()
    await Merchant(
        merchant_id="abe",
        name="Abe",
        goods="general",
        markup=110,
        trade_hours=ALWAYS,
        route=[
            {
                "location_id": "gulch",
                "from_day": one,
                "from_hour": 0,
                "until_day": other,
                "until_hour": 0,
            }
            for one, other in ((1, 4), (4, 1))
        ],
    ).insert()
    await game.database["merchantstocks"].insert_one(
        {"merchantId": "abe", "itemId": "whiskey", "quantity": 9, "initialQuantity": 9,
         "restocksAt": clock.now() + timedelta(days=7)}
    )  # fmt: skip
    gang = Gang(name="Riders", tag="RID", leader_id=bob, faction="frontera")
    await gang.insert()
    await bank.open_vault(ann)
    await bank.deposit(ann, 50)
    investment = await investments.invest(ann, "treasury_bond", 100)
    await economy.earn(ann, CAPS[Currency.GOLD], source=Source.QUEST_REWARD, currency="gold")
    await economy.spend(ann, 1000, source=Source.SERVICE_FEE, currency="gold")
    (reward,) = (await rewards.list_rewards(ann)).items
    laid = await ground.drop_item(bob, "whiskey", quantity=1)
    return Town(
        ann,
        bob,
        await give_unique(ann, "colt"),
        gang.id,
        (await market.create_listing(ann, item="whiskey", price=10)).id,
        (await market.create_listing(bob, item="whiskey", price=50)).id,
        (await market.create_listing(bob, item="whiskey", price=50, is_auction=True)).id,
        (await trades.open_trade(bob, ann, offer=Offer(gold=1))).id,
        reward.id,
        laid.ground_item,
        investment.id,
    )
