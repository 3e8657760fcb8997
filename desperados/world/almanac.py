"""What anybody may know of the sky and the days: weather and forecast, how it is at a place, and
which holidays come. And how the staff set the weather.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any

from bson import ObjectId
from pydantic import Field
from pymongo.errors import DuplicateKeyError

from desperados.accounts.acts import may_act
from desperados.accounts.documents import UserRole
from desperados.accounts.inputs import Reason
from desperados.engine import clock, dice
from desperados.engine.ambient import current_transaction
from desperados.engine.commands import command
from desperados.engine.errors import InvalidInput
from desperados.engine.live.events import broadcast
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.storage.content import Content, content_changed
from desperados.engine.storage.reads import alone
from desperados.engine.transactions import stage
from desperados.engine.views import View
from desperados.world.crowd import CrowdLevel, crowd_at
from desperados.world.documents import Location, WorldState
from desperados.world.errors import PlaceNotFound, RegionNotFound, WeatherChanged
from desperados.world.events import WeatherSet
from desperados.world.modifiers import EVENT_FIELDS, modifiers_at
from desperados.world.ongoing import ongoing_events
from desperados.world.places import read_place_of
from desperados.world.seasons import DAY, Holiday, holidays_from
from desperados.world.weather import (
    Sky,
    Weather,
    WeatherKind,
    ordered,
    read_sky,
    state_key,
    weather_at,
)

MOST_HOURS = 24

Code = Annotated[str, Field(min_length=1, max_length=100)]
RegionCode = Annotated[Code, Field(examples=["town"])]
PlaceCode = Annotated[Code, Field(examples=["red-gulch"])]
Intensity = Annotated[int, Field(ge=1, le=10)]
Hours = Annotated[int, Field(ge=1, le=MOST_HOURS, description="for how many hours (of ours)")]
Version = Annotated[int, Field(ge=0, examples=[0])]


class WeatherView(View):
    """A weather and its intensity, 1 to 10."""

    kind: WeatherKind
    intensity: Annotated[int, Field(ge=1, le=10)]
    since: datetime
    until: datetime


class RegionWeather(View):
    """The weather of a region, and that of the next three hours, as each begins.

    ``version`` grows whenever the staff set the weather; 0 where they never did.
    """

    region: str
    now: WeatherView
    forecast: list[WeatherView]
    version: int


class ModifiersView(View):
    """What a place multiplies now; 1 changes nothing."""

    travel: float
    energy: float
    encounter: float
    visibility: float
    detection: float
    job: float
    shops: float
    regen: float
    combat: float


class PlaceConditions(View):
    """How it is at a place: the weather, how many people are about, and what that changes."""

    location: str
    weather: WeatherView
    crowd: CrowdLevel
    people: int
    capacity: int
    modifiers: ModifiersView


class HolidayView(View):
    """A holiday, from ``starts_at`` to ``ends_at``. ``price`` multiplies what shops ask, ``mood``
    and ``regen`` are percent, an event begins with ``event_chance`` (0 to 1)."""

    code: str
    month: int
    day: int
    starts_at: datetime
    ends_at: datetime
    price: float
    mood: int
    regen: int
    event_chance: float


async def get_weather(region: RegionCode) -> RegionWeather:
    """The weather of a region and its forecast, as they are seen where nothing is supernatural.

    Raises:
        RegionNotFound: there is no such region.
    """
    sky = await _sky_of(region)
    now = clock.now()
    row = await WorldState.collection().find_one({"stateKey": state_key(region)}, {"value": 1})
    return _region_weather(sky, now, _version(row))


async def get_conditions(location: PlaceCode) -> PlaceConditions:
    """How it is at a place now.

    Raises:
        PlaceNotFound: there is no such place, or players are not told of it.
    """
    place = await read_place_of(location)
    if place is None or await _HIDDEN.get(place.id):
        raise PlaceNotFound()
    now = clock.now()
    crowd = await crowd_at(place, now)
    events = await alone(ongoing_events(place, {}, EVENT_FIELDS))
    return PlaceConditions(
        location=place.code,
        weather=_weather(await weather_at(place, now)),
        crowd=crowd.level,
        people=crowd.people,
        capacity=crowd.capacity,
        modifiers=ModifiersView.model_validate(
            await modifiers_at(place, now, events), from_attributes=True
        ),
    )


async def list_holidays() -> list[HolidayView]:
    """The holidays of the year to come, the one that is on included."""
    return [_holiday(holiday, at) for holiday, at in holidays_from(clock.now())]


@command
async def set_weather(
    staff: ObjectId,
    region: RegionCode,
    *,
    kind: WeatherKind,
    intensity: Intensity,
    hours: Hours,
    version: Version,
    reason: Reason,
    key: str | None = None,
) -> RegionWeather:
    """Put a weather in the place of what was forecast for a region, from now on.

    ``version`` is that of the weather which the staff have seen: of two who set it at once, one is
    refused. What is supernatural is seen only where the land is.

    Raises:
        InvalidInput: there is no such weather, or the intensity is not 1 to 10, or the hours not 1
            to 24.
        WeatherChanged: somebody has set it meanwhile.
        RegionNotFound: there is no such region.
        InvalidReason: the reason is not 5 to 500 characters.
        Forbidden: you are no member of the staff.
        KeyReused: the key was used with another request.
    """
    _check_order(kind, intensity, hours)
    act = await may_act(staff, (), needed=UserRole.MODERATOR, reason=reason)
    sky = await _sky_of(region)
    row = await WorldState.collection().find_one({"stateKey": state_key(region)})
    if _version(row) != version:
        raise WeatherChanged(version=_version(row))
    now = clock.now()
    before = replace(sky, ordered=ordered(row["value"]) if row else None).at(now)
    weather = Weather(WeatherKind(kind), intensity, now, now + timedelta(hours=hours))
    await _keep(region, weather, version)
    broadcast(
        WeatherSet(region=region, kind=weather.kind, intensity=intensity, until=weather.until)
    )
    act.note(
        "WEATHER_SET",
        region=region,
        before={"kind": before.kind.value, "until": before.until},
        after={"kind": weather.kind.value, "until": weather.until, "intensity": intensity},
    )
    return _region_weather(replace(sky, ordered=weather), now, version + 1)


def _check_order(kind: WeatherKind, intensity: int, hours: int) -> None:
    if kind not in list(WeatherKind):
        raise InvalidInput("There is no such weather.", path="kind")
    for path, number, most in (("intensity", intensity, 10), ("hours", hours, MOST_HOURS)):
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= most:
            raise InvalidInput(f"This is a whole number from 1 to {most}.", path=path)


async def _keep(region: str, weather: Weather, version: int) -> None:
    """Stage the weather, if nobody has set it since ``version``; every process looks again then.

    Outcomes: set; not found or taken, when somebody was quicker (``WeatherChanged``).
    """
    value = {
        "kind": weather.kind.value,
        "intensity": weather.intensity,
        "since": weather.since,
        "until": weather.until,
        "version": version + 1,
    }
    row = {"stateKey": state_key(region), "value": value, "updatedAt": weather.since}
    name = WorldState.collection_name()
    if version:
        where = {"stateKey": state_key(region), "value.version": version}
        stage(StagedUpdate(name, where, {"$set": row}, otherwise=WeatherChanged()))
    else:
        stage(StagedInsert(name, {"_id": dice.new_id(), **row, "__v": 0}))
        transaction = current_transaction()
        assert transaction is not None
        try:
            await transaction.flush()
        except DuplicateKeyError:
            raise WeatherChanged() from None
    await content_changed()


async def _sky_of(region: str) -> Sky:
    sky = await read_sky(region)
    if sky is None:
        raise RegionNotFound()
    return sky


def _version(row: Mapping[str, Any] | None) -> int:
    value = row.get("value") if row else None
    version = value.get("version") if isinstance(value, Mapping) else None
    return version if isinstance(version, int) else 0


def _region_weather(sky: Sky, now: datetime, version: int) -> RegionWeather:
    return RegionWeather(
        region=sky.region,
        now=_weather(sky.at(now).over(supernatural=False)),
        forecast=[_weather(one.over(supernatural=False)) for one in sky.forecast(now)],
        version=version,
    )


def _weather(weather: Weather) -> WeatherView:
    return WeatherView.model_validate(weather, from_attributes=True)


def _holiday(holiday: Holiday, starts_at: datetime) -> HolidayView:
    return HolidayView(
        code=holiday.code,
        month=holiday.month,
        day=holiday.day,
        starts_at=starts_at,
        ends_at=starts_at + DAY,
        price=holiday.price,
        mood=holiday.mood,
        regen=holiday.regen,
        event_chance=holiday.event_chance,
    )


_HIDDEN = Content(Location, "_id", lambda row: bool(row.get("hidden")) or bool(row.get("isSecret")))
