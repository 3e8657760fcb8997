"""Whom the staff bar from trade cannot let go of anything, and can take back what is its own."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.accounts.errors import SelfDealing
from desperados.api.routes import ROUTES
from desperados.characters.errors import CharacterNotFound, TradeLocked
from desperados.economy import rewards, transfers, treasury
from desperados.economy.bank import exchange, investments
from desperados.economy.bank import service as bank
from desperados.economy.errors import NotLocked
from desperados.economy.market import buying as sales
from desperados.economy.market import selling as market
from desperados.economy.shops import merchants
from desperados.economy.shops import service as shops
from desperados.economy.trades import service as trades
from desperados.economy.trades.offers import Offer
from desperados.economy.watch import locks
from desperados.engine import clock
from desperados.engine.errors import Forbidden, GameError, InvalidInput
from desperados.engine.game import Game
from desperados.engine.manifest.routes import Owner
from desperados.engine.transactions import transaction
from desperados.inventory import ground
from tests.economy.market.market_world import assert_sound
from tests.economy.money_worlds import change
from tests.economy.town import Town, settle_town
from tests.worlds import STAFF, fingerprint, hire

REASON = "under investigation"
NOON = datetime(2100, 6, 7, 12, tzinfo=UTC)


@pytest.fixture
async def town(game: Game) -> Town:
    return await settle_town(game)


Attempt = Callable[[Town], Awaitable[Any]]

REFUSED: dict[str, Attempt] = {
    "transfers.send": lambda t: transfers.send(t.ann, t.bob, 5),
    "transfers.send_many": lambda t: transfers.send_many(
        t.ann, [transfers.Payment(recipient_id=t.bob, amount=5)]
    ),
    "bank.deposit": lambda t: bank.deposit(t.ann, 5),
    "treasury.deposit": lambda t: treasury.deposit(t.ann, t.gang, 5),
    "bank.buy_metal": lambda t: exchange.buy_metal(t.ann, "silver", 1),
    "bank.sell_metal": lambda t: exchange.sell_metal(t.ann, "gold", 1),
    "bank.invest": lambda t: investments.invest(t.ann, "treasury_bond", 100),
    "market.create_listing": lambda t: market.create_listing(t.ann, item="whiskey", price=10),
    "market.update_listing": lambda t: market.update_listing(t.ann, t.mine, price=12),
    "market.place_bid": lambda t: sales.place_bid(t.ann, t.auction, 60),
    "market.buy_now": lambda t: sales.buy_now(t.ann, t.fixed, expected_price=50),
    "shops.buy_from_shop": lambda t: shops.buy_from_shop(t.ann, "store", "whiskey", 1),
    "shops.sell_to_shop": lambda t: shops.sell_to_shop(t.ann, "store", "whiskey", 1),
    "shops.buy_from_merchant": lambda t: merchants.buy_from_merchant(t.ann, "abe", "whiskey", 1),
    "trades.open_trade": lambda t: trades.open_trade(t.ann, t.bob),
    "trades.change_offer": lambda t: trades.change_offer(
        t.ann, t.trade, Offer(dollars=5), version=1
    ),
    "trades.confirm_trade": lambda t: trades.confirm_trade(t.ann, t.trade, version=1),
    "ground.drop_item": lambda t: ground.drop_item(t.ann, "whiskey", quantity=1),
    "ground.drop_unique": lambda t: ground.drop_unique(t.ann, t.colt),
}

ALLOWED: dict[str, Attempt] = {
    "bank.withdraw": lambda t: bank.withdraw(t.ann, 5),
    "bank.upgrade_vault": lambda t: bank.upgrade_vault(t.ann, "silver"),
    "bank.redeem": lambda t: investments.redeem(t.ann, t.investment),
    "rewards.claim_reward": lambda t: rewards.claim_reward(t.ann, t.reward),
    "market.cancel_listing": lambda t: market.cancel_listing(t.ann, t.mine),
    "trades.cancel_trade": lambda t: trades.cancel_trade(t.ann, t.trade),
    "ground.pick_up": lambda t: ground.pick_up(t.ann, t.goods),
}
# Nothing of the character's is in them.
HARMLESS = {"bank.open_vault", "service.claim_items"}


def test_every_command_of_money_and_goods_is_judged() -> None:
    """A new command fails here until somebody has decided what a lock means for it."""
    found = set()
    for route in ROUTES:
        function = inspect.unwrap(route.function)
        _, domain, module = function.__module__.split(".")[:3]
        if domain in ("economy", "inventory") and route.access is Owner and route.method != "GET":
            found.add(f"{module}.{function.__name__}")
    assert found <= {*REFUSED, *ALLOWED, *HARMLESS}


async def test_a_lock_stops_every_command_by_which_value_could_leave(
    game: Game, town: Town
) -> None:
    until = clock.now() + timedelta(days=3)
    await locks.lock_trade(STAFF, town.ann, until=until, reason=REASON)
    before = await fingerprint(game)
    for name, attempt in REFUSED.items():
        with pytest.raises(TradeLocked) as refusal:
            await attempt(town)
        assert refusal.value.facts["until"] == until.isoformat(), name
    assert await fingerprint(game) == before


async def test_without_a_lock_all_of_them_work(game: Game, town: Town) -> None:
    """Or the test above would prove nothing."""
    await trades.cancel_trade(town.bob, town.trade)
    with clock.frozen(clock.now()) as time:
        for name, attempt in REFUSED.items():
            time.advance(seconds=10)
            if name == "trades.change_offer":
                town.trade = (await trades.trades_opened(town.ann)).items[0].id
            if name == "trades.confirm_trade":
                with pytest.raises(GameError) as refusal:
                    await attempt(town)
                assert refusal.value.code == "trade_changed"
                continue
            await attempt(town)
    await assert_sound()


async def test_who_is_locked_takes_back_what_is_its_own(game: Game, town: Town) -> None:
    await locks.lock_trade(STAFF, town.ann, until=clock.now() + timedelta(days=3), reason=REASON)
    for attempt in ALLOWED.values():
        await attempt(town)
    await assert_sound()


async def test_nobody_completes_a_trade_with_somebody_who_is_locked(game: Game, town: Town) -> None:
    await trades.change_offer(town.ann, town.trade, Offer(dollars=5), version=1)
    await trades.confirm_trade(town.ann, town.trade, version=2)
    await locks.lock_trade(STAFF, town.ann, until=clock.now() + timedelta(days=3), reason=REASON)
    with pytest.raises(TradeLocked) as refusal:
        await trades.confirm_trade(town.bob, town.trade, version=2)
    assert refusal.value.facts["character"] == str(town.ann)


async def test_what_was_begun_before_the_lock_runs_to_its_end(game: Game, town: Town) -> None:
    await sales.place_bid(town.ann, town.auction, 60)
    await locks.lock_trade(STAFF, town.ann, until=clock.now() + timedelta(days=30), reason=REASON)
    await sales.buy_now(town.bob, town.mine, expected_price=10)
    with clock.frozen(clock.now() + timedelta(days=8)):
        settled = await sales.settle_listing(town.auction)
    assert settled is not None
    assert settled.status == "sold"
    await assert_sound()


async def test_a_lock_ends_by_itself_or_by_the_staff(game: Game, town: Town) -> None:
    start = clock.now()
    await locks.lock_trade(STAFF, town.ann, until=start + timedelta(hours=1), reason=REASON)
    with clock.frozen(start + timedelta(hours=1)):
        assert (await locks.trade_lock(town.ann)).locked_until is None
        await transfers.send(town.ann, town.bob, 5)
    assert (await locks.trade_lock(town.ann)).locked_until is not None
    await locks.unlock_trade(STAFF, town.ann, reason="it was a mistake")
    with pytest.raises(NotLocked):
        await locks.unlock_trade(STAFF, town.ann, reason="it was a mistake")
    await transfers.send(town.ann, town.bob, 5)


async def test_lock_and_unlock_leave_rows_in_the_audit_log(game: Game, town: Town) -> None:
    until = clock.now() + timedelta(hours=1)
    await locks.lock_trade(STAFF, town.ann, until=until, reason=REASON, key="once")
    await locks.lock_trade(STAFF, town.ann, until=until, reason=REASON, key="once")
    await locks.unlock_trade(STAFF, town.ann, reason="it was a mistake")
    rows = await game.database["auditlogs"].find({"action": {"$regex": "^TRADE_"}}).to_list(None)
    assert [(row["action"], row["userId"], row["characterId"]) for row in rows] == [
        ("TRADE_LOCKED", STAFF, town.ann),
        ("TRADE_UNLOCKED", STAFF, town.ann),
    ]
    assert rows[0]["details"]["reason"] == REASON
    assert rows[0]["details"]["before"] == {"until": None}
    assert rows[0]["details"]["after"] == {"until": until}


async def test_a_lock_is_of_somebody_for_a_reason_and_until_a_moment_to_come(
    game: Game, town: Town
) -> None:
    soon = clock.now() + timedelta(hours=1)
    with pytest.raises(CharacterNotFound):
        await locks.lock_trade(STAFF, ObjectId(), until=soon, reason=REASON)
    with pytest.raises(CharacterNotFound):
        await locks.unlock_trade(STAFF, ObjectId(), reason=REASON)
    with pytest.raises(CharacterNotFound):
        await locks.trade_lock(ObjectId())
    for until in (clock.now(), soon.replace(tzinfo=None), soon + timedelta(days=4000), "soon"):
        with pytest.raises(InvalidInput):
            await locks.lock_trade(STAFF, town.ann, until=until, reason=REASON)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        await locks.lock_trade(STAFF, town.ann, until=soon, reason="no")


async def test_a_lock_and_a_payment_at_the_same_moment_come_one_after_the_other(
    game: Game, town: Town
) -> None:
    until = clock.now() + timedelta(hours=1)
    results = await asyncio.gather(
        locks.lock_trade(STAFF, town.ann, until=until, reason=REASON),
        *(transfers.send(town.ann, town.bob, 5) for _ in range(5)),
        return_exceptions=True,
    )
    assert not isinstance(results[0], BaseException)
    for result in results[1:]:
        assert isinstance(result, TradeLocked | transfers.SendReceipt), result
    with pytest.raises(TradeLocked):
        await transfers.send(town.ann, town.bob, 5)
    await assert_sound()


async def test_a_moderator_does_not_lift_or_shorten_the_lock_of_an_admin(
    game: Game, town: Town
) -> None:
    deputy = await hire(game, ObjectId(), "moderator")
    soon, late = clock.now() + timedelta(hours=1), clock.now() + timedelta(days=9)
    await locks.lock_trade(STAFF, town.ann, until=late, reason=REASON)
    with pytest.raises(Forbidden):
        await locks.lock_trade(deputy, town.ann, until=soon, reason=REASON)
    with pytest.raises(Forbidden):
        await locks.unlock_trade(deputy, town.ann, reason=REASON)
    assert (await locks.trade_lock(town.ann)).locked_until == late
    await locks.lock_trade(deputy, town.bob, until=late, reason=REASON)
    await locks.unlock_trade(deputy, town.bob, reason="it was a mistake")


async def test_a_lock_by_the_game_itself_is_lifted_by_an_admin(game: Game, town: Town) -> None:
    deputy = await hire(game, ObjectId(), "moderator")
    async with transaction():
        locks.bar(town.ann, clock.now() + locks.LONGEST)
    with pytest.raises(Forbidden):
        await locks.unlock_trade(deputy, town.ann, reason="nothing was found")
    await locks.unlock_trade(STAFF, town.ann, reason="nothing was found")


async def test_a_moderator_locks_no_character_of_an_admin_and_lifts_none_of_his_own(
    game: Game, town: Town
) -> None:
    deputy = await hire(game, ObjectId(), "moderator")
    soon = clock.now() + timedelta(hours=1)
    await change(game, town.ann, userId=STAFF)
    with pytest.raises(Forbidden):
        await locks.lock_trade(deputy, town.ann, until=soon, reason=REASON)
    await locks.lock_trade(STAFF, town.bob, until=soon, reason=REASON)
    await change(game, town.bob, userId=deputy)
    with pytest.raises(SelfDealing):
        await locks.unlock_trade(deputy, town.bob, reason=REASON)
