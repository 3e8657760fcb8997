"""What people have tried with money, case by case, where no other test of this folder has it.

``docs/economy.md`` lists all cases with the tests that prove them; that table is checked here.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from bson import ObjectId
from pymongo.errors import AutoReconnect

from desperados.api.routes import ROUTES
from desperados.characters.errors import CharacterNotFound
from desperados.economy import rewards, transfers, treasury
from desperados.economy import service as economy
from desperados.economy.bank import exchange, investments
from desperados.economy.bank import service as bank
from desperados.economy.corrections import staff
from desperados.economy.errors import ListingClosed
from desperados.economy.market import (
    buying as sales,
)
from desperados.economy.market import (
    selling as market,
)
from desperados.economy.market import (
    statistics as market_statistics,
)
from desperados.economy.market.listings import ListingView
from desperados.economy.shops import merchants
from desperados.economy.shops import service as shops
from desperados.economy.trades import service as trades
from desperados.economy.trades.offers import Goods, Offer
from desperados.engine import clock, dice, transactions
from desperados.engine.commands import command
from desperados.engine.errors import Contention, GameError, InvalidInput
from desperados.engine.game import Game
from desperados.engine.transactions import after_commit
from desperados.inventory import ground
from desperados.inventory import service as inventory
from desperados.inventory import staff as item_staff
from desperados.ledger.items.errors import InsufficientItems
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.rules import CAPS
from desperados.ledger.money.sources import Source
from tests.economy.machine.world import World, calm, open_world
from tests.economy.market.market_world import (
    add_item,
    add_trader,
    assert_sound,
    dollars_of,
    give_unique,
    rewards_of,
)
from tests.economy.money_worlds import NO_AMOUNTS
from tests.games import embedded
from tests.worlds import add_character, fingerprint

ROOT = Path(__file__).parents[2]
REASON = "it was a test"


# Numbers that are none, in every command that takes one


@dataclass
class Town:
    """A world in which every command would succeed with a sensible number."""

    world: World
    ann: ObjectId
    bob: ObjectId
    auction: ListingView
    lot: ListingView
    trade: trades.TradeView


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    async with open_world(1) as world, calm(world):
        ann, bob = world.people[0], world.people[2]
        auction = await market.create_listing(bob, item="rope", price=10, is_auction=True)
        lot = await market.create_listing(bob, item="rope", quantity=5, price=50)
        trade = await trades.open_trade(ann, bob)
        yield Town(world, ann, bob, auction, lot, trade)


Attempt = Callable[[Town, Any], Awaitable[Any]]

ATTEMPTS: dict[str, Attempt] = {
    "service.earn.amount": lambda t, n: economy.earn(t.ann, n, source=Source.QUEST_REWARD),
    "service.spend.amount": lambda t, n: economy.spend(t.ann, n, source=Source.SERVICE_FEE),
    "service.transfer.amount": lambda t, n: economy.transfer(t.ann, t.bob, n),
    "transfers.send.amount": lambda t, n: transfers.send(t.ann, t.bob, n),
    "transfers.send_many.amount": lambda t, n: transfers.send_many(
        t.ann, [transfers.Payment.model_construct(recipient_id=t.bob, amount=n)]
    ),
    "corrections.adjust.amount": lambda t, n: staff.adjust(
        t.world.staff, t.ann, 2**40 if n == -1 else n, reason=REASON
    ),
    "bank.deposit.amount": lambda t, n: bank.deposit(t.ann, n),
    "bank.withdraw.amount": lambda t, n: bank.withdraw(t.ann, n),
    "treasury.deposit.amount": lambda t, n: treasury.deposit(t.ann, t.world.gang, n),
    "treasury.withdraw.amount": lambda t, n: treasury.withdraw(t.ann, t.world.gang, n),
    "bank.buy_metal.units": lambda t, n: exchange.buy_metal(t.ann, "gold", n),
    "bank.buy_metal.max_cost": lambda t, n: exchange.buy_metal(t.ann, "gold", 1, max_cost=n),
    "bank.sell_metal.units": lambda t, n: exchange.sell_metal(t.ann, "gold", n),
    "bank.sell_metal.min_proceeds": lambda t, n: exchange.sell_metal(
        t.ann, "gold", 1, min_proceeds=n
    ),
    "bank.invest.amount": lambda t, n: investments.invest(t.ann, "treasury_bond", n),
    "market.create_listing.price": lambda t, n: market.create_listing(
        t.ann, item="rope", price=n
    ),
    "market.create_listing.quantity": lambda t, n: market.create_listing(
        t.ann, item="rope", price=10, quantity=n
    ),
    "market.create_listing.buyout_price": lambda t, n: market.create_listing(
        t.ann, item="rope", price=10, is_auction=True, buyout_price=n
    ),
    "market.create_listing.hours": lambda t, n: market.create_listing(
        t.ann, item="rope", price=10, hours=n
    ),
    "market.update_listing.price": lambda t, n: market.update_listing(t.bob, t.lot.id, price=n),
    "market.update_listing.buyout_price": lambda t, n: market.update_listing(
        t.bob, t.auction.id, buyout_price=n
    ),
    "market.place_bid.amount": lambda t, n: sales.place_bid(t.ann, t.auction.id, n),
    "market.buy_now.expected_price": lambda t, n: sales.buy_now(
        t.ann, t.lot.id, expected_price=n
    ),
    "market.buy_now.quantity": lambda t, n: sales.buy_now(
        t.ann, t.lot.id, expected_price=10, quantity=n
    ),
    "trades.open_trade.dollars": lambda t, n: trades.open_trade(
        t.ann, t.world.people[4], offer=Offer.model_construct(items=[], dollars=n, gold=0, silver=0)
    ),
    "trades.change_offer.quantity": lambda t, n: trades.change_offer(
        t.ann,
        t.trade.id,
        Offer(items=[]).model_copy(
            update={"items": [Goods.model_construct(item="rope", quantity=n, crafted_item_id=None)]}
        ),
        version=t.trade.version,
    ),
    "trades.change_offer.version": lambda t, n: trades.change_offer(
        t.ann, t.trade.id, Offer(dollars=5), version=n
    ),
    "trades.confirm_trade.version": lambda t, n: trades.confirm_trade(
        t.ann, t.trade.id, version=n
    ),
    "shops.buy_from_shop.quantity": lambda t, n: shops.buy_from_shop(t.ann, "store", "coal", n),
    "shops.buy_from_shop.max_total": lambda t, n: shops.buy_from_shop(
        t.ann, "store", "coal", 1, max_total=n
    ),
    "shops.sell_to_shop.quantity": lambda t, n: shops.sell_to_shop(t.ann, "store", "coal", n),
    "shops.sell_to_shop.min_total": lambda t, n: shops.sell_to_shop(
        t.ann, "store", "coal", 1, min_total=n
    ),
    "shops.buy_from_merchant.quantity": lambda t, n: merchants.buy_from_merchant(
        t.ann, "abe", "rope", n
    ),
    "shops.buy_from_merchant.max_total": lambda t, n: merchants.buy_from_merchant(
        t.ann, "abe", "rope", 1, max_total=n
    ),
    "shops.buy_from_merchant.barter": lambda t, n: merchants.buy_from_merchant(
        t.ann, "abe", "rope", 1, barter=[merchants.Barter.model_construct(item="coal", quantity=n)]
    ),
    "staff.grant_items.quantity": lambda t, n: item_staff.grant_items(
        t.world.staff, t.ann, "rope", quantity=n, reason=REASON
    ),
    "staff.remove_items.quantity": lambda t, n: item_staff.remove_items(
        t.world.staff, t.ann, "rope", quantity=n, reason=REASON
    ),
    "ground.drop_item.quantity": lambda t, n: ground.drop_item(t.ann, "rope", quantity=n),
}  # fmt: skip

# Where nothing means "not given", and an offer of no dollars is one.
MAY_BE_NONE = (
    "max_cost", "min_proceeds", "buyout_price", "update_listing.price", "max_total", "min_total",
    "buy_now.quantity",
)  # fmt: skip
MAY_BE_ZERO = ("open_trade.dollars",)


@pytest.mark.parametrize("module", sorted({name.partition(".")[0] for name in ATTEMPTS}))
async def test_what_is_no_number_is_refused_by_every_command_and_changes_nothing(
    town: Town, module: str
) -> None:
    before = await fingerprint(town.world.game)
    for name, attempt in ATTEMPTS.items():
        if not name.startswith(f"{module}."):
            continue
        for number in NO_AMOUNTS:
            if number is None and name.endswith(MAY_BE_NONE):
                continue
            if type(number) is int and number == 0 and name.endswith(MAY_BE_ZERO):
                continue
            with pytest.raises(GameError) as refusal:
                await attempt(town, number)
            expected = 409 if name.endswith("version") else 422
            assert refusal.value.status == expected, (name, number)
    assert await fingerprint(town.world.game) == before


def _takes_a_number(hint: Any) -> bool:
    return hint is int or any(_takes_a_number(part) for part in get_args(hint))


def test_no_command_that_takes_a_number_is_left_out() -> None:
    """A new command with a number fails here until it is tried above."""
    found = set()
    for route in ROUTES:
        function = inspect.unwrap(route.function)
        _, domain, module = function.__module__.split(".")[:3]
        if domain not in ("economy", "inventory") or route.method == "GET":
            continue
        hints = get_type_hints(function)
        found |= {
            f"{module}.{function.__name__}.{name}"
            for name in inspect.signature(function).parameters
            if _takes_a_number(hints[name])
        }
    assert found
    assert found <= set(ATTEMPTS)


# Repeated requests


async def test_a_key_answers_again_when_the_answer_to_the_commit_was_lost(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob = await add_character(game, dollars=100), await add_character(game)
    commit = transactions._commit

    async def lost(session: Any, deadline: float) -> None:
        await commit(session, deadline)
        error = AutoReconnect("the line is dead")
        error._add_error_label("UnknownTransactionCommitResult")
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(transactions, "_commit", lost)
        with pytest.raises(Contention):
            await economy.transfer(ann, bob, 1)  # without a key nobody can tell what happened
        first = await economy.transfer(ann, bob, 39, key="once")
    assert await economy.transfer(ann, bob, 39, key="once") == first
    assert (first.amount, first.balance) == (-39, 60)
    assert await dollars_of(bob) == 40
    await assert_sound()


async def test_an_effect_that_fails_after_the_commit_neither_undoes_nor_repeats_the_payment(
    game: Game,
) -> None:
    ann = await add_character(game, dollars=100)
    calls = []

    @command
    async def pay_and_tell(actor: ObjectId) -> None:
        await economy.spend(actor, 40, source=Source.SERVICE_FEE)

        def tell() -> None:
            calls.append(actor)
            raise ConnectionError("the telegraph is down")

        after_commit(tell)

    await pay_and_tell(ann)
    assert calls == [ann]
    assert await dollars_of(ann) == 60
    await assert_sound()


# The market


@pytest.fixture
async def whiskey(game: Game) -> None:
    await add_item("whiskey")
    await add_item("peacemaker", type="weapon", stackable=False, max_stack=1)


async def test_the_bid_of_a_banned_bidder_still_settles(game: Game, whiskey: None) -> None:
    seller, bidder = await add_trader(game, whiskey=1), await add_trader(game, dollars=500)
    listing = await market.create_listing(
        seller, item="whiskey", price=100, is_auction=True, hours=1
    )
    await sales.place_bid(bidder, listing.id, 100)
    user = (await game.database["characters"].find_one({"_id": bidder}))["userId"]
    await game.database["users"].update_one({"_id": user}, {"$set": {"status": "banned"}})
    with clock.frozen(clock.now() + timedelta(hours=2)):
        settled = await sales.settle_listing(listing.id)
    assert settled is not None
    assert settled.final_price == 100
    assert await dollars_of(bidder) == 400
    await assert_sound()


async def test_the_bid_of_a_banned_bidder_comes_back_when_it_is_outbid(
    game: Game, whiskey: None
) -> None:
    seller, bidder = await add_trader(game, whiskey=1), await add_trader(game, dollars=500)
    other = await add_trader(game)
    listing = await market.create_listing(seller, item="whiskey", price=100, is_auction=True)
    await sales.place_bid(bidder, listing.id, 100)
    user = (await game.database["characters"].find_one({"_id": bidder}))["userId"]
    await game.database["users"].update_one({"_id": user}, {"$set": {"status": "banned"}})
    await sales.place_bid(other, listing.id, 200)
    assert await dollars_of(bidder) == 500
    await assert_sound()


async def test_a_unique_piece_that_is_listed_is_not_listed_again(game: Game, whiskey: None) -> None:
    seller = await add_trader(game)
    piece = await give_unique(seller)
    await market.create_listing(seller, crafted_item_id=piece, price=100)
    before = await fingerprint(game)
    with pytest.raises(InsufficientItems):
        await market.create_listing(seller, crafted_item_id=piece, price=90)
    assert await fingerprint(game) == before


async def test_a_settled_listing_is_settled_no_second_time(game: Game, whiskey: None) -> None:
    seller, bidder = await add_trader(game, whiskey=1), await add_trader(game)
    listing = await market.create_listing(
        seller, item="whiskey", price=100, is_auction=True, hours=1
    )
    await sales.place_bid(bidder, listing.id, 100)
    with clock.frozen(clock.now() + timedelta(hours=2)):
        assert await sales.settle_listing(listing.id) is not None
        before = await fingerprint(game)
        assert await sales.settle_listing(listing.id) is None
        with pytest.raises(ListingClosed):
            await sales.place_bid(bidder, listing.id, 200)
        assert await fingerprint(game) == before


async def test_a_cent_less_than_the_cap_arrives_and_the_rest_of_an_outbid_waits(
    game: Game, whiskey: None
) -> None:
    """The refund is split where the wallet is full: nothing is lost, nothing is refused."""
    seller, bidder = await add_trader(game, whiskey=1), await add_trader(game, dollars=500)
    other = await add_trader(game)
    listing = await market.create_listing(seller, item="whiskey", price=100, is_auction=True)
    await sales.place_bid(bidder, listing.id, 100)
    cap = CAPS[Currency.DOLLARS]
    await economy.earn(bidder, cap - 400 - 30, source=Source.QUEST_REWARD)
    await sales.place_bid(other, listing.id, 200)
    assert await dollars_of(bidder) == cap
    assert await rewards_of(game, bidder) == (70, 0)
    await assert_sound()


# Reading


@pytest.mark.parametrize("limit", [0, 101, -1, 10**9, True, "10", 2.0])
async def test_a_history_is_never_read_without_bounds(game: Game, limit: Any) -> None:
    ann = await add_character(game, dollars=1)
    for read in (
        economy.history,
        bank.vault_history,
        exchange.metal_trades,
        investments.portfolio,
        rewards.list_rewards,
        trades.trades_opened,
        trades.trades_received,
        inventory.history,
        inventory.pending_items,
        inventory.unique_items,
        ground.ground_items,
    ):
        with pytest.raises(InvalidInput):
            await read(ann, limit=limit)


async def test_the_statistics_of_many_sales_cost_as_much_as_those_of_one(
    game: Game, whiskey: None
) -> None:
    await market_statistics.item_statistics("whiskey")  # the item and the version are kept
    costs = []
    for count in (1, 3_000):
        await game.database["traderecords"].insert_many(
            [
                {
                    "_id": dice.new_id(),
                    "transactionType": "market_purchase",
                    "sellerId": dice.new_id(),
                    "buyerId": dice.new_id(),
                    "items": [],
                    "itemCode": "whiskey",
                    "quantity": 1,
                    "totalPrice": 100,
                    "taxPaid": 5,
                    "createdAt": clock.now(),
                }
                for _ in range(count)
            ]
        )
        embedded(game).stats.reset()
        found = await market_statistics.item_statistics("whiskey")
        costs.append(embedded(game).stats.commands["find"])
        assert found.spans[0].median == 100
    assert costs[0] == costs[1]
    assert embedded(game).stats.full_scans == {}


async def test_the_history_of_nobody_is_empty_and_of_a_deleted_wallet_is_refused(
    game: Game,
) -> None:
    assert (await economy.history(ObjectId())).items == []
    with pytest.raises(CharacterNotFound):
        await economy.balance(ObjectId())


# The table of the documentation


def test_every_abuse_case_of_the_documentation_names_tests_that_exist() -> None:
    text = (ROOT / "docs" / "economy.md").read_text()
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)
    assert len(named) > 50
    for path, name in named:
        source = (ROOT / path).read_text()
        assert re.search(rf"^(async )?def {name}\b", source, re.MULTILINE), f"{path}::{name}"
