"""The audit names a reward that is not whose it was parked for, or pays twice."""

from typing import Any

import pytest
from bson import ObjectId

from desperados.economy import rewards
from desperados.economy import service as economy
from desperados.engine.game import Game
from desperados.inventory import service as inventory
from desperados.inventory import staff as item_staff
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.rules import CAPS
from desperados.ledger.money.sources import Source
from tests.economy.market.market_world import add_item
from tests.economy.money_worlds import assert_sound, findings
from tests.worlds import STAFF, add_character

REASON = "for the test"


@pytest.fixture
async def waiting(game: Game) -> dict[str, ObjectId]:
    """Ann has a reward of money and one of goods; of both a part was claimed."""
    await add_item("anvil", weight=100)
    ann = await add_character(game, dollars=CAPS[Currency.DOLLARS])
    await economy.earn(ann, 250, source=Source.QUEST_REWARD)
    await item_staff.grant_items(STAFF, ann, "anvil", quantity=12, reason=REASON)
    await economy.spend(ann, 50, source=Source.TRAVEL_FARE)
    await item_staff.remove_items(STAFF, ann, "anvil", quantity=1, reason=REASON)
    (money,) = (await rewards.list_rewards(ann)).items
    (goods,) = (await inventory.pending_items(ann)).items
    await rewards.claim_reward(ann, money.id)
    await inventory.claim_items(ann, goods.id)
    await assert_sound()
    return {"ann": ann, "money": money.id, "goods": goods.id}


async def edit(game: Game, reward: ObjectId, **fields: Any) -> None:
    result = await game.database["pendingrewards"].update_one({"_id": reward}, {"$set": fields})
    assert result.modified_count == 1


@pytest.mark.parametrize(("kind", "account"), [("money", "wallet"), ("goods", "pack")])
async def test_a_reward_that_was_given_to_somebody_else_is_named(
    game: Game, waiting: dict[str, ObjectId], kind: str, account: str
) -> None:
    thief = await add_character(game)
    await edit(game, waiting[kind], characterId=thief)
    assert await findings("rewards") == [
        (
            f"pendingrewards/{waiting[kind]}",
            f"is {thief}'s, but was parked for {waiting['ann']}",
        ),
        (
            f"pendingrewards/{waiting[kind]}",
            f"is {thief}'s, but paid {account}:{waiting['ann']}",
        ),
    ]


@pytest.mark.parametrize("kind", ["money", "goods"])
async def test_a_reward_that_was_marked_as_claimed_is_named(
    game: Game, waiting: dict[str, ObjectId], kind: str
) -> None:
    when = (await game.database["operations"].find_one({}))["createdAt"]
    await edit(game, waiting[kind], claimedAt=when)
    ((where, problem),) = await findings("rewards")
    assert where == f"pendingrewards/{waiting[kind]}"
    assert problem.startswith("was claimed, but holds {")


@pytest.mark.parametrize("collection", ["accountentries", "itemmovements"])
async def test_a_reward_that_was_filled_for_nobody_is_named(
    game: Game, waiting: dict[str, ObjectId], collection: str
) -> None:
    await game.database[collection].update_many({}, {"$unset": {"owner": ""}})
    assert ("was filled, but for nobody") in [problem for _, problem in await findings("rewards")]
