"""The world of the economy's state machine: a small town in which everything can be done.

Seven characters of six accounts stand in one town that is a bank, a shop and a merchant's stop at
once. One is too young to send money, one lacks few dollars to the cap, one owns nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId
from pymongo import common

import desperados
from desperados.characters.documents import Character
from desperados.economy import service as economy
from desperados.economy.bank import service as bank
from desperados.economy.shops.documents import Merchant, Shop
from desperados.embedded import EmbeddedServer, Faults
from desperados.embedded.storage.versions import chain_of
from desperados.engine import clock, dice, driver
from desperados.engine.clock import FrozenClock
from desperados.engine.game import Game
from desperados.gangs.documents import Gang
from desperados.ledger.items.documents import Item
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.rules import CAPS
from desperados.ledger.money.sources import Source
from tests.economy.market.market_world import give, give_unique
from tests.economy.money_worlds import add_products
from tests.worlds import hire

NOON = datetime(2100, 6, 7, 12, tzinfo=UTC)  # a TTL index would clear away what lies in the past
ITEMS = ("whiskey", "coal", "rope")
COLT = "colt"
REMEMBERED = 12


@dataclass
class World:
    """What the machine may choose from. It only grows by what answers told."""

    game: Game
    server: EmbeddedServer
    time: FrozenClock
    people: list[ObjectId] = field(default_factory=list)
    names: dict[ObjectId, str] = field(default_factory=dict)
    staff: ObjectId = field(default_factory=dice.new_id)
    gang: ObjectId = field(default_factory=dice.new_id)
    uniques: list[ObjectId] = field(default_factory=list)
    listings: deque[ObjectId] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    trades: dict[ObjectId, Any] = field(default_factory=dict)
    investments: deque[tuple[ObjectId, ObjectId]] = field(
        default_factory=lambda: deque(maxlen=REMEMBERED)
    )
    laid: deque[ObjectId] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    operations: deque[ObjectId] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    # Rewards that wait, and their owners.
    money_waits: dict[ObjectId, ObjectId] = field(default_factory=dict)
    goods_wait: dict[ObjectId, ObjectId] = field(default_factory=dict)
    # Of active listings: price, pieces in the lot, pieces left, whether it is an auction.
    prices: dict[ObjectId, tuple[int, int, int, bool]] = field(default_factory=dict)
    # What holders have: (holder, item, unique item or None).
    pieces: dict[tuple[str, str, ObjectId | None], int] = field(default_factory=dict)
    bids: dict[ObjectId, int] = field(default_factory=dict)  # the lowest that auctions accept
    sellers: dict[ObjectId, ObjectId] = field(default_factory=dict)
    gone: list[ObjectId] = field(default_factory=list)  # deleted in this step
    left: list[ObjectId] = field(default_factory=list)  # deleted earlier
    town: ObjectId = field(default_factory=dice.new_id)
    born: int = 0
    storm: Faults = field(default_factory=Faults)
    _users: list[ObjectId] = field(default_factory=list)

    def stored(self, name: str) -> list[dict[str, Any]]:
        """What is committed in a collection, read below the driver: a look costs no round trip."""
        game = self.game.database.name
        found = self.server.store.collection(f"{game}.{name}")
        if found is None:
            return []
        documents = []
        for _, head in found.heads():
            committed = next((v for v in chain_of(head) if v.unit is None), None)
            if committed is not None and committed.doc is not None:
                documents.append(committed.doc)
        return documents

    def remember_trade(self, answer: Any) -> None:
        """Trades that are open, by what the last answer said of them."""
        if answer.status == "open":
            self.trades[answer.id] = answer
        else:
            self.trades.pop(answer.id, None)
        while len(self.trades) > REMEMBERED:
            self.trades.pop(next(iter(self.trades)))

    async def replace_the_gone(self) -> None:
        """Somebody new for each who left. The last one who left goes on trying to act."""
        while self.gone:
            left = self.gone.pop()
            self.left.append(left)
            await self.settle_someone(dollars=20_000)
        while len(self.left) > 1:
            self.people.remove(self.left.pop(0))

    async def settle_someone(self, *, days: float = 30, **money: int) -> ObjectId:
        """A new character in town who came some days ago."""
        self.born += 1
        await hire(self.game, self.staff)
        name = f"Settler {self.born}"
        # The first two belong to one account.
        user = self._users[0] if self.born == 2 else dice.new_id()
        self._users.append(user)
        if self.born != 2:
            await self.game.database["users"].insert_one(
                {"_id": user, "username": name, "email": f"s{self.born}@example.org"}
            )
        character = Character(
            id=dice.new_id(),
            user_id=user,
            name=name,
            health=100,
            max_health=100,
            energy=150,
            max_energy=150,
            background="drifter",
            faction="frontera",
            current_location_id=self.town,
            skills={},
            ledger_seq=dict.fromkeys((currency.value for currency in Currency), 0),
            created_at=clock.now() - timedelta(days=days),
        )
        await character.insert()
        self.people.append(character.id)
        self.names[character.id] = name
        for currency, amount in money.items():
            await economy.earn(
                character.id, amount, source=Source.STARTING_GRANT, currency=Currency(currency)
            )
        return character.id


@asynccontextmanager
async def open_world(seed: int) -> AsyncIterator[World]:
    """A settled world, on a database that fails now and then, everything after one seed."""
    server = EmbeddedServer()
    await server.start()
    with ExitStack() as stack:
        stack.enter_context(dice.seeded(seed))
        time = stack.enter_context(clock.frozen(NOON))
        stack.enter_context(quick_heartbeat())
        client = driver.make_client(server.url)
        try:
            async with desperados.connect(client=client, log_level="ERROR") as game:
                world = World(game, server, time, storm=storm(seed))
                await settle(world)
                server.faults = world.storm
                yield world
                server.faults = None
        finally:
            await driver.close_client(client)
            await server.stop()


@asynccontextmanager
async def calm(world: World) -> AsyncIterator[None]:
    """No faults inside the block: for looking at the world."""
    faults, world.server.faults = world.server.faults, None
    try:
        yield
    finally:
        world.server.faults = faults


def storm(seed: int) -> Faults:
    """About one command of a transaction in thirty meets one of these."""
    return Faults(
        seed=seed,
        conflict_rate=0.02,
        lost_answer_before=0.004,
        lost_answer_after=0.006,
        disconnect=0.001,
    )


def quick_heartbeat() -> Any:
    """After a lost connection the driver waits half a second before it looks again. Not here."""
    stack = ExitStack()
    before = common.MIN_HEARTBEAT_INTERVAL
    common.MIN_HEARTBEAT_INTERVAL = 0.005  # type: ignore[assignment]
    stack.callback(setattr, common, "MIN_HEARTBEAT_INTERVAL", before)
    return stack


async def settle(world: World) -> None:
    """Content, a shop, a merchant, a gang, and seven people."""
    database = world.game.database
    for code, facts in {
        "whiskey": {"value": 100, "weight": 0.1, "max_stack": 20},
        "coal": {"value": 5, "weight": 2.5, "max_stack": 200},
        "rope": {"value": 20, "weight": 1, "max_stack": 10},
    }.items():
        await _define(code, stackable=True, tags=["provisions"], **facts)
    await _define(COLT, value=500, weight=3)
    await database["locations"].insert_one(
        {"_id": world.town, "locationId": "red-gulch", "type": "bank"}
    )
    await Shop(
        shop_id="store",
        name="The Store",
        location_id="red-gulch",
        item_ids=["whiskey", "coal"],
        markup=100,
        buy_back=50,
        buys=["provisions"],
    ).insert()
    whole_week = {"location_id": "red-gulch", "from_day": 1, "from_hour": 0, "until_day": 7,
                  "until_hour": 23}  # fmt: skip
    await Merchant(
        merchant_id="abe",
        name="Abe",
        goods="general",
        barter=True,
        markup=110,
        trade_hours={"open": 0, "close": 0},
        discounts=[{"trust": 2, "percent": 5}],
        route=[whole_week],
    ).insert()
    await database["merchantstocks"].insert_many(
        [
            {"_id": dice.new_id(), "merchantId": "abe", "itemId": item, "quantity": 30,
             "initialQuantity": 30, "restocksAt": NOON + timedelta(days=1), "periodHours": 24,
             "trust": 0}
            for item in ("rope", "whiskey")
        ]
    )  # fmt: skip
    await add_products(world.game)
    almost = CAPS[Currency.DOLLARS] - 500
    for days, dollars, gold in (
        (30, 1_000_000, 50),
        (30, 250_000, 0),
        (30, 5_000, 5_000),
        (30, almost, CAPS[Currency.GOLD] - 20),
        (30, 40_000, 10),
        (30, 0, 0),
        (0, 20_000, 0),
    ):
        money = {"dollars": dollars, "gold": gold, "silver": gold}
        who = await world.settle_someone(
            days=days, **{name: amount for name, amount in money.items() if amount}
        )
        if dollars:
            for code in ITEMS:
                await give(who, code, 40)
            world.uniques.append(await give_unique(who, COLT))
    for who in world.people[:3]:
        await bank.open_vault(who)
    await Gang(
        id=world.gang, name="The Gang", tag="GNG", leader_id=world.people[0], faction="frontera"
    ).insert()


async def _define(code: str, **facts: Any) -> None:
    await Item(
        id=dice.new_id(), item_id=code, name=code.title(), type="misc", rarity="common", **facts
    ).insert()
