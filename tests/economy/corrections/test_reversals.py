"""A reversal is the exact mirror of its operation, once, or it is refused."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId

from desperados.economy import service as economy
from desperados.economy.bank import investments
from desperados.economy.bank import service as bank
from desperados.economy.corrections import debts, staff
from desperados.economy.errors import AlreadyReversed, NotReversible
from desperados.engine import clock
from desperados.engine.game import Game
from desperados.ledger.money import archive
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.errors import InsufficientFunds
from desperados.ledger.money.rules import CAPS
from desperados.ledger.money.sources import Source
from tests.economy.money_worlds import add_products, add_settler, assert_sound, findings, place_of
from tests.sweeps import sweep_all, sweep_named
from tests.worlds import STAFF, add_character, fingerprint

WHO = STAFF
REASON = "sent by mistake"
COLLECTION = sweep_named("debt_collection")
START = datetime(2100, 1, 1, tzinfo=UTC)
COLLECTION = sweep_named("debt_collection")


async def dollars(*people: ObjectId) -> list[int]:
    return [(await economy.balance(who)).dollars for who in people]


async def foreign(game: Game, dollars: int) -> ObjectId:
    """A character whose wallet another program filled."""
    who = await add_character(game)
    await game.database["characters"].update_one(
        {"_id": who}, {"$set": {"dollars": dollars}, "$unset": {"ledgerSeq": ""}}
    )
    return who


async def test_undoing_a_first_payment_leaves_the_savings_that_were_there_before(
    game: Game,
) -> None:
    ann, bob = await foreign(game, 500), await foreign(game, 70)
    moved = await economy.transfer(ann, bob, 40)
    undone = await staff.reverse(WHO, moved.operation, reason=REASON)
    assert undone.movements == 2
    assert await dollars(ann, bob) == [500, 70]
    await assert_sound()


async def test_an_operation_whose_legs_are_half_archived_is_undone_whole(game: Game) -> None:
    with clock.frozen(START) as time:
        ann, bob = await add_character(game, dollars=100), await add_character(game)
        moved = await economy.transfer(ann, bob, 40)
        time.advance(days=1)
        await economy.spend(ann, 1, source=Source.TRAVEL_FARE)
        time.advance(days=400)
        await archive.archive_rows(clock.now())
        of_it = {"operation": moved.operation}
        assert await game.database["archivedtransactions"].count_documents(of_it) == 1
        assert await game.database["goldtransactions"].count_documents(of_it) == 1
        undone = await staff.reverse(WHO, moved.operation, reason=REASON)
    assert undone.movements == 2
    assert await dollars(ann, bob) == [99, 0]
    await assert_sound()


async def edit(game: Game, collection: str, where: dict[str, Any], **fields: Any) -> None:
    result = await game.database[collection].update_one(where, {"$set": fields})
    assert result.modified_count == 1


async def test_an_operation_says_what_it_was_and_who_undid_it(game: Game) -> None:
    ann, bob = await add_character(game, dollars=100), await add_character(game)
    moved = await economy.transfer(ann, bob, 40)
    shown = await staff.operation(moved.operation)
    assert (shown.kind, shown.reversible, shown.final) == ("transfer", True, None)
    assert sorted((leg.account, leg.amount, leg.balance_after) for leg in shown.legs) == sorted(
        [(f"wallet:{ann}", -40, 60), (f"wallet:{bob}", 40, 40)]
    )
    undone = await staff.reverse(WHO, moved.operation, reason=REASON)
    shown = await staff.operation(moved.operation)
    assert (shown.reversible, shown.reversed_by, shown.reversal) == (
        False,
        undone.operation,
        REASON,
    )
    assert undone.operation is not None
    reversal = await staff.operation(undone.operation)
    assert (reversal.kind, reversal.reverses) == ("reversal", moved.operation)


async def test_what_undid_something_is_not_undone_itself(game: Game) -> None:
    ann, bob = await add_character(game, dollars=100), await add_character(game)
    moved = await economy.transfer(ann, bob, 40)
    undone = await staff.reverse(WHO, moved.operation, reason=REASON)
    assert undone.operation is not None
    with pytest.raises(NotReversible):
        await staff.reverse(WHO, undone.operation, reason=REASON)


async def test_what_was_paid_for_by_an_operation_keeps_it_final(game: Game) -> None:
    ann = await add_settler(game, dollars=5_000)
    await place_of(game, ann, type="bank")
    await add_products(game)
    await bank.open_vault(ann)
    await bank.upgrade_vault(ann, "silver")
    investment = await investments.invest(ann, "treasury_bond", 500)
    await investments.redeem(ann, investment.id)
    before = await fingerprint(game)
    for kind in ("vault_upgrade", "investment", "redemption"):
        row = await game.database["operations"].find_one({"kind": kind})
        assert not (await staff.operation(row["_id"])).reversible
        with pytest.raises(NotReversible):
            await staff.reverse(WHO, row["_id"], reason=REASON)
    assert await fingerprint(game) == before


async def test_an_operation_that_lost_a_leg_is_not_undone_by_half(game: Game) -> None:
    ann, bob = await add_character(game, dollars=100), await add_character(game)
    moved = await economy.transfer(ann, bob, 40)
    await game.database["goldtransactions"].delete_one(
        {"operation": moved.operation, "characterId": bob}
    )
    with pytest.raises(NotReversible):
        await staff.reverse(WHO, moved.operation, reason=REASON)
    # Without its operation, as in older worlds, the sum says so.
    await game.database["operations"].delete_one({"_id": moved.operation})
    with pytest.raises(NotReversible):
        await staff.reverse(WHO, moved.operation, reason=REASON)
    assert await dollars(ann, bob) == [60, 40]


async def test_an_operation_of_before_there_were_any_is_undone_without_what_it_adopted(
    game: Game,
) -> None:
    ann, bob = await foreign(game, 500), await add_character(game)
    moved = await economy.transfer(ann, bob, 40)
    rows = game.database["goldtransactions"]
    await rows.update_many({}, {"$set": {"operation": moved.operation, "createdAt": START}})
    await game.database["operations"].delete_many({})
    assert (await staff.operation(moved.operation)).kind is None
    with clock.frozen(START.replace(year=2101)):
        assert (await staff.reverse(WHO, moved.operation, reason=REASON)).movements == 2
        with pytest.raises(AlreadyReversed):
            await staff.reverse(WHO, moved.operation, reason=REASON)
    assert await dollars(ann, bob) == [500, 0]
    await assert_sound()


async def test_what_comes_back_to_a_full_wallet_waits_and_is_still_the_mirror(game: Game) -> None:
    ann = await add_character(game, dollars=CAPS[Currency.DOLLARS])
    bob = await add_character(game)
    moved = await economy.transfer(ann, bob, 40)
    await economy.earn(ann, 25, source=Source.JOB_WAGE)
    await staff.reverse(WHO, moved.operation, reason=REASON)
    assert await dollars(ann, bob) == [CAPS[Currency.DOLLARS], 0]
    await assert_sound()


async def test_reversals_spending_and_collection_at_once_keep_every_pair(game: Game) -> None:
    people = [await add_character(game, dollars=100) for _ in range(4)]
    moved = [
        (await economy.transfer(people[n], people[(n + 1) % 4], 60)).operation for n in range(4)
    ]
    outcomes = await asyncio.gather(
        *(
            staff.reverse(WHO, operation, reason=REASON, force=True)
            for operation in moved
            for _ in range(3)
        ),
        *(economy.spend(who, 70, source=Source.TRAVEL_FARE) for who in people),
        *(sweep_all(COLLECTION, START) for _ in range(3)),
        return_exceptions=True,
    )
    failures = {type(outcome) for outcome in outcomes if isinstance(outcome, Exception)}
    assert failures <= {AlreadyReversed, InsufficientFunds}
    assert sum(isinstance(outcome, staff.ReversalView) for outcome in outcomes) == 4
    await economy.earn(people[0], 500, source=Source.JOB_WAGE)
    left = (await debts.list_debts(people[0])).items
    await asyncio.gather(*(debts.collect_debt(debt.id) for debt in left for _ in range(3)))
    assert all(debt.owed == 0 for debt in (await debts.list_debts(people[0])).items)
    await assert_sound()


# The audit


@pytest.fixture
async def forced(game: Game) -> dict[str, ObjectId]:
    """Bob spent 30 of the 40 that came from Ann, and was made to give back; 12 he repaid."""
    ann, bob = await add_character(game, dollars=100), await add_character(game)
    moved = await economy.transfer(ann, bob, 40)
    await economy.spend(bob, 30, source=Source.TRAVEL_FARE)
    undone = await staff.reverse(WHO, moved.operation, reason=REASON, force=True)
    await economy.earn(bob, 12, source=Source.JOB_WAGE)
    await sweep_all(COLLECTION, START)
    await assert_sound()
    assert undone.operation is not None
    return {
        "ann": ann,
        "bob": bob,
        "undone": moved.operation,
        "by": undone.operation,
        "debt": undone.debts[0],
    }


async def test_a_missing_reversal_row_is_named_on_both_sides(
    game: Game, forced: dict[str, ObjectId]
) -> None:
    await game.database["reversals"].delete_one({"_id": forced["undone"]})
    problem = "was undone or undid another, but no row says who did it"
    assert sorted(await findings("reversals")) == sorted(
        [(f"operations/{forced['undone']}", problem), (f"operations/{forced['by']}", problem)]
    )
    assert await findings("debts") == [
        (f"debts/{forced['debt']}", "is for an operation that nobody undid")
    ]


async def test_a_reversal_that_took_another_amount_than_it_undid_is_named(
    game: Game, forced: dict[str, ObjectId]
) -> None:
    await edit(game, "debts", {"_id": forced["debt"]}, amount=35)
    found = dict(await findings("reversals"))
    assert list(found) == [f"reversals/{forced['undone']}"]
    assert "is no mirror of what it undid: " in found[f"reversals/{forced['undone']}"]


async def test_a_reversal_of_something_else_is_named(
    game: Game, forced: dict[str, ObjectId]
) -> None:
    await edit(game, "operations", {"_id": forced["by"]}, reverses=ObjectId())
    problems = dict(await findings("reversals"))
    undone = f"operations/{forced['undone']}"
    assert problems[undone] == f"was undone by {forced['by']}, which does not say so"


async def test_an_operation_that_forgot_that_it_was_undone_is_named(
    game: Game, forced: dict[str, ObjectId]
) -> None:
    await game.database["operations"].update_one(
        {"_id": forced["undone"]}, {"$unset": {"reversedBy": ""}}
    )
    assert await findings("reversals") == [
        (f"operations/{forced['by']}", f"undid {forced['undone']}, which does not say so")
    ]


async def test_a_reversal_of_nothing_is_named(game: Game) -> None:
    nothing = ObjectId()
    await game.database["reversals"].insert_one({"_id": nothing, "by": WHO, "reason": REASON})
    assert await findings("reversals") == [
        (f"reversals/{nothing}", "undid an operation that is not there")
    ]


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"owed": 5}, "is open with 5 owed, but its rows leave 18"),
        ({"status": "repaid", "owed": 0, "closedAt": START}, "is repaid, but 18 of it were not"),
        ({"status": "forgiven", "owed": 0, "closedAt": START}, "is forgiven, but 18 of it"),
        ({"status": "void", "owed": 0, "closedAt": START}, "is void, but 18 of it were not"),
        ({"closedAt": START}, "is open, and closed at 2100-01-01"),
        ({"creditorId": WHO}, f"is owed to wallet:{WHO}, but was repaid to ['wallet:"),
        ({"operation": WHO}, "is for an operation that nobody undid"),
    ],
)
async def test_a_debt_that_was_edited_is_named(
    game: Game, forced: dict[str, ObjectId], changed: dict[str, Any], problem: str
) -> None:
    await edit(game, "debts", {"_id": forced["debt"]}, **changed)
    ((where, found),) = await findings("debts")
    assert where == f"debts/{forced['debt']}"
    assert problem in found


async def test_debts_that_were_forgiven_or_are_void_are_explained(
    game: Game, forced: dict[str, ObjectId]
) -> None:
    await debts.forgive_debt(WHO, forced["debt"], reason="he was robbed, too")
    await assert_sound()
