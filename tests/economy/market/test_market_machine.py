"""Every command of trade, in any order and at once: each step leaves a sound world."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import desperados
from desperados.economy.market import buying as sales
from desperados.economy.market import selling as market
from desperados.economy.market.audit import check_market
from desperados.economy.market.jobs import JOBS
from desperados.economy.market.listings import ListingView
from desperados.economy.shops import service as shops
from desperados.economy.shops.documents import Shop
from desperados.economy.trades import service as trades
from desperados.economy.trades.offers import Goods, Offer
from desperados.embedded import Faults
from desperados.engine import clock, dice
from desperados.engine.errors import GameError
from desperados.engine.game import Game
from desperados.engine.manifest.auditing import Check
from desperados.engine.transactions import transaction
from desperados.engine.work import Jobs
from desperados.ledger.items.audit import check_items
from desperados.ledger.money.audit import check_chains, check_operations
from tests.economy.market.market_world import add_item, add_trader, assert_sound, dollars_of

PEOPLE = 4
WHISKEY = 200
REFUSED = (404, 409, 422, 429, 503)

people = st.integers(0, PEOPLE - 1)
choices = st.integers(0, 10**6)


async def assert_books_balance() -> None:
    """The parts of the audit that a step of trade could break."""
    checks = [Check("chains"), Check("operations"), Check("items"), Check("market")]
    chains, operations, goods, listed = checks
    async with transaction():
        supplies = await check_chains(chains, silent)
        await check_operations(operations, silent)
        await check_items(goods, silent)
        await check_market(listed, silent)
    assert not any(supply.difference for supply in supplies)
    assert [finding for check in checks for finding in check.findings] == []


def silent(_name: str, _examined: int) -> None:
    """Progress that nobody watches."""


class Plaza(RuleBasedStateMachine):
    """Four people in one place with a shop, who list, bid, buy, swap and sell."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.listings: list[ObjectId] = []
        self.trades: list[ObjectId] = []

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        self.game.embedded.faults = self.faults
        try:
            return self.runner.run(work)
        finally:
            self.game.embedded.faults = None

    @initialize(seed=choices, stormy=st.booleans())
    def begin(self, seed: int, stormy: bool) -> None:
        self.faults = (
            Faults(seed, conflict_rate=0.05, lost_answer_before=0.002, lost_answer_after=0.005)
            if stormy
            else None
        )

        async def start() -> None:
            self.open = contextlib.AsyncExitStack()
            self.open.enter_context(dice.seeded(seed))
            self.time = self.open.enter_context(clock.frozen(datetime(2176, 8, 2, 12, tzinfo=UTC)))
            self.game: Game = await self.open.enter_async_context(desperados.connect())
            await add_item("whiskey", tags=["provisions"])
            place = ObjectId()
            await self.game.database["locations"].insert_one({"_id": place, "locationId": "plaza"})
            await Shop(
                shop_id="shop",
                name="Shop",
                location_id="plaza",
                item_ids=["whiskey"],
                markup=100,
                buy_back=50,
                buys=["provisions"],
            ).insert()
            self.people = [
                await add_trader(self.game, whiskey=WHISKEY // PEOPLE, dollars=5_000)
                for _ in range(PEOPLE)
            ]
            old = clock.now() - timedelta(days=9)
            await self.game.database["characters"].update_many(
                {}, {"$set": {"currentLocationId": place, "createdAt": old}}
            )

        self.runner.run(start())

    def teardown(self) -> None:
        if hasattr(self, "open"):
            self.runner.run(assert_sound())
            self.runner.run(self.open.aclose())
        self.runner.close()

    async def attempt(self, work: Awaitable[Any]) -> Any:
        """What it did, or None if it was refused."""
        try:
            return await work
        except GameError as refused:
            if refused.status not in REFUSED:
                raise
            return None

    def pick(self, known: list[ObjectId], number: int) -> ObjectId:
        """One of the last few, or one that never was."""
        recent = known[-6:]
        return recent[number % len(recent)] if recent else ObjectId()

    async def choose(self, person: int, deed: int, number: int, size: int) -> None:
        """One deed of one person, by its number."""
        who, other = self.people[person], self.people[(person + 1 + number % 3) % PEOPLE]
        listing = self.pick(self.listings, number)
        trade = self.pick(self.trades, number)
        price, pieces, version = 2 + size % 900, 1 + size % 12, 1 + size % 3
        match deed % 12:
            case 0 | 1:
                made: ListingView | None = await self.attempt(
                    market.create_listing(
                        who,
                        item="whiskey",
                        price=price,
                        quantity=pieces,
                        is_auction=bool(number % 2),
                        buyout_price=price * 2 if number % 4 == 1 else None,
                        hours=1 + size % 5,
                        featured=number % 7 == 0,
                    )
                )
                if made is not None:
                    self.listings.append(made.id)
            case 2 | 3:
                await self.attempt(sales.place_bid(who, listing, price))
            case 4:
                await self.buy(who, listing, None if number % 2 else pieces)
            case 5:
                await self.attempt(market.cancel_listing(who, listing))
            case 6:
                await self.attempt(market.update_listing(who, listing, price=price))
            case 7:
                offer = Offer(items=[Goods(item="whiskey", quantity=pieces)], dollars=number % 50)
                opened = await self.attempt(trades.open_trade(who, other, offer=offer))
                if opened is not None:
                    self.trades.append(opened.id)
            case 8:
                await self.attempt(
                    trades.change_offer(who, trade, Offer(dollars=price), version=version)
                )
            case 9:
                await self.attempt(trades.confirm_trade(who, trade, version=version))
            case 10:
                await self.attempt(shops.buy_from_shop(who, "shop", "whiskey", pieces))
            case _:
                await self.attempt(shops.sell_to_shop(who, "shop", "whiskey", pieces))

    async def buy(self, who: ObjectId, listing: ObjectId, pieces: int | None) -> None:
        """Buy at whatever it costs now."""
        row = await self.game.database["marketlistings"].find_one({"_id": listing})
        if row is None:
            return
        price = row["buyoutPrice"] or 1
        if not row["isAuction"]:
            wanted = pieces or row["quantity"] - row["soldQuantity"]
            price = max(1, -(-row["price"] * wanted // row["quantity"]))
        await self.attempt(sales.buy_now(who, listing, expected_price=price, quantity=pieces))

    @rule(person=people, deed=choices, number=choices, size=choices)
    def somebody_does_something(self, person: int, deed: int, number: int, size: int) -> None:
        self.run(self.choose(person, deed, number, size))

    @rule(deeds=st.lists(st.tuples(people, choices, choices, choices), min_size=2, max_size=6))
    def several_do_something_at_once(self, deeds: list[tuple[int, int, int, int]]) -> None:
        async def together() -> None:
            await asyncio.gather(*(self.choose(*deed) for deed in deeds))

        self.run(together())

    @rule(deed=choices, number=choices, size=choices)
    def everybody_does_the_same_at_once(self, deed: int, number: int, size: int) -> None:
        async def together() -> None:
            await asyncio.gather(
                *(self.choose(person, deed, number, size + person) for person in range(PEOPLE))
            )

        self.run(together())

    @rule(minutes=st.integers(1, 200))
    def time_passes_and_two_workers_work(self, minutes: int) -> None:
        async def work() -> None:
            self.time.advance(minutes=minutes)
            await asyncio.gather(Jobs(JOBS).run_until_idle(), Jobs(JOBS).run_until_idle())

        self.runner.run(work())

    @invariant()
    def the_world_is_sound(self) -> None:
        if not hasattr(self, "people"):
            return

        async def look() -> None:
            await assert_books_balance()
            for who in self.people:
                assert await dollars_of(who) >= 0

        self.runner.run(look())


Plaza.TestCase.settings = settings(
    max_examples=8,
    stateful_step_count=30,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
test_after_every_step_the_world_is_sound = Plaza.TestCase
