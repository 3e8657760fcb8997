"""Every way of moving items, in any order and at once: after each step the world adds up."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any

from bson import ObjectId
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import desperados
from desperados.embedded import Faults
from desperados.engine import clock, dice
from desperados.engine.errors import GameError
from desperados.engine.game import Game
from desperados.engine.transactions import transactional
from desperados.engine.work import Jobs
from desperados.inventory import ground, service
from desperados.inventory.jobs import JOBS
from desperados.ledger.items import ledger as items
from desperados.ledger.items.documents import Inventory
from desperados.ledger.items.grounds import Spot
from desperados.ledger.items.holders import Holder, HolderKind, bank_box, listing, pack
from desperados.ledger.items.ledger import ALL, Line, Moved, Overflow, Transfer, Unique
from desperados.ledger.items.sources import ItemSource
from tests.inventory.worlds import (
    COAL,
    COLT,
    MEDAL,
    WHISKEY,
    add_carrier,
    define_items,
    give,
    leave,
    move,
    problems,
    revolver,
    world_count,
)

CODES = [WHISKEY, COAL, COLT, MEDAL]
PEOPLE = 3

codes = st.sampled_from(CODES)
people = st.integers(0, PEOPLE - 1)
CARRIED = [overflow for overflow in Overflow if overflow is not Overflow.GROUND]
overflows = st.sampled_from(CARRIED)
few = st.integers(1, 40)
many = st.integers(100, 400)
choices = st.integers(0, 10**6)


@transactional
async def find(line: Line, taker: Holder, spot: Spot) -> Moved:
    """Loot: what the pack has no room for lies on the ground."""
    loot = Transfer([line], ItemSource.GATHERED, None, taker, Overflow.GROUND, spot)
    return await items.post([loot])


class Frontier(RuleBasedStateMachine):
    """Three people in one town, listings, the ground, a bank, and rewards that wait.

    ``pieces`` is a model of its own: what was made less what was used or has rotted.
    """

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.pieces: Counter[str] = Counter()
        self.laid: list[ObjectId] = []
        self.listings: list[ObjectId] = []
        self.guns: list[ObjectId] = []

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do it among faults, if this world has any."""
        self.game.embedded.faults = self.faults
        try:
            return self.runner.run(work)
        finally:
            self.game.embedded.faults = None

    @initialize(seed=choices, stormy=st.booleans())
    def begin(self, seed: int, stormy: bool) -> None:
        self.faults = (
            Faults(seed, conflict_rate=0.03, lost_answer_before=0.01, lost_answer_after=0.02)
            if stormy
            else None
        )

        async def start() -> None:
            self.open = contextlib.AsyncExitStack()
            self.open.enter_context(dice.seeded(seed))
            self.time = self.open.enter_context(clock.frozen(datetime(2176, 8, 2, 12, tzinfo=UTC)))
            self.game: Game = await self.open.enter_async_context(desperados.connect())
            await define_items()
            self.people = [await add_carrier(self.game) for _ in range(PEOPLE)]
            self.town = ObjectId()
            await self.game.database["characters"].update_many(
                {}, {"$set": {"currentLocationId": self.town}}
            )

        self.runner.run(start())

    def teardown(self) -> None:
        if hasattr(self, "open"):
            self.runner.run(self.open.aclose())
        self.runner.close()

    # What one or several do at once

    async def attempt(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What it did, or None if it was refused."""
        try:
            return await work
        except GameError as refused:
            if refused.status not in (404, 409):
                raise
            return None

    async def make(self, person: int, code: str, quantity: int, overflow: Overflow) -> None:
        who = self.people[person]
        work = give(who, Line(code, quantity), overflow=overflow)
        if overflow is Overflow.GROUND:
            work.close()
            work = find(Line(code, quantity), pack(who), Spot(self.town, reserved_for=who))
        moved: Moved | None = await self.attempt(work)
        if moved is not None:
            self.pieces[code] += sum(placed.quantity for placed in moved.placed)
            lying = [placed.holder for placed in moved.placed if placed.holder is not None]
            self.laid += [h.id for h in lying if h.kind is HolderKind.GROUND]

    async def use(self, person: int, code: str, quantity: int, source: ItemSource) -> None:
        work = leave(Line(code, quantity), pack(self.people[person]), source)
        if await self.attempt(work) is not None:
            self.pieces[code] -= quantity

    async def pass_on(
        self, giver: int, taker: int, code: str, quantity: int, overflow: Overflow
    ) -> None:
        await self.attempt(
            move(
                Line(code, quantity),
                pack(self.people[giver]),
                pack(self.people[taker]),
                overflow=overflow,
            )
        )

    async def list_goods(self, person: int, code: str, quantity: int) -> None:
        place = dice.new_id()
        work = move(
            Line(code, quantity), pack(self.people[person]), listing(place), ItemSource.LISTED
        )
        if await self.attempt(work) is not None:
            self.listings.append(place)

    async def sell(self, person: int, chosen: int) -> None:
        if self.listings:
            place = listing(self.listings[chosen % len(self.listings)])
            await self.attempt(
                move(
                    ALL,
                    place,
                    pack(self.people[person]),
                    ItemSource.MARKET_SALE,
                    overflow=Overflow.PARK,
                )
            )

    async def drop(self, person: int, code: str, quantity: int) -> None:
        dropped = await self.attempt(ground.drop_item(self.people[person], code, quantity=quantity))
        if dropped is not None:
            self.laid.append(dropped.ground_item)

    async def pick_up(self, person: int, chosen: int) -> None:
        if self.laid:
            await self.attempt(
                ground.pick_up(self.people[person], self.laid[chosen % len(self.laid)])
            )

    async def claim(self, person: int, chosen: int) -> None:
        waiting = (await service.pending_items(self.people[person])).items
        if waiting:
            await self.attempt(
                service.claim_items(self.people[person], waiting[chosen % len(waiting)].id)
            )

    async def make_gun(self, person: int, overflow: Overflow) -> None:
        gun = revolver()
        if await self.attempt(give(self.people[person], gun, overflow=overflow)) is not None:
            self.guns.append(gun.item.id)

    async def pass_gun(self, giver: int, taker: int, chosen: int) -> None:
        if self.guns:
            gun = Unique(self.guns[chosen % len(self.guns)])
            await self.attempt(move(gun, pack(self.people[giver]), pack(self.people[taker])))

    async def bank(self, person: int, code: str, quantity: int, withdraw: bool) -> None:
        places = [pack(self.people[person]), bank_box(self.people[person])]
        source = ItemSource.BANK_WITHDRAWAL if withdraw else ItemSource.BANK_DEPOSIT
        giver, taker = reversed(places) if withdraw else places
        await self.attempt(move(Line(code, quantity), giver, taker, source))

    def choose(self, numbers: list[int]) -> Coroutine[Any, Any, None]:
        """One of the deeds above, by numbers."""
        kind, one, two, what, size = numbers
        a, b, code, quantity = one % PEOPLE, two % PEOPLE, CODES[what % 4], size % 60 + 1
        overflow = CARRIED[two % 3]
        made = list(Overflow)[size % 4]
        deeds: list[Coroutine[Any, Any, None]] = [
            self.make(a, code, quantity, made),
            self.use(a, code, quantity % 9 + 1, ItemSource.USED),
            self.pass_on(a, (a + 1) % PEOPLE, code, quantity, overflow),
            self.list_goods(a, code, quantity % 9 + 1),
            self.sell(b, size),
            self.drop(a, code, quantity % 9 + 1),
            self.pick_up(b, size),
            self.claim(b, size),
            self.pass_gun(a, (a + 1) % PEOPLE, size),
            self.bank(a, code, quantity % 9 + 1, bool(two % 2)),
        ]
        chosen = deeds.pop(kind % len(deeds))
        for other in deeds:
            other.close()
        return chosen

    # Rules

    @rule(
        person=people,
        code=codes,
        quantity=few | many,
        overflow=st.sampled_from(list(Overflow)),
    )
    def someone_gets(self, person: int, code: str, quantity: int, overflow: Overflow) -> None:
        self.run(self.make(person, code, quantity, overflow))

    @rule(
        person=people,
        code=codes,
        quantity=few,
        source=st.sampled_from([ItemSource.USED, ItemSource.SHOP_SALE]),
    )
    def someone_uses(self, person: int, code: str, quantity: int, source: ItemSource) -> None:
        self.run(self.use(person, code, quantity, source))

    @rule(person=people, by=st.integers(1, 2), code=codes, quantity=few, overflow=overflows)
    def someone_gives(
        self, person: int, by: int, code: str, quantity: int, overflow: Overflow
    ) -> None:
        self.run(self.pass_on(person, (person + by) % PEOPLE, code, quantity, overflow))

    @rule(person=people, code=codes, quantity=few)
    def someone_drops(self, person: int, code: str, quantity: int) -> None:
        self.run(self.drop(person, code, quantity))

    @rule(person=people, chosen=choices)
    def someone_picks_up(self, person: int, chosen: int) -> None:
        self.run(self.pick_up(person, chosen))

    @rule(person=people, chosen=choices)
    def someone_claims(self, person: int, chosen: int) -> None:
        self.run(self.claim(person, chosen))

    @rule(person=people, overflow=overflows)
    def someone_finds_a_gun(self, person: int, overflow: Overflow) -> None:
        self.run(self.make_gun(person, overflow))

    @rule(minutes=st.integers(1, 90))
    def time_passes(self, minutes: int) -> None:
        async def wait() -> None:
            self.time.advance(minutes=minutes)
            before = await self.lying()
            await Jobs(JOBS).run_until_idle()
            self.pieces -= before - await self.lying()

        self.run(wait())

    @rule(deeds=st.lists(st.lists(choices, min_size=5, max_size=5), min_size=2, max_size=6))
    def several_things_happen_at_once(self, deeds: list[list[int]]) -> None:
        async def together() -> None:
            await asyncio.gather(*(self.choose(numbers) for numbers in deeds))

        self.run(together())

    async def lying(self) -> Counter[str]:
        """What lies on the ground."""
        found: Counter[str] = Counter()
        for row in await self.game.database["grounditems"].find({}).to_list(None):
            found[row["stack"]["itemId"]] += row["quantity"]
        return found

    # What always holds

    @invariant()
    def the_world_adds_up(self) -> None:
        if not hasattr(self, "people"):
            return

        async def look() -> None:
            for code in CODES:
                assert await world_count(self.game, code) == self.pieces[code]
            assert await problems() == []
            for found in await Inventory.load_many({}, limit=100):
                assert found.max_slots is None or found.used_slots <= found.max_slots
                assert found.max_weight is None or found.used_weight <= found.max_weight
            places = await self.game.database["crafteditems"].distinct("_id")
            assert set(places) == set(self.guns)

        self.runner.run(look())


Frontier.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=40,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
test_after_every_step_the_world_adds_up = Frontier.TestCase
