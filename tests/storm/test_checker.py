"""The storm's checker sees what is off: a checker that finds nothing may be blind."""

import asyncio
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from desperados import economy
from desperados.assembly.jobs import FOLLOWERS
from desperados.characters.service import delete
from desperados.economy.bank import investments
from desperados.economy.bank import service as bank
from desperados.economy.market import buying, selling
from desperados.engine.game import Game
from desperados.engine.work import Jobs
from desperados.inventory import ground
from desperados.ledger.money.sources import Source
from tests.conftest import SETTINGS
from tests.economy.machine.world import World, settle
from tests.games import embedded, open_game
from tests.storm.checker import (
    SOLD,
    Row,
    Stored,
    operations_in,
    operations_of,
    problems_of,
    read_world,
)
from tests.storm.player import RealTime, set_goals

_stored: Stored | None = None


@pytest.fixture
async def stored() -> Stored:
    """A world in which something of everything lies somewhere, read once."""
    global _stored
    if _stored is None:
        async with open_game(**SETTINGS) as game:
            await play(game)
            url = embedded(game).url
            _stored = await asyncio.to_thread(read_world, url, game.database.name)
    return deepcopy(_stored)


async def play(game: Game) -> None:
    time: Any = RealTime()
    world = World(game, embedded(game), time)
    await settle(world)
    await set_goals(game)
    ann, _, cole, rich_man, bob, *_ = world.people  # the second is of the same account as the first
    await economy.transfer(ann, bob, 100)
    await bank.deposit(ann, 50)
    await investments.invest(ann, "treasury_bond", 1_000)
    await economy.earn(rich_man, 10_000, source=Source.QUEST_REWARD)
    for buyer, options in ((bob, {}), (cole, {"is_auction": True})):
        lot = await selling.create_listing(
            ann, item="rope", quantity=2, price=100, hours=12, **options
        )
        if options:
            await buying.place_bid(buyer, lot.id, 150)
        else:
            await buying.buy_now(buyer, lot.id, expected_price=50, quantity=1)
    await ground.drop_item(bob, "coal", quantity=3)
    await ground.drop_unique(bob, world.uniques[4])
    await delete(world.people[5], name=world.names[world.people[5]])
    await Jobs(FOLLOWERS).run_until_idle()


def one(rows: list[Row], **fields: Any) -> Row:
    """The last row with these fields."""
    return [row for row in rows if all(row.get(k) == v for k, v in fields.items())][-1]


def rich(stored: Stored) -> Row:
    return max(stored["characters"], key=lambda row: row["dollars"] if row["gold"] == 50 else 0)


def seller(stored: Stored) -> Row:
    return next(row for row in stored["tallies"] if row["counts"].get(SOLD))


def pack(stored: Stored) -> Row:
    return next(row for row in stored["inventories"] if row["_id"].startswith("pack:")
                and row["items"])  # fmt: skip


Tamper = Callable[[Stored], Any]
TAMPERED: dict[str, tuple[str, Tamper]] = {
    "a coin too many": ("chain", lambda w: rich(w).update(dollars=rich(w)["dollars"] + 1)),
    "a coin and a row that says so": ("supply", lambda w: _mint(w)),
    "a coin from one wallet to another": ("chain", lambda w: _swap(w)),
    "a row that is gone": ("chain", lambda w: w["goldtransactions"].pop(0)),
    "a row that is there twice": (
        "chain", lambda w: w["goldtransactions"].append(w["goldtransactions"][0])
    ),
    "the last row of a vault": ("chain", lambda w: w["accountentries"].remove(
        one(w["accountentries"], source="bank_deposit"))),
    "a row with another amount": (
        "chain", lambda w: one(w["goldtransactions"], source="player_transfer").update(amount=7)
    ),
    "an account that is gone": ("chain", lambda w: w["bankaccounts"].clear()),
    "an operation that is gone": ("supply", lambda w: w["operations"].pop()),
    "a counter that is one short": (
        "chain", lambda w: rich(w)["ledgerSeq"].update(dollars=rich(w)["ledgerSeq"]["dollars"] - 1)
    ),
    "a piece too many": ("place", lambda w: pack(w)["items"][0].update(
        quantity=pack(w)["items"][0]["quantity"] + 1)),
    "a pack that is gone": ("place", lambda w: w["inventories"].remove(pack(w))),
    "an item row that is gone": ("chain", lambda w: w["itemmovements"].pop(0)),
    "pieces on the ground that vanished": (
        "place", lambda w: one(w["grounditems"], craftedItemId=None).update(quantity=0, stack=None)
    ),
    "a unique piece somewhere else": (
        "place", lambda w: w["crafteditems"][0].update(holder=pack(w)["_id"] + "x")
    ),
    "a unique piece nowhere": ("place", lambda w: w["crafteditems"][1].update(holder=None)),
    "a bid that is more than is held": (
        "escrow", lambda w: one(w["marketlistings"], isAuction=True).update(currentBid=151)
    ),
    "a listing that ended with its bid": (
        "escrow", lambda w: one(w["marketlistings"], isAuction=True).update(status="expired")
    ),
    "a listing that is gone": ("escrow", lambda w: w["marketlistings"].pop()),
    "a lot that was sold and not handed over": (
        "escrow", lambda w: one(w["marketlistings"], isAuction=False).update(soldQuantity=2)
    ),
    "an investment that was paid and is held": (
        "escrow", lambda w: w["investments"][0].update(status="redeemed")
    ),
    "a hold that is gone": ("escrow", lambda w: w["holds"].clear()),
    "a sale that was not counted": ("deeds", lambda w: seller(w)["counts"].update({SOLD: 0})),
    "a sale that was counted twice": ("deeds", lambda w: seller(w)["counts"].update({SOLD: 2})),
    "a happening that is gone": ("deeds", lambda w: w["happenings"].pop()),
    "a happening that expires while somebody waits": (
        "deeds", lambda w: w["happenings"][0].update(waiting=["goals"])
    ),
    "a happening that nobody forgets": ("deeds", lambda w: w["happenings"][0].pop("expiresAt")),
    "a goal that is behind": ("deeds", lambda w: w["characterachievements"].clear()),
    "a goal that is ahead": (
        "deeds", lambda w: w["characterachievements"][0].update(progress=4)
    ),
}  # fmt: skip


def _mint(stored: Stored) -> None:
    """A transfer that comes from nowhere, with its operation; every chain is whole."""
    wallet = rich(stored)
    last = max(
        (r for r in stored["goldtransactions"]
         if r["characterId"] == wallet["_id"] and r["currency"] == "dollars"),
        key=lambda r: r["seq"],
    )  # fmt: skip
    row = {
        **last, "_id": 1, "operation": 1, "type": "transfer", "amount": 1,
        "seq": last["seq"] + 1, "balanceBefore": last["balanceAfter"],
        "balanceAfter": last["balanceAfter"] + 1,
    }  # fmt: skip
    stored["goldtransactions"].append(row)
    stored["operations"].append({"_id": 1, "legs": 1})
    wallet["dollars"] += 1
    wallet["ledgerSeq"]["dollars"] += 1


def _swap(stored: Stored) -> None:
    giver, taker = sorted(stored["characters"], key=lambda row: row["dollars"])[-2:]
    giver["dollars"] -= 1
    taker["dollars"] += 1


async def test_a_world_that_adds_up_has_no_problems(stored: Stored) -> None:
    assert problems_of(stored) == []
    assert all(stored[name] for name in stored if not name.startswith("archived"))


@pytest.mark.parametrize("name", TAMPERED)
async def test_what_is_off_is_seen(stored: Stored, name: str) -> None:
    kind, tamper = TAMPERED[name]
    tamper(stored)
    found = problems_of(stored)
    assert any(problem.startswith(f"{kind}:") for problem in found), found


async def test_what_was_carried_out_twice_is_counted_twice(stored: Stored) -> None:
    assert operations_of(stored, {"quest_reward"}) == {"quest_reward": 1}
    row = one(stored["accountentries"], source="quest_reward")
    stored["accountentries"].append({**row, "operation": "another"})
    assert operations_of(stored, {"quest_reward"}) == {"quest_reward": 2}
    assert operations_in(stored) > {row["operation"], "another"}
