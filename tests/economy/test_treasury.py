"""Hot accounts: a treasury or prize pool that many hit at once stays right and goes on."""

import asyncio
from typing import Any

import pytest
from bson import ObjectId

from desperados.characters.errors import CharacterNotFound
from desperados.economy import treasury
from desperados.economy.service import Receipt, receipt
from desperados.engine.commands import command
from desperados.engine.game import Game
from desperados.engine.transactions import transaction
from desperados.gangs.documents import Gang
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import escrow, wallet
from desperados.ledger.money.documents import Currency, HoldPurpose, HoldStatus
from desperados.ledger.money.errors import AccountNotFound, InsufficientFunds, InvalidAmount
from desperados.ledger.money.holds import new_hold
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.sources import Source
from tests.economy.money_worlds import NO_AMOUNTS, add_settler, assert_sound, money_of
from tests.worlds import fingerprint

WRITERS = 64


async def add_gang(game: Game) -> ObjectId:
    leader = await add_settler(game)
    gang = Gang(name=f"Gang {leader}", tag=str(leader)[-4:], leader_id=leader, faction="frontera")
    await gang.insert()
    return gang.id


async def treasury_of(game: Game, gang: ObjectId) -> int:
    found = await game.database["gangs"].find_one({"_id": gang})
    held: int = found["treasury"]
    return held


async def test_money_goes_into_a_treasury_and_out_of_it(game: Game) -> None:
    gang, ann = await add_gang(game), await add_settler(game, dollars=100)
    put = await treasury.deposit(ann, gang, 70)
    assert (put.wallet, put.treasury) == (30, 70)
    got = await treasury.withdraw(ann, gang, 20)
    assert (got.wallet, got.treasury, got.parked) == (50, 50, 0)
    assert await treasury_of(game, gang) == 50
    await assert_sound()


async def test_what_is_not_there_moves_nothing(game: Game) -> None:
    gang, ann = await add_gang(game), await add_settler(game, dollars=100)
    before = await fingerprint(game)
    for attempt, error in (
        (treasury.deposit(ann, gang, 101), InsufficientFunds),
        (treasury.withdraw(ann, gang, 1), InsufficientFunds),
        (treasury.deposit(ann, ObjectId(), 1), AccountNotFound),
        (treasury.deposit(ObjectId(), gang, 1), CharacterNotFound),
    ):
        with pytest.raises(error):
            await attempt
    assert await fingerprint(game) == before


@pytest.mark.parametrize("amount", NO_AMOUNTS, ids=lambda amount: repr(amount)[:12])
async def test_what_is_no_amount_is_refused(game: Game, amount: Any) -> None:
    gang, ann = await add_gang(game), await add_settler(game, dollars=100)
    for move in (treasury.deposit, treasury.withdraw):
        with pytest.raises(InvalidAmount):
            await move(ann, gang, amount)


async def test_sixty_four_members_at_once_neither_lose_a_coin_nor_work_in_vain(game: Game) -> None:
    gang = await add_gang(game)
    members = [await add_settler(game, dollars=10) for _ in range(WRITERS)]
    conflicts = game.conflicts
    await asyncio.gather(
        *(treasury.deposit(member, gang, 5) for member in members for _ in range(2)),
        *(treasury.withdraw(member, gang, 1) for member in members),
        return_exceptions=True,
    )
    assert game.conflicts - conflicts <= WRITERS  # where members meet at their own wallets
    held = [(await money_of(game, member))["dollars"] for member in members]
    assert sum(held) + await treasury_of(game, gang) == 10 * WRITERS
    await assert_sound()


async def test_of_fifty_who_take_all_of_it_one_gets_it(game: Game) -> None:
    gang, ann = await add_gang(game), await add_settler(game, dollars=1_000)
    await treasury.deposit(ann, gang, 1_000)
    takers = [await add_settler(game) for _ in range(50)]
    results = await asyncio.gather(
        *(treasury.withdraw(taker, gang, 1_000) for taker in takers), return_exceptions=True
    )
    assert sum(isinstance(result, InsufficientFunds) for result in results) == 49
    await assert_sound()


async def test_one_key_deposits_once(game: Game) -> None:
    gang, ann = await add_gang(game), await add_settler(game, dollars=100)
    answers = await asyncio.gather(*(treasury.deposit(ann, gang, 10, key="k") for _ in range(20)))
    assert len({answer.operation for answer in answers}) == 1
    assert await treasury_of(game, gang) == 10


# A prize pool is a hold that many pay into: the same queue, with the pool's id.


@command(queue="pool_id")
async def buy_in(
    actor: ObjectId, pool_id: ObjectId, amount: int, *, key: str | None = None
) -> Receipt:
    """Pay a stake into a prize pool."""
    posted = await ledger.post(
        ledger.move(wallet(actor), escrow(pool_id), Currency.DOLLARS, amount, Source.STAKE_HELD),
        OperationKind.STAKE,
    )
    return receipt(posted, actor, Currency.DOLLARS, -amount)


@command(queue="pool_id")
async def award(pool_id: ObjectId, winner: ObjectId) -> Receipt:
    """Pay the whole pool out."""
    pool = escrow(pool_id)
    amount = (await ledger.balances(pool) or {})[Currency.DOLLARS]
    posted = await ledger.post(
        ledger.move(pool, wallet(winner), Currency.DOLLARS, amount, Source.STAKE_WON),
        OperationKind.STAKE,
        closed={pool: HoldStatus.CAPTURED},
    )
    return receipt(posted, winner, Currency.DOLLARS, amount)


async def test_a_prize_pool_that_sixty_four_pay_into_at_once_pays_out_all_of_it(game: Game) -> None:
    players = [await add_settler(game, dollars=20) for _ in range(WRITERS)]
    pool, document = new_hold(players[0], HoldPurpose.STAKE, ObjectId())
    async with transaction():
        await ledger.post(
            ledger.move(wallet(players[0]), pool, Currency.DOLLARS, 10, Source.STAKE_HELD),
            OperationKind.STAKE,
            opened={pool: document},
        )
    conflicts = game.conflicts
    await asyncio.gather(*(buy_in(player, pool.id, 10) for player in players[1:]))
    assert game.conflicts == conflicts
    assert (await award(pool.id, players[0])).amount == 10 * WRITERS
    await assert_sound()
