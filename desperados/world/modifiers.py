"""What a place multiplies now: weather, season, hour, moon, holiday and events, as one product.

For everybody, read only. What depends on who asks (effects, wanted, the mount) is not in it, and
neither is that the night is dangerous on the roads: that adds up with other dangers (travel).

=========== ======================================================= ==========
modifier    made of                                                 range
=========== ======================================================= ==========
travel      weather, season (divided by its speed), events          0.1 to 3
energy      weather, season, events                                 0.1 to 3
encounter   weather, danger of season and month, events             0.1 to 3
visibility  weather                                                 0.1 to 3
detection   weather, hour, after dark the moon                      0.1 to 3
job         weather, events                                         0.1 to 3
shops       weather, season                                         0.1 to 3
regen       weather, holiday                                        0.1 to 3
combat      weather, holiday                                        0.1 to 3
=========== ======================================================= ==========
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desperados.engine.storage.reads import alone
from desperados.world.clock import GameTime, game_time
from desperados.world.ongoing import ongoing_events
from desperados.world.places import Place
from desperados.world.seasons import SEASONS, holiday_of, light_of, month_danger
from desperados.world.weather import Factors, clamped, weather_at

Event = Mapping[str, Any]
EVENT_FIELDS = {"effects": 1, "extraEffects": 1}
"""What ``ongoing_events`` must bring of an event for it to count here."""
_COUNTS = {
    "$or": [
        {name: {"$exists": True}}
        for name in (
            "effects.travelModifier",
            "effects.dangerModifier",
            "extraEffects.energy",
            "extraEffects.job",
        )
    ]
}
_ANY_EFFECT = (0.5, 3.0)
_DANGER = (0.25, 4.0)


@dataclass(frozen=True, slots=True)
class Modifiers:
    """What a place multiplies at a moment; 1 changes nothing."""

    travel: float
    energy: float
    encounter: float
    visibility: float
    detection: float
    job: float
    shops: float
    regen: float
    combat: float


def product(time: GameTime, weather: Factors, events: Sequence[Event] = ()) -> Modifiers:
    """The modifiers at a time, in a weather, while events go on."""
    season, holiday = SEASONS[time.season], holiday_of(time)
    danger = season.danger * month_danger(time.month)
    return Modifiers(
        travel=clamped(
            weather.travel / season.speed * combined(_effects(events, "travelModifier"))
        ),
        energy=clamped(weather.energy * season.energy * combined(_extra(events, "energy"))),
        encounter=clamped(
            weather.encounter * danger * combined(_effects(events, "dangerModifier"), _DANGER)
        ),
        visibility=clamped(weather.visibility),
        detection=clamped(weather.detection * light_of(time)),
        job=clamped(weather.job * combined(_extra(events, "job"))),
        shops=clamped(weather.shops * season.activity),
        regen=clamped(weather.regen * (1 + (holiday.regen if holiday else 0) / 100)),
        combat=clamped(weather.combat * (holiday.combat if holiday else 1)),
    )


def combined(factors: Iterable[object], bounds: tuple[float, float] = _ANY_EFFECT) -> float:
    """The product of the effects of several events, within its bounds. What is no positive number
    (another program wrote it) counts for nothing."""
    low, high = bounds
    numbers = [
        float(factor)
        for factor in factors
        if isinstance(factor, int | float)
        and not isinstance(factor, bool)
        and math.isfinite(factor)
        and factor > 0
    ]
    return min(high, max(low, math.prod(numbers)))


def _effects(events: Sequence[Event], name: str) -> list[object]:
    return [(event.get("effects") or {}).get(name) for event in events]


def _extra(events: Sequence[Event], name: str) -> list[object]:
    return [(event.get("extraEffects") or {}).get(name) for event in events]


async def modifiers_at(place: Place, moment: datetime, events: Sequence[Event] = ()) -> Modifiers:
    """What a place multiplies at ``moment``. It reads what every process keeps in memory; the
    ``events`` that go on there (``ongoing_events``) come from whoever reads, with its other reads.
    """
    weather = await weather_at(place, moment)
    return product(game_time(moment), weather.factors, events)


async def read_modifiers(place: Place, moment: datetime) -> Modifiers:
    """What a place multiplies at ``moment``, with the events that go on there: one read."""
    events = await alone(ongoing_events(place, _COUNTS, EVENT_FIELDS))
    return await modifiers_at(place, moment, events)
