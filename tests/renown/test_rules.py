"""Standing and conduct: words, limits, fading, gods."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.renown import conduct_rules as conduct
from desperados.renown import rules
from desperados.renown.conduct_rules import Conduct, act
from desperados.renown.conduct_table import CONDUCT, GODS, Dimension, MoralTier
from desperados.renown.rules import FACTIONS, RIVALS, StandingWord

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DELTAS = st.dictionaries(st.sampled_from(FACTIONS), st.integers(-90, 90), max_size=6)
POINTS = st.fixed_dictionaries({faction: st.integers(-100, 100) for faction in FACTIONS})


@pytest.mark.parametrize(
    ("points", "word", "percent"),
    [
        (100, StandingWord.HONORED, 80),
        (75, StandingWord.HONORED, 80),
        (74, StandingWord.FRIENDLY, 90),
        (25, StandingWord.FRIENDLY, 90),
        (24, StandingWord.NEUTRAL, 100),
        (0, StandingWord.NEUTRAL, 100),
        (-1, StandingWord.UNFRIENDLY, 115),
        (-50, StandingWord.UNFRIENDLY, 115),
        (-51, StandingWord.HOSTILE, 130),
        (-1_000, StandingWord.HOSTILE, 130),
    ],
)
def test_a_standing_has_a_word_and_a_price(points: int, word: StandingWord, percent: int) -> None:
    assert rules.word_of(points) is word
    assert rules.price_percent(points) == percent


def test_points_are_those_stored_then_those_of_the_history_then_those_of_a_beginner() -> None:
    assert rules.points_of(40, -20, own=True) == 40
    assert rules.points_of(None, -20.5, own=True) == -20
    assert rules.points_of(None, None, own=True) == 10
    assert rules.points_of(None, None, own=False) == 0
    assert rules.points_of(None, float("nan"), own=False) == 0
    assert rules.points_of(None, 1e300, own=False) == 100
    assert rules.points_of(True, "much", own=False) == 0


@given(POINTS, DELTAS, st.integers(-90, 200))
def test_no_standing_leaves_its_bounds_and_no_change_its_size(
    points: dict[str, int], deltas: dict[str, int], percent: int
) -> None:
    for move in rules.moves(points, deltas, {}, gain_percent=percent):
        assert -100 <= move.after <= 100
        assert move.change != 0
        loss = rules.MOST_A_CHANGE * rules.RIVAL_PERCENT // 100
        assert -rules.MOST_A_CHANGE - loss <= move.change <= rules.MOST_A_CHANGE


@given(st.lists(st.tuples(st.sampled_from(FACTIONS), st.integers(-50, 50)), max_size=40))
def test_nobody_gains_more_than_sixty_of_a_faction_in_a_day(deeds: list[tuple[str, int]]) -> None:
    points = dict.fromkeys(FACTIONS, -100)
    gained = dict.fromkeys(FACTIONS, 0)
    for faction, delta in deeds:
        for move in rules.moves(points, {faction: delta}, gained):
            points[move.faction] = move.after
            gained[move.faction] += max(0, move.change)
    assert all(gain <= rules.MOST_GAINED_A_DAY for gain in gained.values())


@given(st.integers(-100, 100), st.integers(1, 50))
def test_a_gain_takes_from_the_rival_and_from_nobody_else(start: int, gain: int) -> None:
    points = {**dict.fromkeys(FACTIONS, 0), "frontera": start}
    found = {m.faction: m for m in rules.moves(points, {"frontera": gain}, {})}
    real = found["frontera"].change if "frontera" in found else 0
    lost = real * 30 // 100
    assert set(found) <= {"frontera", "settler_alliance"}
    assert (found["settler_alliance"].change if lost else 0) == -lost


def test_the_loss_of_a_rival_moves_nobody() -> None:
    points = dict.fromkeys(FACTIONS, 0)
    (move,) = rules.moves(points, {"settler_alliance": -50}, {})
    assert (move.faction, move.change) == ("settler_alliance", -50)
    assert RIVALS[RIVALS["frontera"]] == "frontera"


def test_what_is_reached_is_told_once_and_only_on_the_way_up() -> None:
    def reached(before: int, by: int) -> StandingWord | None:
        points = {**dict.fromkeys(FACTIONS, 0), "nahi_coalition": before}
        (move,) = rules.moves(points, {"nahi_coalition": by}, {})
        return move.reached

    assert reached(20, 5) is StandingWord.FRIENDLY
    assert reached(70, 5) is StandingWord.HONORED
    assert reached(40, 50) is StandingWord.HONORED
    assert reached(26, 5) is None
    assert reached(80, -20) is None
    assert reached(-10, 20) is None  # neutral is no news


def test_the_table_of_conduct_keeps_its_bounds() -> None:
    assert len(CONDUCT) >= 45
    for weight in CONDUCT.values():
        assert all(0 < abs(by) <= 10 for by in weight.dimensions.values())
        assert abs(weight.moral) <= conduct.MOST_MORAL
        assert 0 < weight.seen <= 100
    assert all(set(weights) == set(Dimension) for weights in GODS.values())


def test_a_deed_that_is_repeated_counts_less_and_then_nothing() -> None:
    before, honor = Conduct(), []
    for minute in range(12):
        before, weighed = act(before, "fair_win", NOON + timedelta(minutes=minute), 1)
        honor.append(weighed.dimensions.get(Dimension.HONOR, 0))
    assert honor == [2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 0, 0]
    _, weighed = act(before, "fair_win", NOON + timedelta(hours=1), 1)
    assert weighed.dimensions == {Dimension.HONOR: 2}


def test_an_unknown_deed_is_an_error_of_whoever_calls() -> None:
    with pytest.raises(ValueError, match="levitation"):
        act(Conduct(), "levitation", NOON, 1)


DEEDS = st.lists(
    st.tuples(st.sampled_from(sorted(CONDUCT)), st.integers(0, 300), st.integers(1, 50)),
    max_size=60,
)


@given(DEEDS)
def test_conduct_keeps_its_bounds_whatever_is_done(deeds: list[tuple[str, int, int]]) -> None:
    state, now = Conduct(), NOON
    used: dict[object, float] = {}
    for action, minutes, level in deeds:
        now += timedelta(minutes=minutes)
        before = state
        state, weighed = act(state, action, now, level)
        assert all(-100 <= value <= 100 for value in state.dimensions.values())
        assert -100 <= state.moral <= 100
        assert abs(weighed.moral) <= conduct.MOST_MORAL
        if level < conduct.FAR_LEVEL:
            assert abs(state.moral) <= max(conduct.FAR_MORAL, abs(before.moral))
        used[now.date()] = used.get(now.date(), 0) + abs(weighed.moral)
        assert used[now.date()] <= conduct.MOST_MORAL_A_DAY
        assert len(state.recent) <= len(CONDUCT)


def test_the_score_fades_to_ten_and_three_points_at_most_are_made_up() -> None:
    def faded(moral: float, **later: float) -> float:
        return conduct.fade(Conduct(moral=moral, moral_at=NOON), NOON + timedelta(**later)).moral

    assert faded(40, hours=23) == 40
    assert faded(40, days=1) == 39
    assert faded(-40, days=2) == -38
    assert faded(40, days=365) == 37
    assert faded(11, days=3) == 10
    assert faded(10, days=3) == 10
    assert faded(-3, days=3) == -3


@given(st.integers(-100, 100), st.lists(st.integers(0, 40), max_size=8))
def test_looking_often_at_a_score_keeps_the_hours_of_a_day_that_is_not_over(
    moral: int, hours: list[int]
) -> None:
    state, now = Conduct(moral=moral, moral_at=NOON), NOON
    for pause in hours:
        now += timedelta(hours=pause)
        state = conduct.fade(state, now)
        assert state == conduct.fade(state, now)
        assert state.moral_at is not None
        assert timedelta() <= now - state.moral_at < timedelta(days=1)
    days = sum(hours) // 24
    assert abs(moral) - abs(state.moral) <= days
    if all(pause < 72 for pause in hours):
        assert abs(state.moral) == (max(10, abs(moral) - days) if abs(moral) > 10 else abs(moral))


def test_tiers_have_the_edges_of_the_table() -> None:
    edges = {
        80: MoralTier.LEGENDARY_MARSHAL,
        79: MoralTier.MARSHAL,
        20: MoralTier.DEPUTY,
        1: MoralTier.RESPECTABLE,
        0: MoralTier.NEUTRAL,
        -1: MoralTier.SHADY,
        -20: MoralTier.PETTY_CROOK,
        -50: MoralTier.WANTED_CRIMINAL,
        -79: MoralTier.WANTED_CRIMINAL,
        -80: MoralTier.NOTORIOUS_OUTLAW,
    }
    assert {score: conduct.tier_of(score) for score in edges} == edges


@given(st.dictionaries(st.sampled_from(Dimension), st.integers(-100, 100)))
def test_the_gods_feel_within_bounds_and_have_a_word_for_it(
    dimensions: dict[Dimension, float],
) -> None:
    for god in GODS:
        points = conduct.affinity(dimensions, god)
        assert -100 <= points <= 100
        assert conduct.relation_of(points)
    assert conduct.affinity({Dimension.HONOR: -1}, "gambler") == 0  # rounded toward 0
    assert conduct.affinity({Dimension.JUSTICE: 50}, "outlaw_king") == -30
