"""How many people are about at a place. For everybody, read only.

The people of the world are nobody in particular: how full a place is follows from its kind, the
part of the day, the weather and a hash of the place and the hour of the game, so that it stays as
it is for that hour, and is the same for all who look.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from desperados.engine.storage.content import Content
from desperados.world.clock import ERA, HOUR, Period, game_time
from desperados.world.documents import Location
from desperados.world.places import Place
from desperados.world.seasons import PERIODS, SEASONS
from desperados.world.weather import weather_at

CAPACITIES: Mapping[str, int] = {
    "town_square": 200,
    "fighting_pit": 150,
    "train_station": 120,
    "church": 100,
    "saloon": 80,
    "cantina": 60,
    "hotel": 50,
    "trading_post": 50,
    "general_store": 40,
    "gang_hq": 40,
    "bank": 30,
    "smugglers_den": 30,
    "doctors_office": 25,
    "sheriff_office": 20,
    "blacksmith": 15,
}
ORDINARY_CAPACITY = 50

AMUSEMENT = frozenset({"saloon", "cantina", "fighting_pit", "elite_club"})
BUSINESS = frozenset({"bank", "courthouse", "government", "mining_office", "assay_office"})
SATURDAY = 6
WEEKEND_FACTOR = 1.3
NOISE = 0.2  # up or down


class CrowdLevel(StrEnum):
    """How full a place is."""

    EMPTY = "empty"
    SPARSE = "sparse"
    MODERATE = "moderate"
    BUSY = "busy"
    CROWDED = "crowded"
    PACKED = "packed"


@dataclass(frozen=True, slots=True)
class CrowdFactors:
    """What a crowd multiplies: how much is seen of a crime, and what a pickpocket finds; 0 where
    there is nobody whose pockets could be picked."""

    detection: float
    pickpocket: float


CROWDS: Mapping[CrowdLevel, CrowdFactors] = {
    CrowdLevel.EMPTY: CrowdFactors(0.2, 0),
    CrowdLevel.SPARSE: CrowdFactors(0.5, 0),
    CrowdLevel.MODERATE: CrowdFactors(0.8, 1),
    CrowdLevel.BUSY: CrowdFactors(1, 1.3),
    CrowdLevel.CROWDED: CrowdFactors(1.3, 1.5),
    CrowdLevel.PACKED: CrowdFactors(1.5, 1.8),
}
# From below: a level is that of the first bound that the share is below, in percent.
_BELOW = tuple(zip((5, 25, 50, 75, 90), CrowdLevel, strict=False))


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many of ``capacity`` people are there. More than fit stand outside."""

    people: int
    capacity: int

    @property
    def level(self) -> CrowdLevel:
        """How full the place is."""
        percent = 100 * self.people / self.capacity
        return next((level for below, level in _BELOW if percent < below), CrowdLevel.PACKED)

    @property
    def factors(self) -> CrowdFactors:
        """What it multiplies."""
        return CROWDS[self.level]


def base_share(kind: str, period: Period, weekday: int) -> float:
    """How full a place of a type is on an ordinary day, 0 to 1."""
    weekend = weekday >= SATURDAY
    if kind in AMUSEMENT:
        late = period in (Period.EVENING, Period.NIGHT)
        share = 0.8 if late else PERIODS[period].activity * 0.5
        return min(1, share * (WEEKEND_FACTOR if weekend else 1))
    if kind in BUSINESS and period in (Period.MORNING, Period.NOON):
        return 0.6
    if kind == "church" and (period is Period.DAWN or weekend):
        return 0.7
    return PERIODS[period].activity * 0.5


def crowd_of(place: Place, moment: datetime, capacity: int, shops: float) -> Crowd:
    """The crowd at a place; ``shops`` is what the weather leaves of the people (1: all)."""
    if not place.is_open(moment):
        return Crowd(0, capacity)
    time = game_time(moment)
    share = base_share(place.type, time.period, time.weekday) * SEASONS[time.season].activity
    hour = (moment - ERA) // HOUR
    digest = hashlib.blake2b(f"{place.code}:{hour}".encode(), digest_size=8).digest()
    noise = 1 + NOISE * (2 * int.from_bytes(digest) / 2**64 - 1)
    return Crowd(round(capacity * min(1, max(0, share * shops * noise))), capacity)


async def crowd_at(place: Place, moment: datetime) -> Crowd:
    """The crowd at a place, with the weather as it is at the beginning of the hour."""
    hour = ERA + (moment - ERA) // HOUR * HOUR
    capacity = CAPACITIES.get(place.type) or await _CAPACITIES.get(place.id) or ORDINARY_CAPACITY
    return crowd_of(place, hour, capacity, (await weather_at(place, hour)).factors.shops)


_CAPACITIES = Content(Location, "_id", lambda row: max(0, int(row.get("capacity") or 0)))
