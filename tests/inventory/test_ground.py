"""Things on the ground: who may take them, and what becomes of the rest."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.characters.errors import CharacterNotFound, CharacterUnavailable
from desperados.engine import clock
from desperados.engine.errors import RateLimited
from desperados.engine.game import Game
from desperados.engine.transactions import transaction
from desperados.engine.work import Jobs
from desperados.inventory import ground
from desperados.inventory.jobs import JOBS
from desperados.ledger.items.documents import GroundItem, ItemMovement
from desperados.ledger.items.errors import (
    InsufficientItems,
    InventoryFull,
    ItemLocked,
    NotHere,
    NothingThere,
    Reserved,
    UnknownItem,
)
from desperados.ledger.items.holders import ground as lying
from desperados.ledger.items.holders import pack
from desperados.ledger.items.ledger import Line
from desperados.ledger.items.sources import ItemSource
from tests.inventory.worlds import (
    COAL,
    COLT,
    LETTER,
    WHISKEY,
    add_carrier,
    count,
    give,
    place_of,
    problems,
    revolver,
)
from tests.worlds import fingerprint

NOON = datetime(2176, 8, 2, 12, tzinfo=UTC)


async def bring_together(game: Game, *people: ObjectId) -> ObjectId:
    """All stand where the first one stands."""
    first = await game.database["characters"].find_one({"_id": people[0]})
    place: ObjectId = first["currentLocationId"]
    await game.database["characters"].update_many(
        {"_id": {"$in": list(people)}}, {"$set": {"currentLocationId": place}}
    )
    return place


async def test_what_one_drops_another_takes(game: Game) -> None:
    ann, bob = await add_carrier(game, Line(WHISKEY, 10)), await add_carrier(game)
    await bring_together(game, ann, bob)
    dropped = await ground.drop_item(ann, WHISKEY, quantity=4)
    (seen,) = (await ground.ground_items(bob)).items
    assert (seen.id, seen.item, seen.quantity) == (dropped.ground_item, WHISKEY, 4)
    taken = await ground.pick_up(bob, dropped.ground_item)
    assert ([(t.item, t.quantity) for t in taken.taken], taken.left) == ([(WHISKEY, 4)], 0)
    assert await count(pack(bob), WHISKEY) == 4
    assert await count(pack(ann), WHISKEY) == 6
    assert (await ground.ground_items(bob)).items == []
    with pytest.raises(NothingThere):
        await ground.pick_up(ann, dropped.ground_item)


async def test_a_unique_item_is_dropped_and_taken_whole(game: Game) -> None:
    ann, bob = await add_carrier(game), await add_carrier(game)
    await bring_together(game, ann, bob)
    gun = revolver()
    await give(ann, gun)
    dropped = await ground.drop_unique(ann, gun.item.id)
    assert await place_of(gun.item.id) == str(lying(dropped.ground_item))
    (seen,) = (await ground.ground_items(bob)).items
    assert (seen.item, seen.unique) == (COLT, gun.item.id)
    taken = await ground.pick_up(bob, dropped.ground_item)
    assert taken.taken[0].unique == gun.item.id
    assert await place_of(gun.item.id) == str(pack(bob))


async def test_of_twenty_who_reach_for_one_thing_one_gets_it(game: Game) -> None:
    people = [await add_carrier(game) for _ in range(20)]
    await bring_together(game, *people)
    await give(people[0], Line(COLT, 1))
    dropped = await ground.drop_item(people[0], COLT)
    results = await asyncio.gather(
        *(ground.pick_up(person, dropped.ground_item) for person in people),
        return_exceptions=True,
    )
    assert sum(isinstance(result, NothingThere) for result in results) == 19
    assert sum([await count(pack(person), COLT) for person in people]) == 1


async def test_what_does_not_fit_stays_on_the_ground_for_others(game: Game) -> None:
    ann, bob = await add_carrier(game, Line(COAL, 100)), await add_carrier(game, Line(COAL, 160))
    await bring_together(game, ann, bob)
    dropped = await ground.drop_item(ann, COAL, quantity=100)
    taken = await ground.pick_up(bob, dropped.ground_item)
    assert (taken.taken[0].quantity, taken.left) == (40, 60)
    with pytest.raises(InventoryFull):
        await ground.pick_up(bob, dropped.ground_item)
    assert (await ground.pick_up(ann, dropped.ground_item)).taken[0].quantity == 60


async def test_nothing_is_taken_from_another_place(game: Game) -> None:
    ann, bob = await add_carrier(game, Line(WHISKEY, 1)), await add_carrier(game)
    dropped = await ground.drop_item(ann, WHISKEY)
    with pytest.raises(NotHere):
        await ground.pick_up(bob, dropped.ground_item)
    assert (await ground.ground_items(bob)).items == []
    with pytest.raises(NothingThere):
        await ground.pick_up(bob, ObjectId())


@pytest.mark.parametrize("state", ["isDead", "isInJail", "isInCombat"])
async def test_the_dead_the_jailed_and_the_fighting_drop_and_take_nothing(
    game: Game, state: str
) -> None:
    ann = await add_carrier(game, Line(WHISKEY, 2))
    dropped = await ground.drop_item(ann, WHISKEY)
    await game.database["characters"].update_one({"_id": ann}, {"$set": {state: True}})
    before = await fingerprint(game)
    with pytest.raises(CharacterUnavailable):
        await ground.drop_item(ann, WHISKEY)
    with pytest.raises(CharacterUnavailable):
        await ground.pick_up(ann, dropped.ground_item)
    assert await fingerprint(game) == before


async def test_what_one_does_not_have_or_may_not_part_with_is_not_dropped(game: Game) -> None:
    ann, bob = await add_carrier(game, Line(LETTER, 1)), await add_carrier(game)
    gun = revolver()
    await give(bob, gun)
    before = await fingerprint(game)
    for attempt, error in (
        (ground.drop_item(ann, WHISKEY), InsufficientItems),
        (ground.drop_item(ann, LETTER), ItemLocked),
        (ground.drop_item(ann, "no-such-thing"), UnknownItem),
        (ground.drop_unique(ann, gun.item.id), InsufficientItems),
        (ground.drop_unique(ann, ObjectId()), InsufficientItems),
        (ground.drop_item(ObjectId(), WHISKEY), CharacterNotFound),
    ):
        with pytest.raises(error):
            await attempt
    assert await fingerprint(game) == before


async def test_loot_is_kept_for_its_winner_for_five_minutes(game: Game) -> None:
    ann, bob = await add_carrier(game), await add_carrier(game)
    place = await bring_together(game, ann, bob)
    with clock.frozen(NOON) as time:
        async with transaction():
            _, (laid, _) = await ground.lay(
                [Line(WHISKEY, 3), revolver()],
                location=place,
                source=ItemSource.COMBAT_LOOT,
                reserved_for=ann,
            )
        assert (await ground.ground_items(ann)).items[0].reserved_until is None
        assert (await ground.ground_items(bob)).items[0].reserved_until == NOON + timedelta(
            minutes=5
        )
        with pytest.raises(Reserved):
            await ground.pick_up(bob, laid)
        time.advance(minutes=5)
        await ground.pick_up(bob, laid)
    assert await count(pack(bob), WHISKEY) == 3


async def test_after_an_hour_the_loss_is_recorded_and_only_then_the_row_may_vanish(
    game: Game,
) -> None:
    jobs = Jobs(JOBS)
    with clock.frozen(NOON) as time:
        ann = await add_carrier(game, Line(WHISKEY, 3))
        gun = revolver()
        await give(ann, gun)
        dropped = await ground.drop_item(ann, WHISKEY, quantity=2)
        laid = await ground.drop_unique(ann, gun.item.id)
        time.advance(minutes=59)
        assert await jobs.run_until_idle() == 0
        row = await GroundItem.load_one({"_id": dropped.ground_item})
        assert row is not None
        assert row.expires_at > NOON + timedelta(days=300)
        time.advance(minutes=1)
        with pytest.raises(NothingThere):
            await ground.pick_up(ann, dropped.ground_item)
        assert (await ground.ground_items(ann)).items == []
        assert await jobs.run_until_idle() == 2
        assert await jobs.run_until_idle() == 0
        row = await GroundItem.load_one({"_id": dropped.ground_item})
        assert row is not None
        assert (row.quantity, row.rots_at) == (0, None)
        assert row.expires_at == clock.now() + timedelta(days=1)
    (last,) = await ItemMovement.load_many(
        {"holder": str(lying(dropped.ground_item)), "seq": 2}, limit=2
    )
    assert (last.source, last.quantity, last.counterparty) == ("rotted", -2, "world")
    assert await place_of(gun.item.id) is None
    assert laid.item == COLT


async def test_the_world_adds_up_when_emptied_rows_have_expired(game: Game) -> None:
    ann = await add_carrier(game, Line(WHISKEY, 3))
    dropped = await ground.drop_item(ann, WHISKEY)
    await ground.pick_up(ann, dropped.ground_item)
    await game.database["grounditems"].delete_one({"_id": dropped.ground_item})
    assert await problems() == []


async def test_two_workers_record_one_loss(game: Game) -> None:
    with clock.frozen(NOON) as time:
        ann = await add_carrier(game, Line(WHISKEY, 3))
        dropped = await ground.drop_item(ann, WHISKEY)
        time.advance(hours=2)
        await asyncio.gather(*(ground.rot(dropped.ground_item) for _ in range(5)))
    rows = await ItemMovement.load_many({"holder": str(lying(dropped.ground_item))}, limit=9)
    assert [row.quantity for row in rows] == [1, -1]


async def test_a_row_that_was_emptied_by_hand_is_not_due_forever(game: Game) -> None:
    with clock.frozen(NOON) as time:
        ann = await add_carrier(game, Line(WHISKEY, 3))
        dropped = await ground.drop_item(ann, WHISKEY)
        await ground.pick_up(ann, dropped.ground_item)
        await game.database["grounditems"].update_one(
            {"_id": dropped.ground_item}, {"$set": {"rotsAt": NOON}}
        )
        time.advance(hours=2)
        assert await Jobs(JOBS).run_until_idle() == 1


@pytest.mark.parametrize("quantity", [3, 3.0])
async def test_what_another_program_laid_down_can_be_taken(game: Game, quantity: Any) -> None:
    ann = await add_carrier(game)
    place = await bring_together(game, ann)
    coal = await game.database["items"].find_one({"itemId": COAL})
    laid = ObjectId()
    await game.database["grounditems"].insert_one(
        {
            "_id": laid,
            "locationId": place,
            "itemId": coal["_id"],
            "quantity": quantity,
            "droppedAt": clock.now(),
            "expiresAt": clock.now() + timedelta(minutes=30),
        }
    )
    (seen,) = (await ground.ground_items(ann)).items
    assert (seen.item, seen.quantity) == (COAL, 3)
    await ground.pick_up(ann, laid)
    assert await count(pack(ann), COAL) == 3


async def test_dropping_and_taking_with_a_key_happen_once(game: Game) -> None:
    ann = await add_carrier(game, Line(WHISKEY, 10))
    answers = await asyncio.gather(
        *(ground.drop_item(ann, WHISKEY, quantity=4, key="d") for _ in range(10))
    )
    assert all(answer == answers[0] for answer in answers)
    assert await count(pack(ann), WHISKEY) == 6
    taken = await asyncio.gather(
        *(ground.pick_up(ann, answers[0].ground_item, key="p") for _ in range(10))
    )
    assert all(answer == taken[0] for answer in taken)
    assert await count(pack(ann), WHISKEY) == 10


async def test_nobody_litters_a_place_with_hundreds_of_things(game: Game) -> None:
    ann = await add_carrier(game, Line(WHISKEY, 100))
    with clock.frozen(NOON) as time:
        for _ in range(60):
            await ground.drop_item(ann, WHISKEY)
        with pytest.raises(RateLimited):
            await ground.drop_item(ann, WHISKEY)
        assert await count(pack(ann), WHISKEY) == 40
        time.advance(hours=1)
        await ground.drop_item(ann, WHISKEY)
