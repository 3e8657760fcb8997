"""The chance to hit is the rule's, a shot follows from its seed, and the best go on."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
import yaml
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from desperados.combat.calendar import Schedule
from desperados.combat.shooting import rules
from desperados.combat.shooting.content import MOST_SUBSIDY_PERCENT, ShootingContestOf
from desperados.combat.shooting.rules import NOTHING, Fired, Mark, Scoring
from desperados.combat.shooting.targets import (
    GUNS,
    TARGETS,
    Gun,
    GunKind,
    TargetMovement,
    TargetSize,
    gun_of,
)
from desperados.combat.shooting.templates import Template
from desperados.seeding import default_directory
from desperados.world.weather import Weather, WeatherKind

JANE = ObjectId("5caff0000000000000000001")
SEED = "ab" * 32
REVOLVER, RIFLE = GUNS[GunKind.REVOLVER], GUNS[GunKind.RIFLE]

guns = st.sampled_from([*GUNS.values(), Gun(GunKind.RIFLE, 25, -10)])
targets = st.sampled_from(sorted(TARGETS)).map(TARGETS.__getitem__)
levels, weathers, before = st.integers(1, 114), st.integers(0, 40), st.integers(0, 29)


@cache
def templates() -> list[Template]:
    rows = yaml.safe_load((default_directory() / "shooting_contests.yaml").read_text())
    return [Template.of(row["_id"], row) for row in rows["shooting_contests"]]


@given(levels, guns, targets, weathers, before)
def test_a_chance_is_from_5_to_95_and_better_with_skill_and_worse_with_all_else(
    level: int, gun: Gun, target: rules.Target, weather: int, shots: int
) -> None:
    found = rules.chance(level, gun, target, weather=weather, before=shots)
    assert 5 <= found <= 95
    assert rules.chance(level + 1, gun, target, weather=weather, before=shots) >= found
    assert rules.chance(level, gun, target, weather=weather + 1, before=shots) <= found
    assert rules.chance(level, gun, target, weather=weather, before=shots + 1) <= found


@pytest.mark.parametrize(
    ("level", "gun", "target", "weather", "before", "percent"),
    [
        (1, REVOLVER, "silhouette_20", 0, 0, 40),
        (50, REVOLVER, "bull_50", 0, 0, 60),
        (99, RIFLE, "bull_100", 0, 0, 94),
        (99, RIFLE, "bull_300", 0, 0, 84),
        (99, RIFLE, "bull_1000", 0, 0, 54),
        (50, REVOLVER, "card_20", 5, 3, 29),
        (1, GUNS[GunKind.SHOTGUN], "clay_60", 40, 9, 5),
    ],
)
def test_what_chances_are(
    level: int, gun: Gun, target: str, weather: int, before: int, percent: int
) -> None:
    found = rules.chance(level, gun, TARGETS[target], weather=weather, before=before)
    assert found == percent


@pytest.mark.parametrize("percent", [5, 40, 60, 95])
def test_hits_are_as_frequent_as_the_chance_says(percent: int) -> None:
    """Of 2,000 shots of one seed, within four deviations."""
    target = TARGETS["bull_50"]
    shots = [
        rules.shoot(SEED, JANE, 1 + n // 30, 1 + n % 30, percent, target, REVOLVER)
        for n in range(2_000)
    ]
    hits = [shot for shot in shots if shot.hit]
    deviation = (percent * (100 - percent) / 10_000 / 2_000) ** 0.5
    assert abs(len(hits) / 2_000 - percent / 100) < 4 * deviation
    assert all((shot.roll <= percent) == shot.hit for shot in shots)
    # 4 of 34 hits are in the middle.
    middle = sum(shot.zone == "bullseye" for shot in hits) / len(hits)
    assert abs(middle - 4 / 34) < 4 * (4 / 34 * 30 / 34 / len(hits)) ** 0.5
    assert {shot.points for shot in hits} <= {100, 75, 50, 25}
    assert {shot.points for shot in shots if not shot.hit} <= {0}
    times = [shot.milliseconds for shot in shots]
    assert (min(times), max(times)) == (990, 1_210)


@given(st.integers(1, 20), st.integers(1, 30), st.integers(5, 95), targets, guns)
def test_a_shot_follows_from_the_seed_and_not_from_what_it_is_fired_at(
    round_: int, number: int, percent: int, target: rules.Target, gun: Gun
) -> None:
    one = rules.shoot(SEED, JANE, round_, number, percent, target, gun)
    assert one == rules.shoot(SEED, JANE, round_, number, percent, target, gun)
    other = rules.shoot(SEED, JANE, round_, number, 50, TARGETS["coin_20"], REVOLVER)
    assert one.roll == other.roll


def test_shots_of_other_people_rounds_and_numbers_are_others() -> None:
    target = TARGETS["bull_50"]
    rolls = {
        (who, round_, number): rules.shoot(SEED, who, round_, number, 50, target, RIFLE).roll
        for who, round_, number in itertools.product(
            (JANE, ObjectId("5caff0000000000000000002")), range(1, 5), range(1, 31)
        )
    }
    counted = [list(rolls.values()).count(roll) for roll in range(1, 101)]
    assert max(counted) < 12


fired = st.builds(Fired, st.booleans(), st.integers(0, 200), st.integers(700, 4_000)).map(
    lambda shot: shot if shot.hit else shot._replace(points=0)
)


@given(st.lists(fired, max_size=30), st.sampled_from(Scoring), st.integers(0, 5))
def test_a_mark_is_never_below_nothing_and_a_shot_less_is_a_miss(
    shots: list[Fired], scoring: Scoring, missing: int
) -> None:
    found = rules.mark(shots, max(1, len(shots) + missing), scoring)
    assert found >= NOTHING
    assert found.hits == sum(shot.hit for shot in shots)
    if not shots:
        assert found == NOTHING
    if scoring is Scoring.POINTS:
        points = sum(shot.points for shot in shots)
        assert points <= found.score <= 2 * points


def test_what_scores_are() -> None:
    hit, miss = Fired(True, 100, 1_000), Fired(False, 0, 3_000)
    # Five of five: half as much again, thirty for three on end, a quarter for haste: twice at most.
    assert rules.mark([hit] * 5, 5, Scoring.POINTS).score == 1_000
    assert rules.mark([hit] * 5, 6, Scoring.POINTS).score == 775
    assert rules.mark([hit, miss] * 2, 4, Scoring.POINTS).score == 220
    assert rules.mark([hit, miss], 4, Scoring.ACCURACY).score == 250
    assert rules.mark([hit] * 4, 4, Scoring.TIME).score == 40
    assert rules.mark([hit, miss], 2, Scoring.TIME) == Mark(5, 1, -2_000)


people = st.lists(
    st.builds(Mark, st.integers(0, 3), st.integers(0, 2), st.integers(-2, 0)),
    min_size=1,
    max_size=12,
).map(lambda marks: {ObjectId(f"{n:024x}"): mark for n, mark in enumerate(marks)})


@given(people, st.integers(1, 12))
def test_the_best_go_on_and_whoever_is_as_good_as_the_last_of_them(
    marks: dict[ObjectId, Mark], advance: int
) -> None:
    on = rules.going_on(marks, advance)
    assert len(on) >= min(advance, len(marks))
    out = [who for who in marks if who not in on]
    assert all(marks[who] < min(marks[one] for one in on) for who in out)
    if len(on) > advance:
        least = min(marks[who] for who in on)
        assert sum(marks[who] > least for who in on) < advance


@given(people, st.integers(0, 4))
def test_only_those_who_are_equal_at_the_top_shoot_off(
    marks: dict[ObjectId, Mark], shootoffs: int
) -> None:
    equal = rules.are_to_shoot_off(marks, shootoffs)
    assert len(equal) != 1
    if equal:
        assert shootoffs < rules.MOST_SHOOTOFFS
        assert all(marks[who] == max(marks.values()) for who in equal)
        assert max(marks.values()).score > 0


@given(people, st.lists(st.integers(1, 4), min_size=12, max_size=12))
def test_who_came_further_is_before_who_scored_more(
    marks: dict[ObjectId, Mark], rounds: list[int]
) -> None:
    last = {who: (round_, marks[who]) for who, round_ in zip(marks, rounds, strict=False)}
    ranking = rules.ranked((who, *found) for who, found in last.items())
    assert sorted(who for rank in ranking for who in rank) == sorted(marks)
    for better, worse in itertools.pairwise(ranking):
        assert len({last[who] for who in better}) == 1
        assert last[better[0]] > last[worse[0]]


@pytest.mark.parametrize(
    ("kind", "intensity", "least", "most"),
    [
        (WeatherKind.CLEAR, 5, 0, 0),
        (WeatherKind.RAIN, 5, 11, 11),
        (WeatherKind.SANDSTORM, 5, 40, 40),
        (WeatherKind.FOG, 8, 12, 20),
    ],
)
def test_what_weather_takes(kind: WeatherKind, intensity: int, least: int, most: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    weather = Weather(kind, intensity, now, now)
    assert least <= rules.weather_penalty(weather, roofed=False) <= most
    assert rules.weather_penalty(weather, roofed=True) == 0


def test_weapons() -> None:
    assert gun_of("peacemaker", "revolver") == REVOLVER
    assert gun_of("championship-rifle", "rifle") == Gun(GunKind.RIFLE, 25, -10)
    assert gun_of("ash-bow", "bow") is None
    assert gun_of("whiskey", None) is None


# Content


def test_there_are_ten_contests_and_twenty_targets_of_all_kinds() -> None:
    assert len(templates()) == 10
    assert len(TARGETS) >= 20
    assert {target.movement for target in TARGETS.values()} == set(TargetMovement)
    assert {target.size for target in TARGETS.values()} == set(TargetSize)
    assert {scoring for found in templates() for scoring in [found.scoring]} == set(Scoring)


@pytest.mark.parametrize("template", templates(), ids=lambda found: found.code)
def test_a_contest_never_costs_the_world_more_than_it_says(template: Template) -> None:
    """Prizes are at most what is listed, and what the world adds at most half of that."""
    listed = sum(template.prizes)
    assert template.subsidy <= listed * MOST_SUBSIDY_PERCENT // 100
    assert list(template.prizes) == sorted(template.prizes, reverse=True)
    assert 2 <= template.least <= template.capacity
    assert len(template.prizes) <= template.capacity
    for shooters in range(template.least, template.capacity + 1):
        fees = shooters * template.fee
        paid = min(listed, fees + template.subsidy)
        assert paid - fees <= template.subsidy


def test_what_the_world_adds_in_a_year_is_bounded() -> None:
    """All that shooting can bring all players together, beyond what they pay."""
    days = [date(2026, 1, 1) + timedelta(number) for number in range(365)]
    added = sum(
        found.subsidy for day in days for found in templates() if found.when.on(day) is not None
    )
    assert added <= 365 * 1_000  # dollars: less than 1,000 a day, in a world of any size


@pytest.mark.parametrize(
    ("schedule", "day", "held"),
    [
        (Schedule(14), date(2026, 3, 4), True),
        (Schedule(14, weekday=3), date(2026, 3, 4), True),
        (Schedule(14, weekday=4), date(2026, 3, 4), False),
        (Schedule(12, day=15, month=6), date(2026, 6, 15), True),
        (Schedule(12, day=15, month=6), date(2026, 7, 15), False),
    ],
)
def test_when_contests_are_held(schedule: Schedule, day: date, held: bool) -> None:
    at = schedule.on(day)
    assert (at is not None) == held
    if at is not None:
        assert (at.date(), at.hour, at.tzinfo) == (day, schedule.hour, UTC)


@pytest.mark.parametrize(
    "wrong",
    [
        {"rounds": [{"targets": ["moon"], "shots": 5, "seconds": 5, "advance": 1}]},
        {"rounds": [{"targets": ["bull_50"], "shots": 5, "seconds": 5, "advance": 4}]},
        {
            "rounds": [
                {"targets": ["bull_50"], "shots": 5, "seconds": 5, "advance": 2},
                {"targets": ["bull_50"], "shots": 5, "seconds": 5, "advance": 4},
            ]
        },
        {"weapons": ["cannon"]},
        {"honours": {"dollars": 5}},
        {"rounds": []},
        {"scoring": "luck"},
        {"when": {"hour": 24}},
        {"subsidy": 26},
        {"least": 9},
        {"prizes": [30, 10, 10] * 3},
    ],
)
def test_contests_that_cannot_be_held_are_refused(wrong: dict[str, object]) -> None:
    right: dict[str, object] = {
        "when": {"hour": 1},
        "fee": 5,
        "least": 2,
        "capacity": 8,
        "subsidy": 25,
        "prizes": [30, 20],
        "weapons": ["rifle"],
        "rounds": [{"targets": ["bull_50"], "shots": 5, "seconds": 5, "advance": 1}],
    }
    ShootingContestOf.model_validate(right)
    with pytest.raises(ValidationError):
        ShootingContestOf.model_validate({**right, **wrong})
