"""The audit names what is off: each test breaks the world by hand in one way."""

from typing import Any

import pytest
from bson import ObjectId

from desperados.economy import service as economy
from desperados.engine.game import Game
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.sources import Source
from desperados.ops.audit import audit
from tests.worlds import add_character


async def trade(game: Game) -> tuple[ObjectId, ObjectId]:
    """Ann and Bob with a history of five rows."""
    ann, bob = await add_character(game, dollars=100), await add_character(game, dollars=50)
    await economy.transfer(ann, bob, 10)
    await economy.spend(bob, 5, source=Source.TRAVEL_FARE)
    return ann, bob


async def row_of(game: Game, character: ObjectId, seq: int) -> dict[str, Any]:
    row: dict[str, Any] = await game.database["goldtransactions"].find_one(
        {"characterId": character, "currency": "dollars", "seq": seq}
    )
    return row


async def test_an_honest_world_is_clean_and_says_what_it_looked_at(game: Game) -> None:
    await trade(game)
    report = await audit()
    assert report.clean
    assert report.first is None
    examined = {check.name: check.examined for check in report.checks}
    assert examined["chains"] == 5 + 2
    assert examined["operations"] == 4
    assert examined["references"] > 0
    assert examined["supply"] == len(Currency)
    dollars = report.supplies[0]
    assert (dollars.total, dollars.minted, dollars.burned) == (145, 150, 5)


async def test_a_balance_that_was_edited_is_named(game: Game) -> None:
    ann, _ = await trade(game)
    await game.database["characters"].update_one({"_id": ann}, {"$inc": {"dollars": 7}})
    report = await audit()
    assert report.first is not None
    assert report.first.where == f"characters/{ann}"
    assert "holds 97 dollars, but its rows end at 90" in report.first.problem
    (supply,) = [finding for check in report.checks for finding in check.findings][1:]
    assert "+7 coins are unexplained" in supply.problem


async def test_money_in_a_wallet_that_never_had_any_is_named(game: Game) -> None:
    ann, _ = await trade(game)
    await game.database["characters"].update_one({"_id": ann}, {"$set": {"gold": 5}})
    report = await audit()
    assert report.first is not None
    assert "holds 5 gold, but its rows end at 0" in report.first.problem


async def test_a_missing_row_is_named_by_the_one_after_it(game: Game) -> None:
    _, bob = await trade(game)
    gone = await row_of(game, bob, 2)
    await game.database["goldtransactions"].delete_one({"_id": gone["_id"]})
    report = await audit()
    after = await row_of(game, bob, 3)
    assert report.first is not None
    assert report.first.where == f"goldtransactions/{after['_id']}"
    assert "row 3 of" in report.first.problem
    (operations,) = (check for check in report.checks if check.name == "operations")
    assert "moved -10 dollars too many" in operations.findings[0].problem


async def test_a_missing_last_row_is_named_by_its_account(game: Game) -> None:
    _, bob = await trade(game)
    gone = await row_of(game, bob, 3)
    await game.database["goldtransactions"].delete_one({"_id": gone["_id"]})
    report = await audit()
    assert report.first is not None
    assert report.first.where == f"characters/{bob}"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"amount": 11}, "50 +11 is not 60"),
        ({"balanceBefore": 49}, "begins at 49, but the row before ended at 50"),
        ({"amount": 10.5, "balanceAfter": 60.5}, "holds a fraction of a coin"),
        ({"source": "thin_air"}, "unknown source"),
        ({"type": "earn"}, "is of type 'earn'"),
        ({"source": "travel_fare", "type": "spend"}, "wrong sign"),
    ],
)
async def test_a_row_that_was_edited_is_named(
    game: Game, change: dict[str, Any], problem: str
) -> None:
    _, bob = await trade(game)
    row = await row_of(game, bob, 2)
    await game.database["goldtransactions"].update_one({"_id": row["_id"]}, {"$set": change})
    report = await audit()
    found = [finding for finding in report.checks[0].findings if problem in finding.problem]
    assert found
    assert found[0].where == f"goldtransactions/{row['_id']}"


async def test_rows_of_an_account_that_is_gone_are_named(game: Game) -> None:
    ann, _ = await trade(game)
    await game.database["characters"].delete_one({"_id": ann})
    report = await audit()
    problems = [finding.problem for check in report.checks for finding in check.findings]
    assert any("of no known account" in problem for problem in problems)
    assert any("not in characters" in problem for problem in problems)


async def test_a_dangling_reference_is_named(game: Game) -> None:
    ann, _ = await trade(game)
    nowhere = ObjectId()
    await game.database["characters"].update_one(
        {"_id": ann}, {"$set": {"currentLocationId": nowhere}}
    )
    report = await audit()
    assert report.first is not None
    assert report.first.where == f"characters/{ann}"
    assert f"currentLocationId names {nowhere}, not in locations" in report.first.problem


async def test_a_balance_below_zero_or_above_its_cap_is_named(game: Game) -> None:
    ann, bob = await trade(game)
    await game.database["characters"].update_one({"_id": ann}, {"$set": {"dollars": -1}})
    await game.database["characters"].update_one({"_id": bob}, {"$set": {"gold": 10**6}})
    problems = [finding.problem for finding in (await audit()).checks[0].findings]
    assert any("outside 0 to 2147483647" in problem for problem in problems)
    assert any("outside 0 to 100000" in problem for problem in problems)
