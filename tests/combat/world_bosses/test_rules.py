"""When world bosses come, what hands do, and what it is worth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from desperados.combat.world_bosses import rules
from desperados.combat.world_bosses.content import all_bosses
from desperados.combat.world_bosses.rules import Appearances, Fought, Phase
from desperados.deck.hands import DECK
from desperados.play.seeds import draws_of
from desperados.testing import World

MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
WHEN = st.one_of(
    st.builds(
        Appearances,
        st.integers(0, 23),
        weekdays=st.frozensets(st.integers(1, 7), min_size=1),
    ),
    st.builds(Appearances, st.integers(0, 23), days=st.frozensets(st.integers(1, 28), min_size=1)),
)
PHASES = (
    Phase("a", 100, 100, ("bite",)),
    Phase("b", 60, 125, ("bite", "kick")),
    Phase("c", 25, 160, ("roar",)),
)
SEEDS = st.binary(min_size=32, max_size=32).map(bytes.hex)
DAMAGES = st.lists(st.integers(0, 100_000), min_size=1, max_size=60).map(
    lambda found: sorted(found, reverse=True)
)


# The calendar


@given(WHEN, MOMENTS, st.integers(0, 40), st.integers(0, 40))
def test_two_spans_have_the_comings_of_both(
    when: Appearances, since: datetime, one: int, other: int
) -> None:
    middle, end = since + timedelta(days=one), since + timedelta(days=one + other)
    assert rules.comings(when, since, end) == [
        *rules.comings(when, since, middle),
        *rules.comings(when, middle, end),
    ]


@given(WHEN, MOMENTS)
def test_the_next_coming_is_on_its_day_at_its_hour(when: Appearances, now: datetime) -> None:
    found = rules.next_coming(when, now)
    assert found > now
    assert (found.hour, found.minute, found.second) == (when.hour, 0, 0)
    assert found.isoweekday() in when.weekdays or found.day in when.days
    assert rules.comings(when, now, found) == [found]


async def test_the_bosses_come_when_their_content_says(world: World) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)  # a Sunday
    assert {
        boss.code: rules.next_coming(boss.comes, now).isoformat() for boss in await all_bosses()
    } == {
        "the-maw": "2026-03-07T20:00:00+00:00",
        "the-collector": "2026-03-04T21:00:00+00:00",
        "the-mirror": "2026-03-01T22:00:00+00:00",
        "the-herald": "2026-03-25T20:00:00+00:00",
    }


# Hands


@given(SEEDS, st.frozensets(st.integers(0, 4)))
def test_what_is_held_stays_and_nothing_is_there_twice(seed: str, hold: frozenset[int]) -> None:
    hand, spare = rules.dealt(draws_of(seed))
    assert len({*hand, *spare}) == 10
    assert {*hand, *spare} <= set(DECK)
    after = rules.played(hand, spare, sorted(hold))
    assert len(set(after)) == 5
    assert all(after[place] == hand[place] for place in hold)
    assert all(after[place] in spare for place in set(range(5)) - hold)


@given(st.integers(50, 1_125), st.integers(-90, 200), st.integers(0, 500))
def test_a_hand_does_one_to_fifteen_hundred(worth: int, percent: int, defense: int) -> None:
    damage = rules.damage_of(worth, percent, defense)
    assert 1 <= damage <= rules.MOST_DAMAGE
    assert rules.damage_of(worth + 1, percent, defense) >= damage
    assert rules.damage_of(worth, percent, defense + 1) <= damage


def test_what_hands_do() -> None:
    assert rules.damage_of(50, 0, 0) == 40  # a high card of a beginner
    assert rules.damage_of(300, 0, 0) == 240
    assert rules.damage_of(100, 0, 180) == 55  # 80 x 100 / 145
    assert rules.damage_of(100, 100, 180) == 110
    assert rules.damage_of(1_125, 200, 0) == 1_500


@given(SEEDS, st.integers(1, 400), st.integers(-90, 200))
def test_an_answer_is_a_share_of_the_damage(seed: str, damage: int, guard: int) -> None:
    name, pain = rules.answer_of(damage, PHASES[1], guard, draws_of(seed))
    assert name in PHASES[1].answers
    full = damage * 1.25 / 25 * 100 / max(10, 100 + guard)
    assert max(1, int(full * 0.9)) <= pain <= max(1, full * 1.1)


@given(st.integers(1, 10_000), st.lists(st.integers(0, 10_000), max_size=20))
def test_phases_only_go_forward_and_none_is_forgotten(most: int, healths: list[int]) -> None:
    phase = 0
    for health in healths:
        after = rules.phase_of(PHASES, min(health, most), most, phase)
        assert phase <= after <= 2
        assert after >= (2 if min(health, most) * 4 <= most else 0)
        phase = after


def test_who_comes_beyond_those_it_was_meant_for_makes_it_stronger() -> None:
    assert [rules.strength_of_one(50_000, 20, there) for there in (0, 19, 20, 299)] == [
        0,
        0,
        2_500,
        2_500,
    ]


# Prizes


def paid(damages: list[int], *, defeated: bool = True) -> list[rules.Prize]:
    fought = [Fought(number, damage) for number, damage in enumerate(damages)]
    return rules.prizes(fought, level=32, least=5, defeated=defeated)


@given(DAMAGES, st.integers(0, 20))
def test_the_pool_is_shared_to_the_last_coin(damages: list[int], idle: int) -> None:
    """Among those who did enough; whoever did most always did."""
    assume(sum(damages))
    found = paid([*damages, *[0] * idle])
    pool = 100 * sum(damage > 0 for damage in damages) + 20 * 32
    assert sum(prize.dollars for prize in found) == pool
    able = [prize for prize in found if prize.eligible]
    assert found[0].eligible
    assert all(prize.dollars >= pool // 2 // len(able) for prize in able)
    assert all((p.dollars, p.xp, p.combat_xp) == (0, 0, 0) for p in found if not p.eligible)
    # Two of the same damage may differ by the coins that cannot be divided.
    for better, worse in pairwise(found):
        assert better.dollars >= worse.dollars
        assert better.xp >= worse.xp


@given(DAMAGES)
def test_shares_add_up_to_a_hundred(damages: list[int]) -> None:
    assume(sum(damages))
    found = paid(damages)
    assert sum(prize.share for prize in found) == pytest.approx(100, abs=0.01 * len(damages))


@given(DAMAGES)
def test_an_escape_teaches_a_quarter_and_pays_nothing(damages: list[int]) -> None:
    won = paid(damages)
    lost = paid(damages, defeated=False)
    for one, other in zip(won, lost, strict=True):
        assert other.xp == one.xp // 4
        assert (other.dollars, other.combat_xp) == (0, 0)


def test_what_is_paid() -> None:
    first, second, third = paid([6_000, 3_000, 1_000])
    assert (first.dollars, second.dollars, third.dollars) == (440, 297, 203)
    assert (first.xp, second.xp, third.xp) == (6_400, 6_080, 4_160)
    assert (first.share, second.share, third.share) == (60, 30, 10)


def test_nobody_who_did_nothing_is_paid() -> None:
    assert [prize.eligible for prize in paid([0, 0])] == [False, False]
    assert [prize.dollars for prize in paid([10, 0])] == [740, 0]  # nor makes the pool greater


@pytest.mark.parametrize(
    ("damage", "participants", "enough"),
    [
        (5, 4, True),  # five percent of it
        (4, 4, False),
        (4, 20, True),  # half of the mean, which is five
        (2, 20, False),
        (0, 1_000, False),
    ],
)
def test_what_is_enough(damage: int, participants: int, enough: bool) -> None:
    assert rules.eligible(damage, 100, participants, 5) is enough
