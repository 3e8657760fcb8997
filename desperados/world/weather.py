"""The weather: what it is where, what it will be, and what it does. For everybody, read only.

Every region has a weather for each four hours of the game (an hour of ours). Nothing stores it and
nothing changes it: it is drawn from a keyed hash of the region and the slot, with the weights of
the region and the season. So all processes see the same, and the forecast is exact. The key is the
seed of the world, which no player knows: beyond the forecast nobody reckons it in advance. The
staff may put another weather in its place for a while (``WorldState``, row ``weather:<region>``).

The supernatural kinds are seen only where the content says so (``supernatural``); elsewhere in the
region they are fog or a thunderstorm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from desperados.engine.storage.content import Content
from desperados.world.clock import ERA, HOUR, Season, game_time
from desperados.world.documents import Location, Region, WorldState
from desperados.world.places import Place

SLOT = 4 * HOUR
FORECAST_SLOTS = 3
SEED_KEY = "seed"
LEAST_FACTOR, MOST_FACTOR = 0.1, 3.0


class WeatherKind(StrEnum):
    """A kind of weather."""

    CLEAR = "clear"
    CLOUDY = "cloudy"
    SANDSTORM = "sandstorm"
    DUST_STORM = "dust_storm"
    HEAT_WAVE = "heat_wave"
    RAIN = "rain"
    FOG = "fog"
    COLD_SNAP = "cold_snap"
    THUNDERSTORM = "thunderstorm"
    SUPERNATURAL_MIST = "supernatural_mist"
    THUNDERBIRD_STORM = "thunderbird_storm"
    REALITY_DISTORTION = "reality_distortion"


Kind = WeatherKind

# What is seen of the supernatural where the land is ordinary.
ELSEWHERE: Mapping[Kind, Kind] = {
    Kind.SUPERNATURAL_MIST: Kind.FOG,
    Kind.THUNDERBIRD_STORM: Kind.THUNDERSTORM,
    Kind.REALITY_DISTORTION: Kind.FOG,
}
ORDINARY_INTENSITY, SUPERNATURAL_INTENSITY = (3, 8), (7, 10)


class Factors(NamedTuple):
    """What a weather multiplies: cost of travel, damage, cost in energy, sight, encounters, pay of
    work, how much is seen of a crime, people in the shops, and what comes back of energy."""

    travel: float = 1
    combat: float = 1
    energy: float = 1
    visibility: float = 1
    encounter: float = 1
    job: float = 1
    detection: float = 1
    shops: float = 1
    regen: float = 1


# At intensity 5.
FACTORS: Mapping[Kind, Factors] = {
    Kind.CLEAR: Factors(),
    Kind.CLOUDY: Factors(visibility=0.9, detection=0.95),
    Kind.RAIN: Factors(1.3, 0.9, 1.2, 0.7, 0.8, 0.85, 0.75, 0.9, 1),
    Kind.DUST_STORM: Factors(1.5, 0.7, 1.5, 0.3, 1.3, 0.6, 0.5, 0.7, 0.9),
    Kind.SANDSTORM: Factors(1.7, 0.6, 1.6, 0.2, 1.4, 0.5, 0.4, 0.5, 0.8),
    Kind.HEAT_WAVE: Factors(1.2, 0.9, 1.4, 1, 0.9, 0.8, 1, 0.8, 0.7),
    Kind.COLD_SNAP: Factors(1.3, 0.85, 1.3, 0.9, 0.8, 0.85, 1.1, 0.9, 0.8),
    Kind.FOG: Factors(1.2, 0.8, 1.1, 0.4, 1.2, 0.9, 0.6, 0.95, 1),
    Kind.THUNDERSTORM: Factors(1.6, 0.6, 1.3, 0.5, 0.6, 0.7, 0.7, 0.7, 1),
    Kind.SUPERNATURAL_MIST: Factors(1.4, 0.8, 1.2, 0.3, 2, 0.7, 0.5, 0.8, 0.9),
    Kind.THUNDERBIRD_STORM: Factors(1.5, 1.2, 1.1, 0.6, 0.7, 1.1, 0.8, 0.9, 1.2),
    Kind.REALITY_DISTORTION: Factors(2, 0.5, 1.8, 0.2, 3, 0.3, 0.3, 0.5, 0.6),
}


def _weights(*weights: int) -> Mapping[Kind, int]:
    return dict(zip(Kind, weights, strict=True))


# By the pattern of a region (``weatherPattern``).
PATTERNS: Mapping[str, Mapping[Kind, int]] = {
    "dusty_flats": _weights(35, 10, 25, 15, 10, 3, 2, 0, 0, 0, 0, 0),
    "sangre_mountains": _weights(25, 20, 0, 5, 2, 15, 10, 15, 5, 1, 2, 0),
    "sacred_lands": _weights(20, 15, 5, 5, 5, 10, 15, 5, 5, 10, 5, 0),
    "devils_canyon": _weights(10, 10, 10, 10, 10, 5, 10, 5, 10, 15, 0, 5),
    "border": _weights(30, 20, 10, 10, 8, 10, 7, 3, 2, 0, 0, 0),
    "ghost_towns": _weights(25, 15, 5, 20, 10, 5, 15, 3, 1, 1, 0, 0),
    "outlaw": _weights(30, 15, 15, 15, 10, 8, 5, 2, 0, 0, 0, 0),
    "frontier": _weights(40, 20, 5, 10, 8, 10, 5, 2, 0, 0, 0, 0),
    "town": _weights(50, 25, 0, 5, 5, 10, 3, 2, 0, 0, 0, 0),
}
ALWAYS_CLEAR: Mapping[Kind, int] = {Kind.CLEAR: 1}  # where the pattern is none of these

# In percent. A weight is multiplied by a half and twice this share.
SEASON_SHARES: Mapping[Season, Mapping[Kind, int]] = {
    Season.SPRING: {Kind.RAIN: 40, Kind.CLOUDY: 25, Kind.THUNDERSTORM: 20, Kind.CLEAR: 15},
    Season.SUMMER: {Kind.CLEAR: 40, Kind.HEAT_WAVE: 30, Kind.DUST_STORM: 20, Kind.CLOUDY: 10},
    Season.FALL: {Kind.CLEAR: 35, Kind.CLOUDY: 30, Kind.RAIN: 25, Kind.COLD_SNAP: 10},
    Season.WINTER: {Kind.COLD_SNAP: 30, Kind.CLOUDY: 30, Kind.CLEAR: 20, Kind.THUNDERSTORM: 20},
}


@dataclass(frozen=True, slots=True)
class Weather:
    """A weather of an ``intensity`` from 1 to 10, from ``since`` until ``until``."""

    kind: WeatherKind
    intensity: int
    since: datetime
    until: datetime

    @property
    def factors(self) -> Factors:
        """What it multiplies, each 0.1 to 3: the harder it is, the further from 1."""
        return Factors(
            *(clamped(1 + (base - 1) * self.intensity / 5) for base in FACTORS[self.kind])
        )

    def over(self, *, supernatural: bool) -> Weather:
        """The same as it is seen over a land that is supernatural, or is not."""
        kind = self.kind if supernatural else ELSEWHERE.get(self.kind, self.kind)
        if kind is self.kind:
            return self
        return replace(self, kind=kind, intensity=min(self.intensity, ORDINARY_INTENSITY[1]))


def clamped(factor: float) -> float:
    """A factor within its bounds: 0.1 to 3."""
    return min(MOST_FACTOR, max(LEAST_FACTOR, factor))


def season_weights(pattern: str, season: Season) -> Mapping[Kind, int]:
    """How often each kind comes, in hundredths of its weight."""
    shares = SEASON_SHARES[season]
    weights = PATTERNS.get(pattern, ALWAYS_CLEAR)
    return {kind: weight * (50 + 2 * shares.get(kind, 0)) for kind, weight in weights.items()}


def slot_start(moment: datetime) -> datetime:
    """When the slot began that ``moment`` is in."""
    return ERA + (moment - ERA) // SLOT * SLOT


def drawn(seed: str, region: str, pattern: str, moment: datetime) -> Weather:
    """The weather of a region at ``moment`` as the hash has it, over supernatural land."""
    since = slot_start(moment)
    number = (since - ERA) // SLOT
    digest = hashlib.blake2b(
        f"{region}:{number}".encode(), key=seed.encode()[:64], digest_size=16
    ).digest()
    weights = season_weights(pattern, game_time(since).season)
    kind = _pick(weights, _share(digest[:8], sum(weights.values())))
    low, high = SUPERNATURAL_INTENSITY if kind in ELSEWHERE else ORDINARY_INTENSITY
    return Weather(kind, low + _share(digest[8:], high - low + 1), since, since + SLOT)


def _share(digest: bytes, count: int) -> int:
    """A number from 0 to ``count`` - 1, each as likely."""
    return int.from_bytes(digest) * count >> 8 * len(digest)


def _pick(weights: Mapping[Kind, int], number: int) -> Kind:
    for kind, weight in weights.items():
        if number < weight:
            return kind
        number -= weight
    raise AssertionError("The number is not below the sum of the weights.")


# Reading


@dataclass(frozen=True, slots=True)
class Sky:
    """All that decides the weather of a region. ``ordered`` is what the staff put in its place."""

    region: str
    pattern: str
    seed: str
    ordered: Weather | None

    def at(self, moment: datetime) -> Weather:
        """The weather at ``moment``, over supernatural land."""
        ordered = self.ordered
        if ordered is not None and ordered.since <= moment < ordered.until:
            return ordered
        return drawn(self.seed, self.region, self.pattern, moment)

    def forecast(self, moment: datetime) -> list[Weather]:
        """The weather of the slots that follow the one of ``moment``, as they begin."""
        first = slot_start(moment) + SLOT
        return [self.at(first + number * SLOT) for number in range(FORECAST_SLOTS)]


def state_key(region: str) -> str:
    """The key of the ``WorldState`` in which the staff put a weather in the place of another."""
    return f"weather:{region}"


async def read_sky(region: str) -> Sky | None:
    """What decides the weather of a region; None if there is no such region."""
    pattern = await _PATTERNS.get(region)
    if pattern is None:
        return None
    key = state_key(region)
    states = await _STATES.read([SEED_KEY, key])
    seed = states.get(SEED_KEY)
    return Sky(region, pattern, seed if isinstance(seed, str) else "", ordered(states.get(key)))


async def weather_at(place: Place, moment: datetime) -> Weather:
    """The weather at a place. Where there is no region the sky is clear."""
    sky = await read_sky(place.region) if place.region is not None else None
    if sky is None:
        sky = Sky(place.code, "", "", None)
    supernatural = bool(await _SUPERNATURAL.get(place.id))
    return sky.at(moment).over(supernatural=supernatural)


def ordered(value: object) -> Weather | None:
    """The weather in a stored row; of another form than ours it counts for nothing."""
    if not isinstance(value, Mapping):
        return None
    kind, intensity = value.get("kind"), value.get("intensity")
    since, until = value.get("since"), value.get("until")
    if kind not in list(Kind) or not isinstance(intensity, int) or not 1 <= intensity <= 10:
        return None
    if not isinstance(since, datetime) or not isinstance(until, datetime):
        return None
    return Weather(Kind(kind), intensity, since, until)


def _value(row: Mapping[str, Any]) -> Any:
    return row.get("value")


# A world state is no content, but only the staff write these rows, and tell so as seeding does.
_STATES: Content[Any] = Content(WorldState, "stateKey", _value, absent=True)
_PATTERNS = Content(Region, "regionId", lambda row: str(row.get("weatherPattern", "")))
_SUPERNATURAL = Content(Location, "_id", lambda row: bool(row.get("supernatural")))
