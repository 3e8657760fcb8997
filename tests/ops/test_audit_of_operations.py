"""The audit sees what was edited together with its balance: each posting says what it posted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.economy import service as economy
from desperados.engine import clock
from desperados.engine.game import Game
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.sources import Source
from tests.economy.money_worlds import assert_sound, findings
from tests.worlds import add_character

OLD = datetime(2020, 5, 1, tzinfo=UTC)


async def row_of(game: Game, character: ObjectId, seq: int) -> dict[str, Any]:
    row: dict[str, Any] = await game.database["goldtransactions"].find_one(
        {"characterId": character, "currency": "dollars", "seq": seq}
    )
    return row


async def edit(game: Game, collection: str, identity: Any, **fields: Any) -> None:
    result = await game.database[collection].update_one({"_id": identity}, {"$set": fields})
    assert result.modified_count == 1


async def forge(game: Game, who: ObjectId, amount: int, **fields: Any) -> dict[str, Any]:
    """A row that makes money, with the balance and the count that go with it."""
    wallet = await game.database["characters"].find_one({"_id": who})
    seq = wallet["ledgerSeq"]["dollars"] + 1
    row = {
        "_id": ObjectId(),
        "characterId": who,
        "type": "earn",
        "currency": "dollars",
        "amount": amount,
        "source": Source.QUEST_REWARD.value,
        "balanceBefore": wallet["dollars"],
        "balanceAfter": wallet["dollars"] + amount,
        "createdAt": clock.now(),
        "seq": seq,
        "operation": ObjectId(),
        "counterparty": "world",
        **fields,
    }
    await game.database["goldtransactions"].insert_one(dict(row))
    await edit(
        game, "characters", who, dollars=wallet["dollars"] + amount, **{"ledgerSeq.dollars": seq}
    )
    return row


async def forget_operations(game: Game) -> None:
    """The world as it was before operations were written."""
    await game.database["operations"].delete_many({})
    for name in ("goldtransactions", "accountentries"):
        await game.database[name].update_many({}, {"$set": {"createdAt": OLD}})


@pytest.fixture
async def ann(game: Game) -> ObjectId:
    """A character with 95 dollars: a grant and a fare."""
    ann = await add_character(game, dollars=100)
    await economy.spend(ann, 5, source=Source.TRAVEL_FARE)
    return ann


async def test_a_rewritten_end_of_a_chain_is_named(game: Game, ann: ObjectId) -> None:
    last = await row_of(game, ann, 2)
    await edit(game, "goldtransactions", last["_id"], amount=-1, balanceAfter=99)
    await edit(game, "characters", ann, dollars=99)
    assert await findings() == [
        (f"operations/{last['operation']}", "its rows are not those that were posted")
    ]


async def test_a_last_row_that_was_taken_out_with_its_balance_is_named(
    game: Game, ann: ObjectId
) -> None:
    last = await row_of(game, ann, 2)
    await game.database["goldtransactions"].delete_one({"_id": last["_id"]})
    await edit(game, "characters", ann, dollars=100, **{"ledgerSeq.dollars": 1})
    assert await findings() == [
        (f"operations/{last['operation']}", "has 0 rows, but 1 were posted")
    ]


async def test_both_legs_of_a_transfer_that_were_edited_are_named(
    game: Game, ann: ObjectId
) -> None:
    bob = await add_character(game)
    await economy.transfer(ann, bob, 10)
    for who, amount, after in ((ann, -90, 5), (bob, 90, 90)):
        where = {"characterId": who, "source": "player_transfer"}
        row = await game.database["goldtransactions"].find_one(where)
        await edit(game, "goldtransactions", row["_id"], amount=amount, balanceAfter=after)
        await edit(game, "characters", who, dollars=after)
    assert [problem for _, problem in await findings()] == [
        "its rows are not those that were posted"
    ]


async def test_a_mint_that_belongs_to_no_operation_is_named(game: Game, ann: ObjectId) -> None:
    row = await forge(game, ann, 50)
    assert await findings() == [
        (f"goldtransactions/{row['_id']}", f"its operation {row['operation']} is not there")
    ]


async def test_a_mint_without_the_name_of_an_operation_is_named(game: Game, ann: ObjectId) -> None:
    row = await forge(game, ann, 50, operation=None)
    assert await findings() == [(f"goldtransactions/{row['_id']}", "belongs to no operation")]


async def test_a_mint_that_hides_in_an_operation_of_another_kind_is_named(
    game: Game, ann: ObjectId
) -> None:
    fare = (await row_of(game, ann, 2))["operation"]
    await forge(game, ann, 50, operation=fare)
    where = f"operations/{fare}"
    assert await findings() == [
        (where, "is a spending, but has rows from ['quest_reward']"),
        (where, "has 2 rows, but 1 were posted"),
    ]


async def test_an_operation_that_was_invented_is_named_by_its_kind(
    game: Game, ann: ObjectId
) -> None:
    row = await forge(game, ann, 50)
    await game.database["operations"].insert_one(
        {
            "_id": row["operation"],
            "kind": "blessing",
            "legs": 1,
            "digest": "",
            "createdAt": clock.now(),
        }
    )
    assert await findings() == [
        (f"operations/{row['operation']}", "is of the unknown kind 'blessing'")
    ]


async def test_rows_of_before_operations_were_written_are_accepted(
    game: Game, ann: ObjectId
) -> None:
    await forget_operations(game)
    await assert_sound()
    await economy.earn(ann, 5, source=Source.JOB_WAGE)
    await economy.spend(ann, 1, source=Source.TRAVEL_FARE)
    await assert_sound()


async def test_a_mint_that_pretends_to_be_old_is_named_by_what_it_follows(
    game: Game, ann: ObjectId
) -> None:
    await forget_operations(game)
    await economy.earn(ann, 5, source=Source.JOB_WAGE)
    row = await forge(game, ann, 50, createdAt=OLD + timedelta(days=1))
    assert await findings() == [
        (
            f"goldtransactions/{row['_id']}",
            "is dated before the row that it follows had an operation",
        )
    ]


async def test_an_adopted_balance_is_an_operation_of_its_own(game: Game) -> None:
    ann, bob = await add_character(game), await add_character(game)
    await game.database["characters"].update_one(
        {"_id": ann}, {"$set": {"dollars": 70}, "$unset": {"ledgerSeq": ""}}
    )
    moved = await economy.transfer(ann, bob, 10, currency=Currency.DOLLARS)
    kinds = {
        row["kind"]: (row["_id"], row["legs"]) async for row in game.database["operations"].find({})
    }
    opening = await row_of(game, ann, 1)
    assert kinds == {"adoption": (opening["operation"], 1), "transfer": (moved.operation, 2)}
    await assert_sound()
