"""Many at once, and crashes half-way: nothing is doubled, nothing is lost."""

import asyncio
import random
from collections.abc import Awaitable
from typing import Any

import pytest
from bson import ObjectId

from desperados.engine.errors import GameError
from desperados.engine.game import Game
from desperados.inventory import ground
from desperados.ledger.items.documents import Inventory
from desperados.ledger.items.errors import InsufficientItems, InventoryFull
from desperados.ledger.items.holders import listing, pack
from desperados.ledger.items.ledger import ALL, Fresh, Line, Overflow, Unique
from desperados.ledger.items.sources import ItemSource
from tests.inventory.worlds import (
    COAL,
    COLT,
    WHISKEY,
    add_carrier,
    count,
    give,
    leave,
    lines,
    move,
    place_of,
    problems,
    revolver,
    world_count,
)
from tests.worlds import fingerprint


async def at_once(*calls: Awaitable[Any]) -> list[Any]:
    return await asyncio.gather(*calls, return_exceptions=True)


async def test_thirty_first_gifts_at_once_make_one_pack(game: Game) -> None:
    ann = await add_carrier(game)
    await asyncio.gather(*(give(ann, Line(WHISKEY, 1)) for _ in range(30)))
    assert await count(pack(ann), WHISKEY) == 30
    assert await game.database["inventories"].count_documents({"ownerId": ann}) == 1


async def test_the_same_stack_listed_twenty_times_at_once_is_listed_once(game: Game) -> None:
    ann = await add_carrier(game, Line(COLT, 3))
    goods = [listing(ObjectId()) for _ in range(20)]
    results = await at_once(
        *(move(Line(COLT, 3), pack(ann), place, ItemSource.LISTED) for place in goods)
    )
    assert sum(isinstance(result, InsufficientItems) for result in results) == 19
    assert sum([await count(place, COLT) for place in goods]) == 3
    assert await count(pack(ann), COLT) == 0


async def test_a_unique_item_sold_to_twenty_at_once_goes_to_one(game: Game) -> None:
    ann = await add_carrier(game)
    buyers = [await add_carrier(game) for _ in range(20)]
    gun = revolver()
    await give(ann, gun)
    results = await at_once(
        *(move(Unique(gun.item.id), pack(ann), pack(buyer)) for buyer in buyers)
    )
    assert sum(isinstance(result, InsufficientItems) for result in results) == 19
    assert await place_of(gun.item.id) in {str(pack(buyer)) for buyer in buyers}


async def test_fifty_takers_of_a_stack_take_what_there_is(game: Game) -> None:
    ann = await add_carrier(game, Line(WHISKEY, 100))
    results = await at_once(*(leave(Line(WHISKEY, 10), pack(ann)) for _ in range(50)))
    assert sum(isinstance(result, InsufficientItems) for result in results) == 40
    assert await count(pack(ann), WHISKEY) == 0


async def test_parallel_gifts_never_pass_the_limits(game: Game) -> None:
    ann = await add_carrier(game, Line(COLT, 90))
    results = await at_once(
        *(give(ann, revolver()) for _ in range(15)),
        *(give(ann, Line(COLT, 1)) for _ in range(15)),
    )
    assert sum(isinstance(result, InventoryFull) for result in results) == 20
    found = await Inventory.load_one({"_id": str(pack(ann))})
    assert found is not None
    assert found.used_slots == found.max_slots == 100


async def test_an_escrow_emptied_twice_at_once_is_emptied_once(game: Game) -> None:
    ann, bob = await add_carrier(game, *lines(whiskey=5, coal=5)), await add_carrier(game)
    goods = listing(ObjectId())
    await move(ALL, pack(ann), goods, ItemSource.LISTED)
    await asyncio.gather(
        move(ALL, goods, pack(ann), ItemSource.LISTING_RETURNED),
        move(ALL, goods, pack(bob), ItemSource.MARKET_SALE),
    )
    assert sorted([await count(pack(ann), COAL), await count(pack(bob), COAL)]) == [0, 5]


@pytest.mark.parametrize("seed", [1866, 1876])
async def test_a_thousand_random_movements_lose_and_make_nothing(game: Game, seed: int) -> None:
    dice = random.Random(seed)
    people = [await add_carrier(game, *lines(whiskey=100, coal=50, colt=5)) for _ in range(8)]
    guns = [revolver() for _ in range(8)]
    for person, gun in zip(people, guns, strict=True):
        await give(person, gun)
    first = await game.database["characters"].find_one({"_id": people[0]})
    await game.database["characters"].update_many(
        {}, {"$set": {"currentLocationId": first["currentLocationId"]}}
    )
    laid: list[ObjectId] = []
    left = iter(range(1000))

    async def trade() -> None:
        for _ in left:
            giver, taker = dice.sample(people, 2)
            code = dice.choice([WHISKEY, COAL, COLT])
            try:
                match dice.randrange(5):
                    case 0:
                        gun = dice.choice(guns).item.id
                        await move(Unique(gun), pack(giver), pack(taker))
                    case 1:
                        dropped = await ground.drop_item(giver, code, quantity=dice.randint(1, 20))
                        laid.append(dropped.ground_item)
                    case 2 if laid:
                        await ground.pick_up(taker, dice.choice(laid))
                    case _:
                        await move(
                            Line(code, dice.randint(1, 30)),
                            pack(giver),
                            pack(taker),
                            overflow=dice.choice(list(Overflow)),
                        )
            except GameError:
                continue

    await asyncio.gather(*(trade() for _ in range(16)))
    total = await world_count(game, WHISKEY)
    assert total == 800
    assert await problems() == []


@pytest.mark.parametrize("failing_write", range(1, 9))
async def test_a_crash_after_any_write_of_a_movement_leaves_no_trace(
    game: Game, failing_write: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plain sequence of writes, cut after each of them."""
    game.bulk_writes = False
    ann, bob = await add_carrier(game, Line(COAL, 190)), await add_carrier(game, Line(COAL, 100))
    gun = revolver()
    await give(bob, gun)
    goods: list[Line | Unique | Fresh] = [Line(COAL, 20), Unique(gun.item.id)]
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
        await move(goods, pack(bob), pack(ann), overflow=Overflow.PARK)
    except RuntimeError:
        crashed = True
    monkeypatch.undo()
    assert crashed == (failing_write <= 5)
    if crashed:
        assert await fingerprint(game) == before
        await move(goods, pack(bob), pack(ann), overflow=Overflow.PARK)
    assert await count(pack(ann), COAL) == 200
    assert await count(pack(bob), COAL) == 80


async def test_a_refused_part_undoes_the_whole_command(game: Game) -> None:
    ann, bob = await add_carrier(game, *lines(whiskey=5, colt=2)), await add_carrier(game)
    await give(bob, Line(COLT, 99))
    before = await fingerprint(game)
    with pytest.raises(InventoryFull):
        await move(lines(whiskey=5, colt=2), pack(ann), pack(bob))
    assert await fingerprint(game) == before
