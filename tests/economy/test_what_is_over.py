"""What is over does not pile up, and the audit still proves what is gone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.economy import rewards
from desperados.economy import service as economy
from desperados.economy.bank import investments
from desperados.economy.corrections import staff
from desperados.economy.errors import ListingNotFound, NotReversible, RewardNotFound
from desperados.economy.market import buying as sales
from desperados.economy.market import queries, statistics
from desperados.economy.market import selling as market
from desperados.economy.trades import service as trades
from desperados.economy.trades.offers import Goods, Offer
from desperados.engine import clock
from desperados.engine.game import Game
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.rules import CAPS
from desperados.ledger.money.sources import Source
from tests.economy.market.market_world import add_item, add_trader
from tests.economy.money_worlds import add_products, assert_sound, change, findings
from tests.games import expire
from tests.worlds import STAFF

NOON = datetime(2101, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
async def town(game: Game) -> dict[str, ObjectId]:
    """Ann and Bob have traded, bid, bought and called off; and have begun something of each."""
    with clock.frozen(NOON):
        await add_item("whiskey")
        await add_products(game)
        ann, bob = await add_trader(game, whiskey=40), await add_trader(game, whiskey=40)
        place = (await game.database["characters"].find_one({"_id": ann}))["currentLocationId"]
        await change(game, bob, currentLocationId=place)
        bottles = Offer(items=[Goods(item="whiskey", quantity=5)], dollars=10)
        done = await trades.open_trade(ann, bob, offer=bottles)
        await trades.confirm_trade(ann, done.id, version=1)
        await trades.confirm_trade(bob, done.id, version=1)
        off = await trades.open_trade(ann, bob, offer=bottles)
        await trades.cancel_trade(bob, off.id)
        begun = await trades.open_trade(ann, bob, offer=bottles)
        bond = await investments.invest(bob, "treasury_bond", 500)
        await investments.redeem(bob, bond.id)
        ids = {"ann": ann, "bob": bob, "done": done.id, "off": off.id, "begun": begun.id}
        for name in ("auction", "part", "unwanted"):
            listing = await market.create_listing(
                ann,
                item="whiskey",
                quantity=4,
                price=100,
                is_auction=name == "auction",
                hours=24,
            )
            ids[name] = listing.id
        await sales.place_bid(bob, ids["auction"], 100)
        await sales.place_bid(bob, ids["auction"], 300)
        for _ in range(2):
            await sales.buy_now(bob, ids["part"], expected_price=50, quantity=2)
    with clock.frozen(NOON + timedelta(hours=24)):
        for name in ("auction", "unwanted"):
            await sales.settle_listing(ids[name])
        running = await market.create_listing(
            ann, item="whiskey", quantity=2, price=50, is_auction=True, hours=100
        )
        await sales.place_bid(bob, running.id, 70)
    return {**ids, "running": running.id}


async def there(game: Game, collection: str, **where: Any) -> set[Any]:
    return {row["_id"] async for row in game.database[collection].find(where, {"_id": 1})}


async def test_emptied_containers_of_listings_and_trades_vanish_a_day_later(
    game: Game, town: dict[str, ObjectId]
) -> None:
    once = {"ownerType": {"$in": ["listing", "trade"]}}
    before = len(await there(game, "inventories", **once))
    await expire(game, NOON + timedelta(days=2, seconds=1))
    assert before == 5
    assert await there(game, "inventories", **once) == {f"listing:{town['running']}"}
    assert len(await there(game, "inventories", ownerType="pack")) == 2
    await assert_sound()


async def test_trades_that_came_to_nothing_vanish_after_a_week(
    game: Game, town: dict[str, ObjectId]
) -> None:
    await expire(game, NOON + timedelta(days=7, seconds=1))
    assert await there(game, "tradesessions") == {town["done"], town["begun"]}
    await assert_sound()


async def test_closed_holds_and_listings_vanish_after_90_days_and_open_ones_never(
    game: Game, town: dict[str, ObjectId]
) -> None:
    assert len(await there(game, "holds")) == 3
    await expire(game, NOON + timedelta(days=90, seconds=-1))
    assert len(await there(game, "holds")) == 3
    assert len(await there(game, "marketlistings")) == 4
    await expire(game, NOON + timedelta(days=1_000))
    assert await there(game, "marketlistings") == {town["running"]}
    (open_hold,) = await game.database["holds"].find({}).to_list(None)
    assert (open_hold["status"], open_hold["reference"]) == ("open", town["running"])
    await assert_sound()


async def test_claimed_rewards_of_ours_vanish_and_those_of_others_stay(game: Game) -> None:
    with clock.frozen(NOON):
        ann = await add_trader(game)
        for _ in range(2):
            await economy.earn(ann, CAPS[Currency.DOLLARS], source=Source.QUEST_REWARD)
        (reward, waiting) = (await rewards.list_rewards(ann)).items
        await economy.spend(ann, 2_000_000, source=Source.SERVICE_FEE)
        await rewards.claim_reward(ann, reward.id)
    foreign = {
        "characterId": ann,
        "rewardType": "currency",
        "rewards": {"dollars": 5},
        "source": "event",
        "createdAt": NOON,
        "claimedAt": NOON,
    }
    stays = (await game.database["pendingrewards"].insert_one(foreign)).inserted_id
    await expire(game, NOON + timedelta(days=1_000))
    assert await there(game, "pendingrewards") == {waiting.id, stays}
    with pytest.raises(RewardNotFound):
        await rewards.claim_reward(ann, reward.id)
    await assert_sound()


async def test_players_still_see_what_they_bought_and_nothing_breaks(
    game: Game, town: dict[str, ObjectId]
) -> None:
    await expire(game, NOON + timedelta(days=1_000))
    with clock.frozen(NOON + timedelta(days=2)):
        sold = (await queries.my_sales(town["ann"])).items
        assert sorted(sale.price for sale in sold if sale.price) == [50, 50, 300]
        assert [bid.held for bid in (await queries.my_bids(town["bob"])).items] == [70]
        assert (await statistics.suggest_price("whiskey")).sales == 1
        with pytest.raises(ListingNotFound):
            await queries.get_listing(town["bob"], town["part"])
        auctioned = next(sale for sale in sold if sale.price == 300)
        record = await game.database["traderecords"].find_one({"_id": auctioned.id})
        with pytest.raises(NotReversible):
            await staff.reverse(STAFF, record["operation"], reason="he says he was robbed")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"totalPrice": 301}, "says totalPrice 301, but 300 were posted"),
        ({"taxPaid": 1}, "says taxPaid 1, but 15 were posted"),
        ({"buyerId": ObjectId()}, "its buyer is not escrow:"),
        ({"sellerId": ObjectId()}, "sells what somebody else than its seller has listed"),
        ({"listingId": ObjectId()}, "sells what somebody else than its seller has listed"),
    ],
)
async def test_a_record_that_was_edited_after_its_listing_vanished_is_found(
    game: Game, town: dict[str, ObjectId], change: dict[str, Any], problem: str
) -> None:
    await expire(game, NOON + timedelta(days=1_000))
    where = {"listingId": town["auction"]}
    await game.database["traderecords"].update_one(where, {"$set": change})
    found = await findings("market")
    assert any(text.startswith(problem) for _, text in found), found


async def test_an_open_hold_that_was_taken_out_is_found(
    game: Game, town: dict[str, ObjectId]
) -> None:
    await expire(game, NOON + timedelta(days=1_000))
    (hold,) = await there(game, "holds")
    await game.database["holds"].delete_one({"_id": hold})
    assert any(
        text == "rows in dollars of no known account" for _, text in await findings("chains")
    )


async def test_a_row_of_a_hold_that_vanished_cannot_be_edited_unseen(
    game: Game, town: dict[str, ObjectId]
) -> None:
    await expire(game, NOON + timedelta(days=1_000))
    where = {"account": {"$regex": "^escrow:"}, "source": "market_sale"}
    await game.database["accountentries"].update_one(where, {"$set": {"owner": town["ann"]}})
    assert {name for name, _ in await findings("market")}
    assert any("are not those that were posted" in text for _, text in await findings("operations"))
