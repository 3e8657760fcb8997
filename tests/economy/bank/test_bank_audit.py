"""The audit of the bank names investments that pay what was not agreed, and vaults unpaid for."""

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.economy.bank import exchange, investments
from desperados.economy.bank import service as bank
from desperados.engine import clock
from desperados.engine.game import Game
from tests.economy.money_worlds import add_products, add_settler, assert_sound, findings, place_of


async def edit(game: Game, collection: str, where: dict[str, Any], **fields: Any) -> None:
    result = await game.database[collection].update_one(where, {"$set": fields})
    assert result.modified_count == 1


@pytest.fixture
async def ann(game: Game) -> ObjectId:
    await add_products(game)
    ann = await add_settler(game, dollars=10_000)
    await place_of(game, ann, type="bank")
    return ann


async def bond(ann: ObjectId, *, days: int) -> ObjectId:
    """An investment of 1,000 that was given back after so many days; its term is seven."""
    made = await investments.invest(ann, "treasury_bond", 1_000)
    with clock.frozen(clock.now() + timedelta(days=days)):
        await investments.redeem(ann, made.id)
    return made.id


async def test_what_investments_pay_at_their_end_early_and_never_is_explained(
    game: Game, ann: ObjectId
) -> None:
    await investments.invest(ann, "mining_share", 1_000)
    await bond(ann, days=2)
    await bond(ann, days=8)
    lost = await investments.invest(ann, "moon_railway", 100)
    with clock.frozen(clock.now() + timedelta(days=3)):
        await investments.mature(lost.id)
        await assert_sound()
        await investments.redeem(ann, lost.id)
    await assert_sound()


@pytest.mark.parametrize("name", ["terms.maxReturn", "terms.earlyPenalty", "maturesAt"])
async def test_terms_that_were_changed_after_the_purchase_are_named(
    game: Game, ann: ObjectId, name: str
) -> None:
    made = await investments.invest(ann, "treasury_bond", 1_000)
    value: Any = clock.now() if name == "maturesAt" else 50
    await edit(game, "investments", {"_id": made.id}, **{name: value})
    assert await findings("bank") == [
        (f"investments/{made.id}", "has other terms than were agreed")
    ]


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"payout": 1_500}, "but its terms say"),
        ({"interestRate": 40.0, "payout": 1_400}, "returned 40%, outside 2 to 4%"),
        ({"payout": 0, "outcome": "defaulted"}, "lost everything, which it could not"),
        ({"outcome": "early"}, "which is not when it ends"),
    ],
)
async def test_a_payout_that_its_terms_do_not_give_is_named(
    game: Game, ann: ObjectId, changed: dict[str, Any], problem: str
) -> None:
    made = await bond(ann, days=8)
    await edit(game, "investments", {"_id": made}, **changed)
    where, found = (await findings("bank"))[0]
    assert where == f"investments/{made}"
    assert problem in found


async def test_an_early_payout_without_its_penalty_is_named(game: Game, ann: ObjectId) -> None:
    made = await bond(ann, days=2)
    await edit(game, "investments", {"_id": made}, payout=1_000)
    assert await findings("bank") == [
        (f"investments/{made}", "pays 1000, but its terms say 950"),
        (f"investments/{made}", "says it paid 1000, but 950 were posted"),
    ]


async def test_a_payout_to_somebody_else_is_named(game: Game, ann: ObjectId) -> None:
    made = await bond(ann, days=2)
    await edit(game, "investments", {"_id": made}, characterId=await add_settler(game))
    assert await findings("bank") == [
        (f"investments/{made}", "says it paid 950, but 0 were posted")
    ]


async def test_a_vault_is_as_large_as_was_paid_for(game: Game, ann: ObjectId) -> None:
    await bank.open_vault(ann)
    await bank.upgrade_vault(ann, "silver")
    await assert_sound()
    await edit(game, "bankaccounts", {"characterId": ann}, tier="gold")
    assert [problem for _, problem in await findings("bank")] == [
        "is gold, but 100 were paid for it"
    ]


async def test_a_vault_that_another_program_opened_counts_from_its_size(
    game: Game, ann: ObjectId
) -> None:
    await game.database["bankaccounts"].insert_one(
        {"characterId": ann, "tier": "silver", "balance": 1_200}
    )
    await bank.upgrade_vault(ann, "gold")
    await bank.deposit(ann, 50)
    await assert_sound()


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"dollars": 104}, "'dollars': -105"),
        ({"pressure": 1_000_000}, "was made for 105 dollars, but its price was 106"),
        ({"centsPerUnit": 9_000}, "was made for 105 dollars, but its price was 95"),
    ],
)
async def test_metal_that_was_traded_at_another_price_is_named(
    game: Game, ann: ObjectId, changed: dict[str, Any], problem: str
) -> None:
    await exchange.buy_metal(ann, "gold", 1)
    await assert_sound()
    trade = await game.database["metaltrades"].find_one({})
    await edit(game, "metaltrades", {"_id": trade["_id"]}, **changed)
    found = await findings("bank")
    assert {where for where, _ in found} == {f"metaltrades/{trade['_id']}"}
    assert any(problem in said for _, said in found), found


async def test_trades_of_metal_of_before_there_was_pressure_are_in_order(
    game: Game, ann: ObjectId
) -> None:
    await exchange.buy_metal(ann, "gold", 1)
    await game.database["metaltrades"].update_one({}, {"$unset": {"pressure": ""}})
    await assert_sound()
