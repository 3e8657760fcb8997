"""A forced reversal takes what is there; the rest is a debt, and never a coin out of nothing."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.economy import service as economy
from desperados.economy import transfers
from desperados.economy.bank import service as bank
from desperados.economy.corrections import debts, staff
from desperados.economy.errors import (
    AlreadyReversed,
    DebtClosed,
    DebtNotFound,
    DebtsOpen,
    NotReversible,
)
from desperados.engine import clock
from desperados.engine.errors import InvalidInput
from desperados.engine.game import Game
from desperados.engine.transactions import transactional
from desperados.engine.work import Jobs
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.errors import AccountNotFound, InsufficientFunds
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.sources import Source
from tests.economy.money_worlds import add_settler, assert_sound, mark_deleted, place_of
from tests.games import embedded
from tests.sweeps import sweep_all, sweep_named
from tests.worlds import STAFF, add_character, fingerprint, leave_the_world

REASON = "stolen goods"
NOW = clock.now()
COLLECTION = sweep_named("debt_collection")


async def spend(who: ObjectId, amount: int) -> None:
    await economy.spend(who, amount, source=Source.TRAVEL_FARE)


async def dollars(*people: ObjectId) -> list[int]:
    return [(await economy.balance(who)).dollars for who in people]


async def owed(who: ObjectId) -> list[tuple[int, str]]:
    return [(debt.owed, debt.status.value) for debt in (await debts.list_debts(who)).items]


@pytest.fixture
async def stolen(game: Game) -> tuple[ObjectId, ObjectId, staff.ReversalView]:
    """Bob got 40 of Ann's dollars, spent 30, and was made to give back."""
    ann, bob = await add_character(game, dollars=100), await add_character(game)
    moved = await economy.transfer(ann, bob, 40)
    await spend(bob, 30)
    return ann, bob, await staff.reverse(STAFF, moved.operation, reason=REASON, force=True)


Stolen = tuple[ObjectId, ObjectId, staff.ReversalView]


async def test_without_force_what_was_spent_is_a_precise_refusal(game: Game) -> None:
    ann, bob = await add_character(game, dollars=100), await add_character(game)
    moved = await economy.transfer(ann, bob, 40)
    await spend(bob, 30)
    before = await fingerprint(game)
    with pytest.raises(InsufficientFunds) as refusal:
        await staff.reverse(STAFF, moved.operation, reason=REASON)
    assert refusal.value.facts == {
        "account": f"wallet:{bob}",
        "currency": "dollars",
        "had": 10,
        "needed": 40,
    }
    assert await fingerprint(game) == before


async def test_force_takes_what_is_there_and_leaves_a_debt(game: Game, stolen: Stolen) -> None:
    ann, bob, undone = stolen
    assert await dollars(ann, bob) == [70, 0]
    assert (undone.owed, len(undone.debts), undone.movements) == (30, 1, 2)
    (debt,) = (await debts.list_debts(bob)).items
    assert (debt.id, debt.creditor_id, debt.amount) == (undone.debts[0], ann, 30)
    log = await game.database["auditlogs"].find_one({"action": "OPERATION_REVERSED"})
    assert log["details"]["debts"] == [debt.id]
    await assert_sound()


async def test_what_the_debtor_earns_goes_to_whom_it_is_owed(game: Game, stolen: Stolen) -> None:
    ann, bob, undone = stolen
    await sweep_all(COLLECTION, NOW)
    assert await owed(bob) == [(30, "open")]
    await economy.earn(bob, 12, source=Source.JOB_WAGE)
    await sweep_all(COLLECTION, NOW)
    assert await dollars(ann, bob) == [82, 0]
    assert await owed(bob) == [(18, "open")]
    await economy.earn(bob, 50, source=Source.JOB_WAGE)
    await asyncio.gather(*(sweep_all(COLLECTION, NOW) for _ in range(3)))
    assert await dollars(ann, bob) == [100, 32]
    assert await owed(bob) == [(0, "repaid")]
    rows = await economy.history(ann, limit=2)
    assert [(row.source, row.amount, row.reference) for row in rows.items] == [
        ("debt_repaid", 18, undone.debts[0]),
        ("debt_repaid", 12, undone.debts[0]),
    ]
    await assert_sound()


async def test_who_has_nothing_left_owes_all_of_it(game: Game) -> None:
    ann, bob = await add_character(game, dollars=100), await add_character(game)
    moved = await economy.transfer(ann, bob, 40)
    await spend(bob, 40)
    undone = await staff.reverse(STAFF, moved.operation, reason=REASON, force=True)
    assert (undone.operation, undone.movements, undone.owed) == (None, 0, 40)
    with pytest.raises(AlreadyReversed):
        await staff.reverse(STAFF, moved.operation, reason=REASON, force=True)
    assert await owed(bob) == [(40, "open")]
    await assert_sound()


async def test_five_forced_reversals_at_once_leave_one_debt(game: Game) -> None:
    ann, bob = await add_character(game, dollars=100), await add_character(game)
    moved = await economy.transfer(ann, bob, 40)
    await spend(bob, 15)
    results = await asyncio.gather(
        *(staff.reverse(STAFF, moved.operation, reason=REASON, force=True) for _ in range(5)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, AlreadyReversed) for result in results) == 4
    assert await owed(bob) == [(15, "open")]
    await assert_sound()


async def test_income_that_was_spent_is_owed_to_the_world_and_burned(game: Game) -> None:
    bob = await add_character(game)
    paid = await economy.earn(bob, 40, source=Source.QUEST_REWARD)
    await spend(bob, 25)
    await staff.reverse(STAFF, paid.operation, reason=REASON, force=True)
    await economy.earn(bob, 100, source=Source.JOB_WAGE)
    await sweep_all(COLLECTION, NOW)
    assert await dollars(bob) == [75]
    assert await owed(bob) == [(0, "repaid")]
    await assert_sound()


async def test_each_recipient_of_a_batch_owes_what_he_spent(game: Game) -> None:
    ann, bob, cole = [await add_settler(game, dollars=d) for d in (1000, 0, 0)]
    sent = await transfers.send_many(
        ann,
        [
            transfers.Payment(recipient_id=bob, amount=100),
            transfers.Payment(recipient_id=cole, amount=50),
        ],
    )
    await spend(bob, 70)
    undone = await staff.reverse(STAFF, sent.operation, reason=REASON, force=True)
    assert (undone.owed, await dollars(ann, bob, cole)) == (70, [930, 0, 0])
    assert await owed(cole) == []
    await assert_sound()


async def test_a_batch_of_many_is_undone_with_as_many_reads_as_one_of_few(game: Game) -> None:
    stats, reads = embedded(game).stats, []
    for many in (2, 9):
        ann = await add_settler(game, dollars=1000)
        people = [await add_settler(game) for _ in range(many)]
        sent = await transfers.send_many(
            ann, [transfers.Payment(recipient_id=who, amount=50) for who in people]
        )
        for who in people:
            await spend(who, 40)
        stats.reset()
        undone = await staff.reverse(STAFF, sent.operation, reason=REASON, force=True)
        reads.append(stats.commands["find"])
        assert undone.owed == 40 * many
    assert reads[0] == reads[1]


async def test_a_debt_is_taken_from_the_vault_when_the_wallet_is_empty(
    game: Game, stolen: Stolen
) -> None:
    ann, bob, _ = stolen
    await place_of(game, bob, type="bank")
    await bank.open_vault(bob)
    await economy.earn(bob, 25, source=Source.JOB_WAGE)
    await bank.deposit(bob, 20)
    await sweep_all(COLLECTION, NOW)
    assert await dollars(ann, bob) == [95, 0]
    assert (await bank.vault(bob)).balance == 0
    assert await owed(bob) == [(5, "open")]
    await assert_sound()


async def test_a_debtor_stays_in_the_world_until_he_can_pay_and_pays_first(
    game: Game, stolen: Stolen
) -> None:
    ann, bob, _ = stolen
    await economy.earn(bob, 20, source=Source.JOB_WAGE)
    before = await fingerprint(game)
    with pytest.raises(DebtsOpen):
        await leave_the_world(game, bob)
    assert await fingerprint(game) == before
    await economy.earn(bob, 15, source=Source.JOB_WAGE)
    await leave_the_world(game, bob)
    assert await dollars(ann) == [100]
    assert await owed(bob) == [(0, "repaid")]
    await assert_sound()


async def test_the_debt_of_somebody_whom_another_program_deleted_is_over(
    game: Game, stolen: Stolen
) -> None:
    ann, bob, _ = stolen
    await mark_deleted(game, bob)
    await sweep_all(COLLECTION, NOW)
    assert await dollars(ann) == [70]
    assert await owed(bob) == [(0, "void")]


async def test_a_debt_to_somebody_who_is_gone_is_over(game: Game, stolen: Stolen) -> None:
    ann, bob, _ = stolen
    await leave_the_world(game, ann)
    await economy.earn(bob, 20, source=Source.JOB_WAGE)
    await sweep_all(COLLECTION, NOW)
    assert (await dollars(bob), await owed(bob)) == ([20], [(0, "void")])
    await assert_sound()


async def test_nobody_is_made_to_pay_for_who_is_gone(game: Game) -> None:
    ann, bob = await add_character(game, dollars=100), await add_character(game)
    moved = await economy.transfer(ann, bob, 40)
    await leave_the_world(game, bob)
    for force in (False, True):
        with pytest.raises(AccountNotFound):
            await staff.reverse(STAFF, moved.operation, reason=REASON, force=force)


async def test_staff_forgive_a_debt_once(game: Game, stolen: Stolen) -> None:
    ann, bob, undone = stolen
    for reason in ("no", "x" * 501):
        with pytest.raises(InvalidInput):
            await debts.forgive_debt(STAFF, undone.debts[0], reason=reason)
    forgiven = await debts.forgive_debt(STAFF, undone.debts[0], reason="he was robbed, too")
    assert (forgiven.owed, forgiven.status) == (0, "forgiven")
    with pytest.raises(DebtClosed):
        await debts.forgive_debt(STAFF, undone.debts[0], reason="he was robbed, too")
    with pytest.raises(DebtNotFound):
        await debts.forgive_debt(STAFF, ObjectId(), reason="he was robbed, too")
    await economy.earn(bob, 20, source=Source.JOB_WAGE)
    await sweep_all(COLLECTION, NOW)
    assert await dollars(ann, bob) == [70, 20]
    log = await game.database["auditlogs"].find_one({"action": "DEBT_FORGIVEN"})
    assert log["details"]["owed"] == 30


async def test_force_is_refused_where_two_would_wait_for_one(game: Game) -> None:
    """Both sides of a swap gave: what one lacks cannot be told from what the other does."""
    from desperados.ledger.money import ledger
    from desperados.ledger.money.accounts import wallet

    ann, bob, cole = [await add_character(game, dollars=100) for _ in range(3)]

    @transactional
    async def pay_one() -> ObjectId:
        movements = [
            movement
            for giver in (ann, bob)
            for movement in ledger.move(
                wallet(giver), wallet(cole), Currency.DOLLARS, 50, Source.TRADE
            )
        ]
        return (await ledger.post(movements, OperationKind.TRADE)).operation

    operation = await pay_one()
    await spend(cole, 180)
    with pytest.raises(NotReversible):
        await staff.reverse(STAFF, operation, reason=REASON, force=True)


async def test_a_debt_is_collected_as_far_as_there_is_money_and_once(
    game: Game, stolen: Stolen
) -> None:
    _, bob, undone = stolen
    await economy.earn(bob, 12, source=Source.JOB_WAGE)
    taken = await asyncio.gather(*(debts.collect_debt(undone.debts[0]) for _ in range(3)))
    assert sorted(taken) == [0, 0, 12]
    assert await debts.collect_debt(ObjectId()) == 0
    await assert_sound()


async def test_collecting_is_due_work(game: Game, stolen: Stolen) -> None:
    ann, bob, _ = stolen
    await economy.earn(bob, 30, source=Source.JOB_WAGE)
    jobs: Any = Jobs([COLLECTION])
    with clock.frozen(clock.now() + timedelta(hours=1)):
        await jobs.run_until_idle()
    assert await dollars(ann, bob) == [100, 0]
