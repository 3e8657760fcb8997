"""Leaving the world: while things arrive, with things that were begun, and for the grant."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.accounts.documents import User
from desperados.characters import service as characters
from desperados.characters.errors import CharacterNotFound, TradeLocked
from desperados.economy import service as economy
from desperados.economy import transfers
from desperados.economy.bank import investments
from desperados.economy.bank import service as bank
from desperados.economy.errors import HoldsOpen
from desperados.economy.market import buying as sales
from desperados.economy.market import selling as market
from desperados.economy.trades import service as trades
from desperados.economy.trades.offers import Goods, Offer
from desperados.economy.watch import locks
from desperados.engine import clock
from desperados.engine.errors import GameError
from desperados.engine.game import Game
from desperados.engine.transactions import transactional
from desperados.inventory import ground
from desperados.inventory import staff as item_staff
from desperados.ledger.items import ledger as items
from desperados.ledger.items.errors import HolderNotFound
from desperados.ledger.items.holders import bank_box, pack
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money.sources import Source
from desperados.seeding import seed
from tests.economy.market.market_world import add_item, add_trader, assert_sound, dollars_of, give
from tests.economy.money_worlds import add_products, change, mark_deleted, place_of
from tests.worlds import STAFF, fingerprint, leave_the_world

WHISKEY = Offer(items=[Goods(item="whiskey", quantity=1)])


async def nothing_left(game: Game, who: ObjectId) -> None:
    """Nothing lies with who is gone, but what waits to lapse; and everything adds up."""
    gone = await game.database["characters"].find_one({"_id": who})
    assert gone["deletedAt"] is not None
    assert [gone[currency] for currency in ("dollars", "gold", "silver")] == [0, 0, 0]
    for holder in (pack(who), bank_box(who)):
        stored = await game.database["inventories"].find_one({"_id": str(holder)})
        assert stored is None or (stored["items"], stored["uniqueCount"]) == ([], 0)
    vault = await game.database["bankaccounts"].find_one({"characterId": who})
    assert vault is None or vault["balance"] == 0
    assert await game.database["holds"].count_documents({"ownerId": who, "held.dollars": 1}) == 0
    await assert_sound()


# Races


@pytest.fixture
async def meeting(game: Game) -> tuple[ObjectId, ObjectId]:
    """Ann, who never carried anything, and Bob, who has everything, in one place."""
    await add_item()
    await add_products(game)
    ann, bob = await add_trader(game), await add_trader(game, whiskey=50)
    place = (await game.database["characters"].find_one({"_id": ann}))["currentLocationId"]
    await change(game, bob, currentLocationId=place)
    await place_of(game, ann, type="bank")
    return ann, bob


Arrival = Callable[[ObjectId, ObjectId], Awaitable[Callable[[], Awaitable[Any]]]]


async def picking_up(ann: ObjectId, bob: ObjectId) -> Callable[[], Awaitable[Any]]:
    laid = await ground.drop_item(bob, "whiskey", quantity=2)
    return lambda: ground.pick_up(ann, laid.ground_item)


async def a_gift_of_the_staff(ann: ObjectId, bob: ObjectId) -> Callable[[], Awaitable[Any]]:
    return lambda: item_staff.grant_items(STAFF, ann, "whiskey", reason="for the test")


async def a_trade(ann: ObjectId, bob: ObjectId) -> Callable[[], Awaitable[Any]]:
    trade = await trades.open_trade(bob, ann, offer=WHISKEY)
    await trades.confirm_trade(bob, trade.id, version=1)
    return lambda: trades.confirm_trade(ann, trade.id, version=1)


async def a_purchase(ann: ObjectId, bob: ObjectId) -> Callable[[], Awaitable[Any]]:
    lot = await market.create_listing(bob, item="whiskey", price=10)
    return lambda: sales.buy_now(ann, lot.id, expected_price=10)


async def a_sale(ann: ObjectId, bob: ObjectId) -> Callable[[], Awaitable[Any]]:
    await give(ann)
    lot = await market.create_listing(ann, item="whiskey", price=10)
    return lambda: sales.buy_now(bob, lot.id, expected_price=10)


async def a_listing_that_comes_back(ann: ObjectId, bob: ObjectId) -> Callable[[], Awaitable[Any]]:
    await give(ann)
    lot = await market.create_listing(ann, item="whiskey", price=10, hours=1)

    async def settle() -> Any:
        with clock.frozen(clock.now() + timedelta(hours=2)):
            return await sales.settle_listing(lot.id)

    return settle


async def money(ann: ObjectId, bob: ObjectId) -> Callable[[], Awaitable[Any]]:
    return lambda: transfers.send(bob, ann, 5)


async def a_vault(ann: ObjectId, bob: ObjectId) -> Callable[[], Awaitable[Any]]:
    return lambda: bank.open_vault(ann)


async def a_bid(ann: ObjectId, bob: ObjectId) -> Callable[[], Awaitable[Any]]:
    lot = await market.create_listing(bob, item="whiskey", price=10, is_auction=True)
    return lambda: sales.place_bid(ann, lot.id, 10)


async def an_investment(ann: ObjectId, bob: ObjectId) -> Callable[[], Awaitable[Any]]:
    return lambda: investments.invest(ann, "treasury_bond", 500)


async def a_lock(ann: ObjectId, bob: ObjectId) -> Callable[[], Awaitable[Any]]:
    until = clock.now() + timedelta(days=1)
    return lambda: locks.lock_trade(STAFF, ann, until=until, reason="for the test")


ARRIVALS: list[Arrival] = [
    picking_up, a_gift_of_the_staff, a_trade, a_purchase, a_sale, a_listing_that_comes_back,
    money, a_vault, a_bid, an_investment, a_lock,
]  # fmt: skip
HEAD_STARTS = [-0.006, -0.002, 0, 0.001, 0.002, 0.004, 0.008]  # seconds, of what arrives


@pytest.mark.parametrize("head_start", HEAD_STARTS)
@pytest.mark.parametrize("arrival", ARRIVALS, ids=lambda arrival: arrival.__name__)
async def test_what_arrives_while_somebody_leaves_does_not_stay_with_who_is_gone(
    game: Game, meeting: tuple[ObjectId, ObjectId], arrival: Arrival, head_start: float
) -> None:
    """Deletion and arrival commit one after the other, or one of them is refused."""
    ann, bob = meeting
    arrives = await arrival(ann, bob)

    async def late(call: Callable[[], Awaitable[Any]], seconds: float) -> Any:
        await asyncio.sleep(max(0, seconds))
        return await call()

    left, arrived = await asyncio.gather(
        late(lambda: leave_the_world(game, ann), head_start),
        late(arrives, -head_start),
        return_exceptions=True,
    )
    refused = isinstance(arrived, BaseException)
    assert not refused or isinstance(arrived, GameError), arrived
    if left is None:
        await nothing_left(game, ann)
        return
    # What was first stands in the way: it is settled, or ends, before Ann may go.
    assert isinstance(left, HoldsOpen | TradeLocked), left
    assert not refused
    await assert_sound()


@pytest.mark.parametrize("many", [1, 8])
async def test_a_crowd_that_gives_to_somebody_who_leaves_loses_nothing(
    game: Game, meeting: tuple[ObjectId, ObjectId], many: int
) -> None:
    ann, bob = meeting
    calls: list[Awaitable[Any]] = []
    for _ in range(many):
        arrivals = (picking_up, a_gift_of_the_staff, a_purchase, money)
        calls += [(await arrival(ann, bob))() for arrival in arrivals]
    results = await asyncio.gather(
        *calls[::2], leave_the_world(game, ann), *calls[1::2], return_exceptions=True
    )
    assert results[len(calls[::2])] is None
    assert all(isinstance(r, GameError) for r in results if isinstance(r, BaseException)), results
    await nothing_left(game, ann)


async def test_a_holder_that_was_closed_takes_nothing_and_lets_nothing_go(game: Game) -> None:
    await add_item()
    ann = await add_trader(game, whiskey=2)

    @transactional
    async def put(holder: Any) -> None:
        await items.enter(items.Line("whiskey", 1), to=holder, source=ItemSource.QUEST_REWARD)

    await leave_the_world(game, ann)
    before = await fingerprint(game)
    for holder in (pack(ann), bank_box(ann)):
        with pytest.raises(HolderNotFound):
            await put(holder)
        with pytest.raises(HolderNotFound):
            await transactional(items.lock)(holder, "whiskey", 1)
        with pytest.raises(HolderNotFound):
            await transactional(items.close)(holder, source=ItemSource.CHARACTER_DELETED)
    assert await fingerprint(game) == before


# What was begun


async def test_the_dead_redeem_cancel_and_leave_the_world(game: Game) -> None:
    await add_item()
    await add_products(game)
    ann = await add_trader(game, whiskey=2)
    bond = await investments.invest(ann, "treasury_bond", 1_000)
    lot = await market.create_listing(ann, item="whiskey", price=10)
    await change(game, ann, isDead=True)
    with pytest.raises(HoldsOpen):
        await leave_the_world(game, ann)
    assert (await investments.redeem(ann, bond.id)).paid == 950
    await market.cancel_listing(ann, lot.id)
    await leave_the_world(game, ann)
    await nothing_left(game, ann)


async def test_who_is_locked_keeps_what_the_lock_keeps(game: Game) -> None:
    await add_item()
    ann = await add_trader(game, whiskey=2)
    until = clock.now() + timedelta(days=3)
    await locks.lock_trade(STAFF, ann, until=until, reason="for the test")
    before = await fingerprint(game)
    with pytest.raises(TradeLocked):
        await leave_the_world(game, ann)
    assert await fingerprint(game) == before
    with clock.frozen(until):
        await leave_the_world(game, ann)
    await nothing_left(game, ann)


async def test_what_is_sold_and_what_comes_back_for_somebody_gone_waits_and_then_lapses(
    game: Game,
) -> None:
    """Another program may delete a character that leads an auction, or sells."""
    await add_item()
    ann, bob = await add_trader(game, whiskey=2), await add_trader(game)
    led = await market.create_listing(ann, item="whiskey", price=10, is_auction=True)
    offered = await market.create_listing(ann, item="whiskey", price=10)
    await sales.place_bid(bob, led.id, 10)
    for who in (ann, bob):
        await economy.spend(who, await dollars_of(who), source=Source.CHARACTER_DELETED)
        await mark_deleted(game, who)
    with clock.frozen(clock.now() + timedelta(days=8)):
        for listing in (led, offered):
            await sales.settle_listing(listing.id)
    stored = await game.database["pendingrewards"].find({}).to_list(None)
    goods = {row["characterId"] for row in stored if row["rewards"].get("items")}
    assert goods == {ann}
    packs = game.database["inventories"].find({"_id": {"$regex": "^pack:"}})
    assert [row["items"] for row in await packs.to_list(None)] == [[]]
    await assert_sound()


# The grant


@pytest.fixture
async def account(game: Game) -> ObjectId:
    await seed()
    user = User(email="cheat@example.org", username="cheat", password="x")
    await user.insert()
    return user.id


async def straw(account: ObjectId, number: int) -> ObjectId:
    """Another character of the account."""
    made = await characters.create(
        account, name=f"Straw Man {'abcdefghij'[number]}", background="settler"
    )
    return made.id


async def test_straw_characters_do_not_pay(game: Game, account: ObjectId) -> None:
    """Made, emptied into the market of another account, deleted, again: the grant comes once."""
    await add_item("rag", value=1)
    rich = await add_trader(game)
    await give(rich, "rag", quantity=10)
    brought = []
    with clock.frozen(clock.now()) as time:
        for number in range(8):
            straw_man = await straw(account, number)
            time.advance(hours=25)
            has = await dollars_of(straw_man)
            if has:
                lot = await market.create_listing(rich, item="rag", price=has)
                await sales.buy_now(straw_man, lot.id, expected_price=has)
            brought.append(has)
            await leave_the_world(game, straw_man)
    assert brought == [100, 100, 0, 0, 0, 0, 0, 0]
    await assert_sound()


async def test_who_begins_anew_without_having_spent_anything_is_given_it_again(
    game: Game, account: ObjectId
) -> None:
    for number in range(4):
        made = await straw(account, number)
        assert await dollars_of(made) == 100
        await leave_the_world(game, made)
    made = await straw(account, 4)
    await economy.earn(made, 1_000, source=Source.JOB_WAGE)
    await leave_the_world(game, made)
    stored = await game.database["users"].find_one({"_id": account})
    assert stored["startingDollars"] == 0
    await assert_sound()


async def test_half_a_grant_that_was_spent_is_half_a_grant_less(
    game: Game, account: ObjectId
) -> None:
    with clock.frozen(clock.now()) as time:
        for number, given in enumerate((100, 100, 40, 0)):
            time.advance(hours=1)
            made = await straw(account, number)
            assert await dollars_of(made) == given
            if given:
                await economy.spend(made, min(given, 80), source=Source.SERVICE_FEE)
            await leave_the_world(game, made)


async def test_two_deletions_at_once_are_one(game: Game, account: ObjectId) -> None:
    made = await straw(account, 0)
    results = await asyncio.gather(
        *(characters.delete(made, name="Straw Man a") for _ in range(4)), return_exceptions=True
    )
    assert sorted(map(repr, results))[-1] == "None"
    assert sum(isinstance(result, CharacterNotFound) for result in results) == 3
    stored = await game.database["users"].find_one({"_id": account})
    assert stored["startingDollars"] == 0
