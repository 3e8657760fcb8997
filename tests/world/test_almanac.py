"""What anybody may know of sky and days, and how the staff set the weather."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.accounts.documents import UserRole
from desperados.accounts.errors import InvalidReason
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import Forbidden, InvalidInput
from desperados.engine.live.events import listen
from desperados.engine.storage import content
from desperados.testing import World, hammer
from desperados.world import almanac
from desperados.world.almanac import get_conditions, get_weather, list_holidays, set_weather
from desperados.world.clock import moment_of
from desperados.world.errors import PlaceNotFound, RegionNotFound, WeatherChanged
from desperados.world.places import read_place_of
from desperados.world.weather import WeatherKind, drawn, weather_at
from tests.worlds import hire

MIST = WeatherKind.SUPERNATURAL_MIST


@pytest.fixture
async def marshal(world: World) -> ObjectId:
    return await hire(world.game, role=UserRole.MODERATOR.value)


async def order(staff: ObjectId, region: str = "town", **more: Any) -> almanac.RegionWeather:
    fields = {"kind": WeatherKind.FOG, "intensity": 5, "hours": 2, "version": 0, **more}
    return await set_weather(staff, region, reason="a foggy evening", **fields)


async def test_weather_and_forecast_of_a_region(world: World, time: FrozenClock) -> None:
    shown = await get_weather("frontier")
    assert (shown.region, shown.version) == ("frontier", 0)
    expected = drawn("", "frontier", "frontier", time.at)
    assert (shown.now.kind, shown.now.until) == (expected.kind, expected.until)
    for hours, weather in enumerate(shown.forecast, start=1):
        time.at = weather.since
        now = (await get_weather("frontier")).now
        assert now == weather, hours
    with pytest.raises(RegionNotFound):
        await get_weather("atlantis")


async def test_staff_set_the_weather_for_a_while_and_it_is_told(
    world: World, time: FrozenClock, marshal: ObjectId
) -> None:
    gulch = await read_place_of("red-gulch")
    assert gulch is not None
    usual = await weather_at(gulch, time.at)
    async with listen(ObjectId()) as stream:
        shown = await order(marshal, intensity=9)
        message = await asyncio.wait_for(anext(aiter(stream)), 5)
    assert (message.event, message.data["region"], message.data["kind"]) == (
        "weather:changed", "town", "fog",
    )  # fmt: skip
    assert (shown.now.kind, shown.now.intensity, shown.version) == ("fog", 9, 1)
    assert shown.now.until == time.at + timedelta(hours=2)
    assert shown == await get_weather("town")
    assert (await weather_at(gulch, time.at)).kind == "fog"
    assert (await get_weather("frontier")).version == 0
    [row] = await world.game.database["auditlogs"].find({"action": "WEATHER_SET"}).to_list(None)
    assert row["details"]["before"]["kind"] == usual.kind
    assert row["details"]["after"]["kind"] == "fog"
    time.advance(hours=2)
    assert (await weather_at(gulch, time.at)) == drawn("", "town", "town", time.at).over(
        supernatural=False
    )
    assert (await get_weather("town")).version == 1


async def test_mist_that_the_staff_order_is_fog_where_the_land_is_ordinary(
    world: World, time: FrozenClock, marshal: ObjectId
) -> None:
    shown = await order(marshal, "devils_canyon", kind=MIST, intensity=10)
    assert (shown.now.kind, shown.now.intensity) == ("fog", 8)
    for code, kind in (("the-scar", MIST), ("sangre-canyon", WeatherKind.FOG)):
        place = await read_place_of(code)
        assert place is not None
        assert (await weather_at(place, time.at)).kind is kind


async def test_of_those_who_set_it_at_once_one_is_heard(world: World, marshal: ObjectId) -> None:
    for version in range(3):
        outcomes = await hammer(lambda version=version: order(marshal, version=version), 8)
        assert outcomes.done == 1
        assert outcomes.refused == {"weather_changed": 7}
    assert (await get_weather("town")).version == 3
    with pytest.raises(WeatherChanged):
        await order(marshal, version=2)
    rows = world.game.database["worldstates"]
    assert await rows.count_documents({"stateKey": "weather:town"}) == 1


async def test_an_order_with_its_key_is_given_once(world: World, marshal: ObjectId) -> None:
    first = await order(marshal, key="once")
    assert await order(marshal, key="once") == first
    assert (await get_weather("town")).version == 1


@pytest.mark.parametrize(
    ("error", "fields"),
    [
        (InvalidInput, {"intensity": 11}),
        (InvalidInput, {"intensity": -1}),
        (InvalidInput, {"intensity": True}),
        (InvalidInput, {"hours": 25}),
        (InvalidInput, {"kind": "frogs"}),
        (RegionNotFound, {"region": "atlantis"}),
        (WeatherChanged, {"version": 7}),
    ],
)
async def test_what_is_no_weather_is_refused(
    world: World, marshal: ObjectId, error: type[Exception], fields: dict[str, Any]
) -> None:
    with pytest.raises(error):
        await order(marshal, **fields)
    assert await world.game.database["worldstates"].count_documents({}) == 0


async def test_only_staff_may_and_they_say_why(world: World, marshal: ObjectId) -> None:
    with pytest.raises(Forbidden):
        await order(ObjectId())
    with pytest.raises(InvalidReason):
        await set_weather(marshal, "town", kind=MIST, intensity=5, hours=1, version=0, reason="no")


async def test_another_process_sees_it_when_it_looks_again(
    world: World, time: FrozenClock, marshal: ObjectId, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = await read_place_of("red-gulch")
    assert place is not None
    await weather_at(place, time.at)
    kept = world.game.content
    await order(marshal, kind=WeatherKind.SANDSTORM)
    world.game.content = kept  # what the other one keeps; nobody tells it
    assert isinstance(kept, content._Kept)
    kept.looked_at -= content.CHECK_SECONDS
    assert (await weather_at(place, time.at)).kind is WeatherKind.SANDSTORM


async def test_how_it_is_at_a_place(world: World, time: FrozenClock) -> None:
    time.at = moment_of(1890, 6, 2, 12)
    before = await get_conditions("red-gulch")
    assert before.location == "red-gulch"
    assert before.people <= before.capacity == 500
    flood = {"status": "active", "startsAt": time.at, "endsAt": time.at + timedelta(hours=1),
             "regionId": "town", "effects": {"travelModifier": 2}}  # fmt: skip
    await world.game.database["worldevents"].insert_one(flood)
    after = await get_conditions("red-gulch")
    assert after.modifiers.travel == min(3, 2 * before.modifiers.travel)
    assert after.modifiers.energy == before.modifiers.energy
    with pytest.raises(PlaceNotFound):
        await get_conditions("atlantis")


async def test_players_are_not_told_of_hidden_places(world: World) -> None:
    locations = world.game.database["locations"]
    await locations.insert_many(
        [
            {"locationId": "den", "regionId": "town", "hidden": True},
            {"locationId": "vault", "regionId": "town", "isSecret": True},
        ]
    )
    for code in ("den", "vault"):
        with pytest.raises(PlaceNotFound):
            await get_conditions(code)


async def test_the_holidays_to_come(world: World, time: FrozenClock) -> None:
    time.at = moment_of(1890, 12, 25, 3)
    coming = await list_holidays()
    assert [holiday.code for holiday in coming[:3]] == [
        "christmas", "new-years-eve", "new-years-day",
    ]  # fmt: skip
    assert len(coming) == 11
    assert coming[0].starts_at == moment_of(1890, 12, 25)
    assert coming[0].ends_at == moment_of(1890, 12, 26)
    assert coming[2].starts_at == moment_of(1891, 1, 1)
