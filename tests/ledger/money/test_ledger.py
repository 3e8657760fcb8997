"""The ledger: whole coins, unbroken chains, nothing made and nothing lost."""

import asyncio
import contextlib
import random
from dataclasses import replace
from typing import Any

import pytest
from bson import Int64, ObjectId

from desperados.characters.errors import CharacterNotFound
from desperados.economy import service as economy
from desperados.economy.errors import RecipientNotFound, SelfTransfer
from desperados.engine.errors import KeyReused
from desperados.engine.game import Game
from desperados.engine.transactions import transaction
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import wallet
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.errors import (
    FractionalAmount,
    InsufficientFunds,
    InvalidAmount,
    NegativeAmount,
    OversizedAmount,
    UnbalancedPosting,
    UnknownCurrency,
    UnknownSource,
    ZeroAmount,
)
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.rules import CAPS
from desperados.ledger.money.sources import Source
from desperados.ops.audit import audit
from tests.worlds import add_character, fingerprint


async def rows(game: Game, character: ObjectId) -> list[dict[str, Any]]:
    cursor = game.database["goldtransactions"].find({"characterId": character}).sort("seq", 1)
    found: list[dict[str, Any]] = await cursor.to_list(None)
    return found


async def test_earning_makes_money_and_says_where_from(game: Game) -> None:
    ann = await add_character(game)
    receipt = await economy.earn(ann, 250, source=Source.QUEST_REWARD)
    assert (receipt.amount, receipt.balance, receipt.parked) == (250, 250, 0)
    (row,) = await rows(game, ann)
    assert (row["type"], row["source"], row["amount"]) == ("earn", "quest_reward", 250)
    assert (row["balanceBefore"], row["balanceAfter"], row["seq"]) == (0, 250, 1)
    assert (await audit()).clean


async def test_spending_destroys_money(game: Game) -> None:
    ann = await add_character(game, dollars=100)
    receipt = await economy.spend(ann, 30, source=Source.TRAVEL_FARE)
    assert receipt.balance == 70
    assert [row["amount"] for row in await rows(game, ann)] == [100, -30]
    assert (await audit()).clean


async def test_a_transfer_leaves_a_row_on_both_sides(game: Game) -> None:
    ann, bob = await add_character(game, dollars=100), await add_character(game)
    receipt = await economy.transfer(ann, bob, 40)
    assert (receipt.amount, receipt.balance) == (-40, 60)
    given, taken = (await rows(game, ann))[-1], (await rows(game, bob))[-1]
    assert given["operation"] == taken["operation"] == receipt.operation
    assert (given["amount"], taken["amount"]) == (-40, 40)
    assert given["counterparty"] == f"wallet:{bob}"
    assert (await economy.balance(bob)).dollars == 40
    assert (await audit()).clean


@pytest.mark.parametrize("currency", list(Currency))
async def test_each_currency_has_its_own_chain(game: Game, currency: Currency) -> None:
    ann, bob = await add_character(game), await add_character(game)
    await economy.earn(ann, 9, source=Source.QUEST_REWARD, currency=currency)
    await economy.transfer(ann, bob, 4, currency=currency)
    assert [row["seq"] for row in await rows(game, ann)] == [1, 2]
    assert (await audit()).clean


@pytest.mark.parametrize(
    ("amount", "error"),
    [
        (0, ZeroAmount),
        (-1, NegativeAmount),
        (0.5, FractionalAmount),
        (5.0, FractionalAmount),
        (float("nan"), FractionalAmount),
        (float("inf"), FractionalAmount),
        (1e309, FractionalAmount),
        (True, InvalidAmount),
        ("10", InvalidAmount),
        (None, InvalidAmount),
        ({"$gt": 0}, InvalidAmount),
        (CAPS[Currency.DOLLARS] + 1, OversizedAmount),
        (2**53, OversizedAmount),
        (2**63, OversizedAmount),
        (10**400, OversizedAmount),
        (-(2**63), NegativeAmount),
    ],
)
async def test_what_is_no_amount_is_refused_and_leaves_no_trace(
    game: Game, amount: Any, error: type[Exception]
) -> None:
    ann, bob = await add_character(game, dollars=100), await add_character(game)
    before = await fingerprint(game)
    with pytest.raises(error) as caught:
        await economy.transfer(ann, bob, amount, key="k")
    assert type(caught.value) is error
    with pytest.raises(error):
        await economy.earn(ann, amount, source=Source.QUEST_REWARD)
    with pytest.raises(error):
        await economy.spend(ann, amount, source=Source.TRAVEL_FARE)
    assert await fingerprint(game) == before


async def test_more_than_there_is_cannot_be_spent_or_sent(game: Game) -> None:
    ann, bob = await add_character(game, dollars=100), await add_character(game)
    before = await fingerprint(game)
    with pytest.raises(InsufficientFunds) as caught:
        await economy.transfer(ann, bob, 101)
    assert (caught.value.facts["had"], caught.value.facts["needed"]) == (100, 101)
    with pytest.raises(InsufficientFunds):
        await economy.spend(ann, 101, source=Source.TRAVEL_FARE)
    assert await fingerprint(game) == before


async def test_nobody_sends_to_themselves_to_nobody_or_as_nobody(game: Game) -> None:
    ann = await add_character(game, dollars=100)
    before = await fingerprint(game)
    with pytest.raises(SelfTransfer):
        await economy.transfer(ann, ann, 1)
    with pytest.raises(RecipientNotFound):
        await economy.transfer(ann, ObjectId(), 1)
    with pytest.raises(CharacterNotFound):
        await economy.transfer(ObjectId(), ann, 1)
    with pytest.raises(CharacterNotFound):
        await economy.balance(ObjectId())
    assert await fingerprint(game) == before


async def test_an_unknown_currency_or_source_is_refused(game: Game) -> None:
    ann, bob = await add_character(game, dollars=100), await add_character(game)
    with pytest.raises(UnknownCurrency):
        await economy.transfer(ann, bob, 1, currency="pesos")  # type: ignore[arg-type]
    with pytest.raises(UnknownSource):
        await economy.earn(ann, 1, source="thin_air")  # type: ignore[arg-type]
    with pytest.raises(UnknownSource, match="not a faucet"):
        await economy.earn(ann, 1, source=Source.TRAVEL_FARE)
    with pytest.raises(UnknownSource):
        await economy.spend(ann, 1, source=Source.QUEST_REWARD)
    with pytest.raises(UnknownSource, match="Only the ledger itself"):
        await economy.earn(ann, 1, source=Source.OPENING_BALANCE)


async def test_what_a_full_wallet_cannot_hold_waits_as_a_pending_reward(game: Game) -> None:
    cap = CAPS[Currency.GOLD]
    ann, bob = await add_character(game, gold=cap - 3), await add_character(game, gold=10)
    await economy.transfer(bob, ann, 10, currency=Currency.GOLD)
    assert (await economy.balance(ann)).gold == cap
    reward = await game.database["pendingrewards"].find_one({"characterId": ann})
    assert reward["rewards"] == {"gold": 7}
    report = await audit()
    assert report.clean
    gold = next(supply for supply in report.supplies if supply.currency == "gold")
    assert gold.held == {"wallet": cap, "pending": 7}


async def test_a_faucet_above_the_cap_parks_and_says_so(game: Game) -> None:
    ann = await add_character(game, gold=CAPS[Currency.GOLD])
    receipt = await economy.earn(ann, 5, source=Source.QUEST_REWARD, currency=Currency.GOLD)
    assert receipt.parked == 5
    assert receipt.balance == CAPS[Currency.GOLD]
    assert (await audit()).clean


async def test_one_key_sent_fifty_times_at_once_moves_the_money_once(game: Game) -> None:
    ann, bob = await add_character(game, dollars=100), await add_character(game)
    answers = await asyncio.gather(*(economy.transfer(ann, bob, 30, key="rent") for _ in range(50)))
    assert all(answer == answers[0] for answer in answers)
    assert (await economy.balance(bob)).dollars == 30
    with pytest.raises(KeyReused):
        await economy.transfer(ann, bob, 31, key="rent")
    assert (await audit()).clean


async def test_a_key_still_answers_when_the_money_is_gone(game: Game) -> None:
    ann, bob = await add_character(game, dollars=30), await add_character(game)
    first = await economy.transfer(ann, bob, 30, key="all")
    assert await economy.transfer(ann, bob, 30, key="all") == first


async def test_fifty_tasks_spend_the_same_hundred_dollars_ten_times(game: Game) -> None:
    ann = await add_character(game, dollars=100)
    results = await asyncio.gather(
        *(economy.spend(ann, 10, source=Source.TRAVEL_FARE) for _ in range(50)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, InsufficientFunds) for result in results) == 40
    assert (await economy.balance(ann)).dollars == 0
    assert len(await rows(game, ann)) == 11
    assert (await audit()).clean


async def test_two_thousand_random_transfers_lose_and_make_no_coin(game: Game) -> None:
    dice = random.Random(1866)
    people = [await add_character(game, dollars=500) for _ in range(20)]
    left = iter(range(2000))

    async def trade() -> None:
        for _ in left:
            giver, taker = dice.sample(people, 2)
            with contextlib.suppress(InsufficientFunds):
                await economy.transfer(giver, taker, dice.randint(1, 300))

    await asyncio.gather(*(trade() for _ in range(64)))
    held = [(await economy.balance(person)).dollars for person in people]
    assert sum(held) == 20 * 500
    report = await audit()
    assert report.clean, report.first


@pytest.mark.parametrize("together", [True, False])
async def test_a_posting_is_the_same_with_and_without_bulk_write(
    game: Game, together: bool
) -> None:
    game.bulk_writes = together
    ann, bob = await add_character(game, dollars=100), await add_character(game)
    await economy.transfer(ann, bob, 40, key="k")
    assert (await economy.balance(bob)).dollars == 40
    assert (await audit()).clean


@pytest.mark.parametrize("failing_write", range(1, 6))
async def test_a_crash_after_any_write_of_a_transfer_leaves_no_trace(
    game: Game, failing_write: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plain sequence of writes, cut after each of them."""
    game.bulk_writes = False
    ann, bob = await add_character(game, dollars=100), await add_character(game)
    before = await fingerprint(game)
    sent = 0
    database = type(game.database)
    plain = database.command

    async def counting(self: Any, order: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal sent
        if isinstance(order, dict) and ("insert" in order or "update" in order):
            sent += 1
            if sent == failing_write:
                raise RuntimeError("crash")
        return await plain(self, order, *args, **kwargs)

    monkeypatch.setattr(database, "command", counting)
    crashed = False
    try:
        await economy.transfer(ann, bob, 40, key="k")
    except RuntimeError:
        crashed = True
    monkeypatch.undo()
    if crashed:
        assert await fingerprint(game) == before
    await economy.transfer(ann, bob, 40, key="k")
    assert (await economy.balance(bob)).dollars == 40
    assert (await audit()).clean


async def test_a_posting_that_makes_money_out_of_nothing_is_a_fault(game: Game) -> None:
    ann, bob = await add_character(game, dollars=100), await add_character(game)
    give, take = ledger.move(wallet(ann), wallet(bob), Currency.DOLLARS, 10, Source.PLAYER_TRANSFER)
    minted = ledger.mint(wallet(ann), Currency.DOLLARS, 5, Source.QUEST_REWARD)
    for movements, kind in (
        ([give], OperationKind.TRANSFER),
        ([take], OperationKind.TRANSFER),
        ([], OperationKind.TRANSFER),
        ([give, take, minted], OperationKind.TRANSFER),
        ([replace(minted, amount=-5)], OperationKind.INCOME),
        (
            [ledger.burn(wallet(ann), Currency.DOLLARS, -5, Source.TRAVEL_FARE)],
            OperationKind.SPENDING,
        ),
    ):
        with pytest.raises(UnbalancedPosting):
            async with transaction():
                await ledger.post(movements, kind)


async def test_a_posting_of_many_legs_commits_whole_or_not_at_all(game: Game) -> None:
    people = [await add_character(game, dollars=10) for _ in range(5)]
    ann = people[0]
    moves = [
        movement
        for person in people[1:]
        for movement in ledger.move(
            wallet(ann), wallet(person), Currency.DOLLARS, 3, Source.PLAYER_TRANSFER
        )
    ]
    before = await fingerprint(game)
    with pytest.raises(InsufficientFunds):
        async with transaction():
            await ledger.post(moves, OperationKind.TRANSFER)
    assert await fingerprint(game) == before
    async with transaction():
        await ledger.post(moves[:6], OperationKind.TRANSFER)
    assert (await economy.balance(ann)).dollars == 1
    assert (await audit()).clean


@pytest.mark.parametrize("stored", [500, 500.0, Int64(500)])
async def test_a_wallet_that_another_program_wrote_is_adopted(game: Game, stored: Any) -> None:
    """Mongoose stores doubles and knows no sequence; the first posting opens the chain."""
    ann = await add_character(game)
    await game.database["characters"].update_one(
        {"_id": ann}, {"$set": {"dollars": stored}, "$unset": {"ledgerSeq": ""}}
    )
    report = await audit()
    assert report.clean
    assert report.supplies[0].unproven == 500
    await economy.spend(ann, 20, source=Source.TRAVEL_FARE)
    assert [row["source"] for row in await rows(game, ann)] == ["opening_balance", "travel_fare"]
    report = await audit()
    assert report.clean
    assert report.supplies[0].unproven == 0


async def test_history_is_paged_newest_first_without_gap_or_repeat(game: Game) -> None:
    ann = await add_character(game)
    for amount in range(1, 26):
        await economy.earn(ann, amount, source=Source.JOB_WAGE)
    seen: list[int] = []
    after = None
    while True:
        page = await economy.history(ann, limit=10, after=after)
        seen += [entry.amount for entry in page.items]
        if page.next is None:
            break
        after = page.next
    assert sorted(seen) == list(range(1, 26))
