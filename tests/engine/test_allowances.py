"""Places: so many at a time, whoever comes at once, and each is given back."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.engine import clock
from desperados.engine.allowances import Places
from desperados.engine.errors import Conflict
from desperados.engine.game import Game, current_game
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.transactions import stage, transactional

BEDS = Places("beds", 3, Conflict)
NOON = datetime(2031, 5, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
counted: list[ObjectId] = []


async def count(inn: ObjectId) -> int:
    counted.append(inn)
    return int(
        await current_game().collection("guests").count_documents({"inn": inn, "gone": False})
    )


@transactional
async def come(inn: ObjectId, until: datetime = NOON + HOUR) -> ObjectId:
    place = await BEDS.find(inn, lambda: count(inn))
    guest = ObjectId()
    stage(StagedInsert("guests", {"_id": guest, "inn": inn, "gone": False}))
    place.take(until)
    return guest


@transactional
async def go(inn: ObjectId, guest: ObjectId) -> None:
    stage(
        StagedUpdate(
            "guests", {"_id": guest, "gone": False}, {"$set": {"gone": True}}, Conflict("gone")
        )
    )
    BEDS.give_back(inn)


async def hammer(*calls: Any) -> list[Any]:
    """What came of all, at once: results and refusals. Anything else is a failure."""
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(r, Conflict) or not isinstance(r, BaseException) for r in results)
    return [result for result in results if not isinstance(result, Conflict)]


@pytest.fixture(autouse=True)
async def inns(game: Game) -> None:
    counted.clear()
    await game.database.create_collection("guests")
    await game.database["guests"].create_index([("inn", 1), ("gone", 1)])


@pytest.mark.usefixtures("game")
async def test_of_many_at_once_as_many_go_in_as_there_are_places() -> None:
    inn, other = ObjectId(), ObjectId()
    with clock.frozen(NOON):
        got = await hammer(*(come(inn) for _ in range(20)), *(come(other) for _ in range(2)))
        assert len(got) == 3 + 2
        assert (await count(inn), await count(other)) == (3, 2)


@pytest.mark.usefixtures("game")
async def test_who_goes_makes_room_for_one() -> None:
    inn = ObjectId()
    with clock.frozen(NOON):
        guests = await hammer(*(come(inn) for _ in range(3)))
        for _ in range(4):
            # Those who go and those who come, at once.
            results = await hammer(go(inn, guests[0]), *(come(inn) for _ in range(6)))
            assert await count(inn) <= 3
            guests = [*guests[1:], *(result for result in results if result is not None)]
            while len(guests) < 3:
                guests.append(await come(inn))
            with pytest.raises(Conflict):
                await come(inn)


@pytest.mark.usefixtures("game")
async def test_what_is_counted_is_read_at_the_beginning_and_at_the_end_only() -> None:
    inn = ObjectId()
    with clock.frozen(NOON):
        await come(inn)
        assert len(counted) == 1
        await come(inn)
        await come(inn)
        assert len(counted) == 1
        with pytest.raises(Conflict):
            await come(inn)
        assert len(counted) == 2


async def test_those_who_were_there_before_the_counter_count(game: Game) -> None:
    inn = ObjectId()
    await game.database["guests"].insert_many([{"inn": inn, "gone": False} for _ in range(2)])
    with clock.frozen(NOON):
        assert len(await hammer(*(come(inn) for _ in range(5)))) == 1
        # One of them goes, and is not missed by a counter that never knew it.
        await game.database["guests"].update_one({"inn": inn}, {"$set": {"gone": True}})
        await come(inn)
        with pytest.raises(Conflict):
            await come(inn)


@pytest.mark.usefixtures("game")
async def test_a_counter_lasts_as_long_as_the_last_who_took_a_place() -> None:
    inn = ObjectId()
    with clock.frozen(NOON):
        await come(inn, NOON + 3 * HOUR)
        await come(inn, NOON + HOUR)
        guest = await come(inn, NOON + HOUR)
    with clock.frozen(NOON + 2 * HOUR), pytest.raises(Conflict):
        await come(inn)
    with clock.frozen(NOON + 4 * HOUR):  # none is left of the counter, but all of the guests
        await go(inn, guest)
        assert len(await hammer(*(come(inn, NOON + 9 * HOUR) for _ in range(3)))) == 1
