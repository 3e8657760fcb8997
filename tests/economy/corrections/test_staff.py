"""What staff may do to money, and that it leaves a trace."""

import asyncio
from typing import Any

import pytest
from bson import ObjectId

from desperados.accounts.errors import SelfDealing
from desperados.economy import rewards
from desperados.economy import service as economy
from desperados.economy.corrections import staff
from desperados.economy.errors import AlreadyReversed, NotReversible, OperationNotFound
from desperados.economy.market import buying as sales
from desperados.economy.market import selling as market
from desperados.economy.watch.alarms import list_flags
from desperados.engine.errors import Forbidden, InvalidInput
from desperados.engine.game import Game
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.errors import FractionalAmount, InsufficientFunds, ZeroAmount
from desperados.ledger.money.rules import CAPS
from desperados.ledger.money.sources import Source
from desperados.ops.audit import audit
from tests.economy.market.market_world import add_item, add_trader
from tests.economy.money_worlds import change
from tests.worlds import STAFF, add_character, fingerprint, hire

WHO = STAFF


async def test_staff_correct_a_wallet_and_the_audit_log_says_so(game: Game) -> None:
    ann = await add_character(game, dollars=10)
    await staff.adjust(WHO, ann, 5, reason="lost in a fire")
    await staff.adjust(WHO, ann, -15, reason="found again")
    assert (await economy.balance(ann)).dollars == 0
    with pytest.raises(InsufficientFunds):
        await staff.adjust(WHO, ann, -1, reason="one more")
    log = await game.database["auditlogs"].find({"action": "BALANCE_ADJUSTED"}).to_list(None)
    assert [entry["details"]["amount"] for entry in log] == [5, -15]
    assert {entry["userId"] for entry in log} == {WHO}
    assert (await audit()).clean


@pytest.mark.parametrize(("amount", "error"), [(0, ZeroAmount), (-1.5, FractionalAmount)])
async def test_a_correction_is_a_whole_number(
    game: Game, amount: Any, error: type[Exception]
) -> None:
    ann = await add_character(game, dollars=10)
    with pytest.raises(error):
        await staff.adjust(WHO, ann, amount, reason="a mistake")


async def test_a_correction_needs_a_reason(game: Game) -> None:
    ann = await add_character(game)
    for reason in ("", "why", "x" * 501):
        with pytest.raises(InvalidInput):
            await staff.adjust(WHO, ann, 1, reason=reason)


async def test_a_transfer_is_undone_by_its_mirror_image(game: Game) -> None:
    ann, bob = await add_character(game, dollars=100), await add_character(game)
    moved = await economy.transfer(ann, bob, 40)
    undone = await staff.reverse(WHO, moved.operation, reason="sent by mistake")
    assert undone.movements == 2
    assert (await economy.balance(ann)).dollars == 100
    assert (await economy.balance(bob)).dollars == 0
    assert await game.database["goldtransactions"].count_documents({}) == 1 + 2 + 2
    assert (await audit()).clean


@pytest.mark.parametrize("earns", [True, False])
async def test_income_and_spending_are_undone_through_sink_and_faucet(
    game: Game, earns: bool
) -> None:
    ann = await add_character(game, dollars=100)
    if earns:
        done = await economy.earn(ann, 7, source=Source.JOB_WAGE)
    else:
        done = await economy.spend(ann, 7, source=Source.TRAVEL_FARE)
    await staff.reverse(WHO, done.operation, reason="never happened")
    assert (await economy.balance(ann)).dollars == 100
    assert (await audit()).clean


async def test_what_was_spent_meanwhile_cannot_be_taken_back(game: Game) -> None:
    ann, bob = await add_character(game, dollars=100), await add_character(game)
    moved = await economy.transfer(ann, bob, 40)
    await economy.spend(bob, 1, source=Source.TRAVEL_FARE)
    with pytest.raises(InsufficientFunds):
        await staff.reverse(WHO, moved.operation, reason="sent by mistake")
    assert (await economy.balance(ann)).dollars == 60


async def test_an_operation_is_undone_once_even_by_two_at_once(game: Game) -> None:
    ann, bob = await add_character(game, dollars=100), await add_character(game, dollars=100)
    moved = await economy.transfer(ann, bob, 40)
    results = await asyncio.gather(
        *(staff.reverse(WHO, moved.operation, reason="sent by mistake") for _ in range(5)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, AlreadyReversed) for result in results) == 4
    assert (await economy.balance(ann)).dollars == 100
    assert (await audit()).clean


async def test_what_never_happened_cannot_be_undone(game: Game) -> None:
    with pytest.raises(OperationNotFound):
        await staff.reverse(WHO, ObjectId(), reason="a mistake")


async def test_a_bid_is_not_undone_behind_the_back_of_its_auction(game: Game) -> None:
    await add_item()
    seller, bidder = await add_trader(game, whiskey=1), await add_trader(game)
    listing = await market.create_listing(seller, price=50, item="whiskey", is_auction=True)
    placed = await sales.place_bid(bidder, listing.id, 60)
    before = await fingerprint(game)
    with pytest.raises(NotReversible):
        await staff.reverse(WHO, placed.operation, reason="bid by mistake")
    assert await fingerprint(game) == before


async def test_a_claimed_reward_is_not_filled_again(game: Game) -> None:
    ann = await add_character(game, dollars=CAPS[Currency.DOLLARS])
    await economy.earn(ann, 5, source=Source.QUEST_REWARD)
    await economy.spend(ann, 100, source=Source.SERVICE_FEE)
    (reward,) = (await rewards.list_rewards(ann)).items
    claimed = await rewards.claim_reward(ann, reward.id)
    with pytest.raises(NotReversible):
        await staff.reverse(WHO, claimed.operation, reason="claimed by mistake")
    assert (await audit()).clean


async def test_staff_do_not_credit_themselves_or_each_other_and_the_first_is_flagged(
    game: Game,
) -> None:
    ann, bob = await add_character(game), await add_character(game, dollars=10)
    moved = await economy.transfer(bob, ann, 10)
    for owner, error in ((WHO, SelfDealing), (await hire(game, ObjectId()), Forbidden)):
        await change(game, ann, userId=owner)
        before = await fingerprint(game)
        with pytest.raises(error):
            await staff.adjust(WHO, ann, 1_000_000, reason="lost in a fire")
        with pytest.raises(error):
            await staff.reverse(WHO, moved.operation, reason="sent by mistake")
        after = await fingerprint(game)
        assert {name for name in after if after[name] != before.get(name)} <= {"auditlogs"}
    flags = (await list_flags()).items
    assert [(flag.pattern, flag.character_id) for flag in flags] == [("self dealing", ann)]
