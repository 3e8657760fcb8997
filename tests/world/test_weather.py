"""The weather: the same for all, as often as its weights say, and never where it must not be."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from desperados.engine.clock import FrozenClock
from desperados.engine.storage import content
from desperados.engine.storage.content import content_changed
from desperados.seeding import default_directory
from desperados.testing import World
from desperados.world.clock import HOUR, Season, game_time, moment_of
from desperados.world.places import Place, read_place_of
from desperados.world.weather import (
    ELSEWHERE,
    FACTORS,
    FORECAST_SLOTS,
    PATTERNS,
    SEASON_SHARES,
    SEED_KEY,
    SLOT,
    Factors,
    Sky,
    Weather,
    WeatherKind,
    drawn,
    ordered,
    read_sky,
    season_weights,
    slot_start,
    weather_at,
)
from tests.games import embedded

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
SEEDS = st.text(max_size=80)
PATTERN = st.sampled_from([*PATTERNS, "unheard-of"])
SUPERNATURAL = frozenset(ELSEWHERE)


@given(seed=SEEDS, region=st.text(max_size=20), pattern=PATTERN, moment=MOMENTS)
def test_a_weather_is_one_of_its_region_and_within_its_bounds(
    seed: str, region: str, pattern: str, moment: datetime
) -> None:
    weather = drawn(seed, region, pattern, moment)
    assert season_weights(pattern, game_time(weather.since).season)[weather.kind] > 0
    low, high = (7, 10) if weather.kind in SUPERNATURAL else (3, 8)
    assert low <= weather.intensity <= high
    assert weather.since <= moment < weather.until == weather.since + SLOT
    assert drawn(seed, region, pattern, weather.until - timedelta(milliseconds=1)) == weather


@given(kind=st.sampled_from(WeatherKind), intensity=st.integers(1, 10))
def test_factors_are_bounded_and_further_from_one_the_harder_it_is(
    kind: WeatherKind, intensity: int
) -> None:
    moment = datetime(2026, 6, 1, tzinfo=UTC)
    factors = Weather(kind, intensity, moment, moment + SLOT).factors
    milder = Weather(kind, max(1, intensity - 1), moment, moment + SLOT).factors
    for name, factor in factors._asdict().items():
        assert 0.1 <= factor <= 3
        assert abs(factor - 1) >= abs(getattr(milder, name) - 1)
        assert (factor - 1) * (getattr(FACTORS[kind], name) - 1) >= 0
    assert Weather(kind, 5, moment, moment).factors == pytest.approx(FACTORS[kind])


def test_every_kind_has_its_factors_and_every_season_its_shares() -> None:
    assert set(FACTORS) == set(WeatherKind)
    assert all(sum(shares.values()) == 100 for shares in SEASON_SHARES.values())
    assert all(set(weights) == set(WeatherKind) for weights in PATTERNS.values())
    assert {sum(weights.values()) for weights in PATTERNS.values()} == {100}


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("season", Season)
def test_each_kind_comes_as_often_as_its_weights_say(pattern: str, season: Season) -> None:
    first = moment_of(1890, {"winter": 12, "spring": 3, "summer": 6, "fall": 9}[season], 1)
    slots = 21 * 24
    found = Counter(
        drawn(f"world {world}", "here", pattern, first + number * SLOT + HOUR).kind
        for world in range(8)
        for number in range(slots)
    )
    weights = season_weights(pattern, season)
    for kind, weight in weights.items():
        share, total = weight / sum(weights.values()), 8 * slots
        assert abs(found[kind] - share * total) <= 5 * (share * total) ** 0.5


def test_worlds_and_regions_have_weathers_of_their_own() -> None:
    start = moment_of(1890, 6, 1, 2)

    def run(seed: str, region: str) -> list[WeatherKind]:
        return [drawn(seed, region, "border", start + n * SLOT).kind for n in range(50)]

    assert run("a", "north") == run("a", "north")
    assert len({tuple(run(s, r)) for s in "ab" for r in ("north", "south")}) == 4


def test_every_process_on_every_machine_draws_the_same() -> None:
    first = moment_of(1890, 6, 1, 2)
    weathers = [drawn("seed", "scar", "devils_canyon", first + n * SLOT) for n in range(6)]
    assert [(weather.kind.value, weather.intensity) for weather in weathers] == [
        ("clear", 4), ("supernatural_mist", 8), ("clear", 6), ("clear", 7),
        ("supernatural_mist", 7), ("heat_wave", 6),
    ]  # fmt: skip


@given(moment=MOMENTS, seed=SEEDS)
def test_a_forecast_is_what_comes(moment: datetime, seed: str) -> None:
    sky = Sky("scar", "devils_canyon", seed, None)
    forecast = sky.forecast(moment)
    assert len(forecast) == FORECAST_SLOTS
    for number, weather in enumerate(forecast, start=1):
        assert weather == sky.at(moment + number * SLOT)
        assert weather.since == slot_start(moment) + number * SLOT


@given(kind=st.sampled_from(WeatherKind), intensity=st.integers(1, 10))
def test_the_supernatural_is_seen_only_over_its_land(kind: WeatherKind, intensity: int) -> None:
    moment = datetime(2026, 6, 1, tzinfo=UTC)
    weather = Weather(kind, intensity, moment, moment + SLOT)
    assert weather.over(supernatural=True) == weather
    seen = weather.over(supernatural=False)
    assert seen.kind not in SUPERNATURAL
    assert seen.intensity <= max(8, intensity if kind not in SUPERNATURAL else 0)
    assert (seen == weather) == (kind not in SUPERNATURAL)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "fog",
        {},
        {"kind": "frogs", "intensity": 5},
        {"kind": "fog", "intensity": 0},
        {"kind": "fog", "intensity": 5, "since": "now"},
        {"kind": ["fog"], "intensity": 5},
    ],
)
def test_what_is_no_order_counts_for_nothing(value: object) -> None:
    if isinstance(value, dict) and "since" not in value:
        moment = datetime(2026, 6, 1, tzinfo=UTC)
        value = {"since": moment, "until": moment, **value}
    assert ordered(value) is None


def test_every_region_of_the_seeds_has_a_pattern_that_is_known() -> None:
    regions = yaml.safe_load((default_directory() / "regions.yaml").read_text())["regions"]
    assert {region["weatherPattern"] for region in regions} == set(PATTERNS)


async def place(code: str) -> Place:
    found = await read_place_of(code)
    assert found is not None
    return found


async def test_red_gulch_never_sees_what_the_scar_sees(world: World, time: FrozenClock) -> None:
    gulch, scar = await place("red-gulch"), await place("the-scar")
    canyon = await place("sangre-canyon")
    assert canyon.region == scar.region
    kinds: dict[str, set[WeatherKind]] = {place.code: set() for place in (gulch, scar, canyon)}
    for _ in range(300):
        time.advance(hours=1)
        for one in (gulch, scar, canyon):
            kinds[one.code].add((await weather_at(one, time.at)).kind)
    assert not kinds["red-gulch"] & SUPERNATURAL
    assert not kinds["sangre-canyon"] & SUPERNATURAL
    assert kinds["the-scar"] & SUPERNATURAL == {
        WeatherKind.SUPERNATURAL_MIST,
        WeatherKind.REALITY_DISTORTION,
    }


async def test_the_weather_costs_no_query_once_it_was_read(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "CHECK_SECONDS", 1e9)
    gulch = await place("red-gulch")
    await weather_at(gulch, time.at)
    stats = embedded(world.game).stats
    stats.reset()
    for _ in range(5):
        time.advance(hours=1)
        await weather_at(gulch, time.at)
    assert stats.asked.total() == 0


async def test_a_place_that_is_nowhere_has_a_clear_sky(world: World, time: FrozenClock) -> None:
    gulch = await place("red-gulch")
    nowhere = Place(gulch.id, "limbo", "camp", None, None, None, (), (0, 0))
    assert (await weather_at(nowhere, time.at)).kind is WeatherKind.CLEAR
    assert (await weather_at(nowhere, time.at)).factors == Factors()
    assert await read_sky("atlantis") is None


async def test_the_seed_of_the_world_decides(world: World, time: FrozenClock) -> None:
    states = world.game.database["worldstates"]
    for seed in ("first", "second"):
        await states.update_one({"stateKey": SEED_KEY}, {"$set": {"value": seed}}, upsert=True)
        await content_changed()
        sky = await read_sky("frontier")
        assert sky is not None
        assert sky.at(time.at) == drawn(seed, "frontier", "frontier", time.at)


def test_the_page_shows_the_factors_that_are_used() -> None:
    page = (Path(__file__).parents[2] / "docs" / "weather.md").read_text()
    rows = re.findall(r"^\| (\w+) \|((?: [\d.]+ \|){9})$", page, re.MULTILINE)
    written = {kind: Factors(*map(float, cells.strip(" |").split("|"))) for kind, cells in rows}
    assert written == {kind.value: factors for kind, factors in FACTORS.items()}
