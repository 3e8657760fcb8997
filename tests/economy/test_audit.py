"""The audit finds money that is held for nothing, and trades that are not what was agreed."""

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.economy.bank import investments
from desperados.economy.bank import service as bank
from desperados.economy.market import buying as sales
from desperados.economy.market import selling as market
from desperados.economy.trades import service as trades
from desperados.economy.trades.offers import Goods, Offer
from desperados.engine import clock
from desperados.engine.game import Game
from desperados.ops.audit import audit
from tests.economy.market.market_world import add_item, add_trader
from tests.economy.money_worlds import add_products, change, mark_deleted


async def problems(*names: str) -> list[str]:
    """What the checks of these names have found."""
    report = await audit()
    assert all(check.examined for check in report.checks if check.name in names)
    return [f.problem for check in report.checks for f in check.findings if check.name in names]


async def edit(game: Game, collection: str, where: dict[str, Any], **fields: Any) -> None:
    result = await game.database[collection].update_one(where, {"$set": fields})
    assert result.matched_count == 1


@pytest.fixture
async def bonds(game: Game) -> list[ObjectId]:
    """One investment that stands, one that was redeemed."""
    await add_products(game)
    ann = await add_trader(game)
    first = await investments.invest(ann, "treasury_bond", 500)
    second = await investments.invest(ann, "treasury_bond", 700)
    await investments.redeem(ann, second.id)
    return [first.id, second.id]


async def hold_of(game: Game, investment: ObjectId) -> ObjectId:
    row = await game.database["investments"].find_one({"_id": investment})
    hold: ObjectId = row["holdId"]
    return hold


async def test_sound_investments_have_no_findings(game: Game, bonds: list[ObjectId]) -> None:
    with clock.frozen(clock.now() + timedelta(days=8)):
        await investments.mature(bonds[0])
        assert (await audit()).clean


async def test_an_investment_without_its_money_is_found(game: Game, bonds: list[ObjectId]) -> None:
    hold = await hold_of(game, bonds[0])
    await edit(game, "holds", {"_id": hold}, **{"held.dollars": 400})
    assert await problems("escrow") == ["is active, but holds 400 and not 500"]


async def test_an_investment_whose_hold_is_gone_is_found(game: Game, bonds: list[ObjectId]) -> None:
    await game.database["holds"].delete_one({"_id": await hold_of(game, bonds[0])})
    assert await problems("escrow") == ["is active, but holds 0 and not 500"]


async def test_a_redeemed_investment_that_still_holds_money_is_found(
    game: Game, bonds: list[ObjectId]
) -> None:
    await edit(game, "investments", {"_id": bonds[0]}, status="redeemed", payout=500)
    assert await problems("escrow") == [
        "holds {'dollars': 500} for no investment that stands",
        "is redeemed, but holds 500 and not 0",
    ]


async def test_an_investment_that_was_taken_away_is_found(
    game: Game, bonds: list[ObjectId]
) -> None:
    await game.database["investments"].delete_one({"_id": bonds[0]})
    assert await problems("escrow") == ["holds {'dollars': 500} for no investment that stands"]


async def test_an_investment_in_somebody_elses_name_is_found(
    game: Game, bonds: list[ObjectId]
) -> None:
    await edit(game, "holds", {"_id": await hold_of(game, bonds[0])}, ownerId=ObjectId())
    assert await problems("escrow") == ["is held in somebody else's name"]


async def test_two_investments_that_share_a_hold_are_found(
    game: Game, bonds: list[ObjectId]
) -> None:
    await edit(game, "investments", {"_id": bonds[1]}, holdId=await hold_of(game, bonds[0]))
    assert await problems("escrow") == [
        "is redeemed, but holds 500 and not 0",
        "is held by a hold of something else",
    ]


async def test_a_matured_investment_without_a_payout_is_found(
    game: Game, bonds: list[ObjectId]
) -> None:
    await edit(game, "investments", {"_id": bonds[0]}, status="matured")
    assert await problems("escrow") == ["is matured, but nobody knows what it pays"]


@pytest.mark.parametrize("purpose", ["stake", "trade"])
async def test_money_that_nobody_will_ever_settle_is_found(
    game: Game, bonds: list[ObjectId], purpose: str
) -> None:
    await edit(game, "holds", {"_id": await hold_of(game, bonds[1])}, purpose=purpose)
    await edit(game, "holds", {"purpose": purpose}, **{"held.dollars": 9})
    assert f"holds {{'dollars': 9}} for a {purpose}, which nobody settles" in await problems(
        "escrow"
    )


async def test_metal_in_a_hold_is_found(game: Game) -> None:
    await add_item("whiskey")
    seller, bidder = await add_trader(game, whiskey=1), await add_trader(game)
    listing = await market.create_listing(seller, item="whiskey", price=50, is_auction=True)
    await sales.place_bid(bidder, listing.id, 60)
    await edit(game, "holds", {"purpose": "bid"}, **{"held.gold": 3})
    assert await problems("escrow") == ["holds {'gold': 3}, but only dollars are held for a bid"]


@pytest.fixture
async def trade(game: Game) -> ObjectId:
    """A completed trade: two bottles against 50 dollars and 3 gold."""
    await add_item("whiskey")
    ann, bob = await add_trader(game, whiskey=5), await add_trader(game)
    place = ObjectId()
    await game.database["locations"].insert_one({"_id": place, "locationId": "gulch"})
    for who in (ann, bob):
        came = clock.now() - timedelta(days=30)
        await change(game, who, currentLocationId=place, createdAt=came)
    opened = await trades.open_trade(
        ann, bob, offer=Offer(items=[Goods(item="whiskey", quantity=2)])
    )
    await trades.change_offer(bob, opened.id, Offer(dollars=50), version=1)
    await trades.confirm_trade(ann, opened.id, version=2)
    await trades.confirm_trade(bob, opened.id, version=2)
    await trades.open_trade(ann, bob)
    return opened.id


async def test_a_sound_trade_has_no_findings(game: Game, trade: ObjectId) -> None:
    assert (await audit()).clean


async def test_another_price_than_agreed_is_found(game: Game, trade: ObjectId) -> None:
    await edit(game, "tradesessions", {"_id": trade}, **{"recipientOffer.dollars": 60})
    assert await problems("trades") == [
        "{'dollars': 60} were agreed, but {'dollars': 50} were paid"
    ]


async def test_a_trade_that_was_called_off_after_the_swap_is_found(
    game: Game, trade: ObjectId
) -> None:
    await edit(game, "tradesessions", {"_id": trade}, status="cancelled")
    assert await problems("trades") == [
        "is cancelled, but goods or money changed hands",
        "is of no completed trade",
        "is of no completed trade",
    ]


async def test_a_trade_without_its_record_is_found(game: Game, trade: ObjectId) -> None:
    await game.database["traderecords"].delete_one({"tradeId": trade})
    assert await problems("trades") == ["2 gave something, but there are 1 records"]


async def test_a_trade_that_one_side_never_confirmed_is_found(game: Game, trade: ObjectId) -> None:
    await edit(game, "tradesessions", {"_id": trade}, recipientConfirmed=False)
    assert await problems("trades") == ["is completed, but one side has not confirmed it"]


async def test_other_goods_than_agreed_are_found(game: Game, trade: ObjectId) -> None:
    await edit(game, "tradesessions", {"_id": trade}, **{"initiatorOffer.items.0.quantity": 3})
    assert await problems("trades") == ["other goods changed hands than were agreed"]


async def test_traded_goods_that_went_to_somebody_else_are_found(
    game: Game, trade: ObjectId
) -> None:
    row = {"source": "traded", "quantity": {"$gt": 0}}
    await edit(game, "itemmovements", row, holder=f"pack:{ObjectId()}")
    assert await problems("trades") == ["other goods changed hands than were agreed"]


async def test_a_trade_of_before_goods_and_money_were_one_operation_is_accepted(
    game: Game, trade: ObjectId
) -> None:
    session = await game.database["tradesessions"].find_one({"_id": trade})
    moved = await game.database["traderecords"].find_one({"tradeId": trade})
    goods = {"operation": moved["operation"]}
    await game.database["itemmovements"].update_many(goods, {"$set": {"operation": ObjectId()}})
    await game.database["operations"].delete_one({"_id": moved["operation"]})
    assert session["status"] == "completed"
    assert await problems("trades") == []


# Those who left


async def test_a_character_that_was_deleted_holds_nothing(game: Game) -> None:
    await add_item("whiskey")
    ann, place = await add_trader(game, whiskey=5), ObjectId()
    await game.database["locations"].insert_one(
        {"_id": place, "locationId": "bankhouse", "type": "bank"}
    )
    await change(game, ann, currentLocationId=place)
    await bank.open_vault(ann)
    await bank.deposit(ann, 30)
    await market.create_listing(ann, item="whiskey", quantity=2, price=50)
    await mark_deleted(game, ann)
    held = {"dollars": 999_969, "vault": 30, "pack": 3, "listings": 1}
    assert await problems("estates") == [f"was deleted, but holds {held}"]


async def test_goods_that_come_to_who_is_gone_are_found(game: Game) -> None:
    await add_item("whiskey")
    ann = await add_trader(game, whiskey=1, dollars=0)
    await mark_deleted(game, ann)
    assert await problems("estates") == ["was deleted, but holds {'pack': 1}"]


async def test_a_flag_of_deletion_that_was_set_by_hand_is_found(game: Game) -> None:
    ann = await add_trader(game, dollars=0)
    await change(game, ann, deletedAt=clock.now())
    assert await problems("estates") == ["was marked as deleted by hand"]
