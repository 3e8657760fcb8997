"""The rules of hunting, and its content: bounded, and of no profit to friends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from desperados.characters.participant import Participant, Skill
from desperados.characters.rules import SKILLS, SkillGroup
from desperados.crime.hunting import content, rules, trails
from desperados.crime.hunting.documents import Hunter
from desperados.crime.hunting.errors import NotHireable
from desperados.crime.hunting.people import _hunter, _target
from desperados.crime.hunting.rules import NpcHunter
from desperados.crime.hunting.trails import LEADS, TIERS, Target, Tier, Way
from desperados.engine.meters import Meter
from desperados.law.rules import rank_of
from desperados.seeding import check, default_directory

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SEEDS = default_directory()


def entries(kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((SEEDS / f"{kind}.yaml").read_text())[kind]
    return found


HUNTERS: list[NpcHunter] = [_hunter(row) for row in entries("hunters")]
TARGETS: list[Target] = [_target(row) for row in entries("law_contracts")]
HIRED = [hunter for hunter in HUNTERS if hunter.hire_base is not None]

hunters = st.sampled_from(HIRED)
targets = st.sampled_from(TARGETS)
bounties = st.integers(1, 1_000_000)


def somebody(**power: int) -> Participant:
    """A character whose skills of a group have a level."""
    meter = Meter(100, NOW, 0, 100)
    skills = {
        skill: Skill(power.get(group.value, 1)) for group in SkillGroup for skill in SKILLS[group]
    }
    return Participant(
        id=ObjectId(), user_id=ObjectId(), name="Jane", created_at=NOW, location_id=ObjectId(),
        gang_id=None, faction="", level=20, standings={}, dollars=0, dead=False, jailed=False,
        fighting=False, at=NOW, xp=0, skills=skills, combat_xp=0, energy=meter, health=meter,
        max_energy=100, max_health=100, effects=(), wants=None, hidden_until=None,
        protected_until=None,
    )  # fmt: skip


def test_there_are_ten_hunters_and_eleven_outlaws_in_four_tiers() -> None:
    assert (len(HUNTERS), len(TARGETS)) == (10, 11)
    assert {target.tier for target in TARGETS} == set(Tier)
    assert {h.code for h in HUNTERS if h.hire_base is None} == {
        "iron-jack", "marshals-men", "hellhound"
    }  # fmt: skip
    assert {h.code for h in HUNTERS if not h.bribable} == {"iron-jack", "bloody-mary", "hellhound"}


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("law_contracts", "{min: 500, max: 1000}", "{min: 500, max: 1001}", "1 to 1000 dollars"),
        ("law_contracts", "{min: 25000, max: 50000}", "{min: 0, max: 50000}", "1 to 50000"),
        ("hunters", "target: nahi_coalition, value: 50", "target: nobody, value: 50", "'nobody'"),
        ("hunters", "    cooldownHours: 12\n", "", "cooldownHours"),
        ("hunters", "    hireBase: 50\n", "", "nobody hires him"),
        ("hunters", "capture: 95", "capture: 96", "95"),
    ],
)
def test_content_that_would_pay_too_much_or_names_nobody_is_refused(
    tmp_path: Path, file: str, old: str, new: str, expected: str
) -> None:
    for path in SEEDS.iterdir():
        text = path.read_text()
        if path.stem == file:
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / path.name).write_text(text)
    problems = [str(problem) for problem in check(tmp_path)]
    assert problems
    assert all(expected in problem for problem in problems)


def test_what_a_contract_pays_at_most_is_bounded_by_its_tier() -> None:
    for target in TARGETS:
        most = target.reward[1] * (100 + trails.FOR_ALIVE_PERCENT) // 100
        assert most <= 60_000
        assert target.reward[1] <= TIERS[target.tier].most_reward
    assert content.LawTarget.model_fields.keys() >= {"reward", "tier"}


@given(targets, st.sampled_from(list(Way)), st.integers(0, 2**32))
def test_a_success_pays_between_the_least_and_a_fifth_more_than_the_most(
    target: Target, way: Way, seed: int
) -> None:
    ended = trails.success(target, way, Random(seed))
    low, high = target.reward
    if ended.alive:
        assert low * 120 // 100 <= ended.dollars <= high * 120 // 100
    else:
        assert low <= ended.dollars <= high
    assert ended.alive or way is not Way.NEGOTIATE


@given(targets, st.integers(0, 2**32))
def test_a_time_on_the_trail_brings_1_to_18(target: Target, seed: int) -> None:
    assert 1 <= trails.gain(target, Random(seed)) <= 18


def test_the_harder_to_find_the_longer_the_trail() -> None:
    def mean(code: str) -> float:
        (target,) = (target for target in TARGETS if target.code == code)
        return sum(trails.gain(target, Random(seed)) for seed in range(500)) / 500

    assert mean("whiskey-jack") == pytest.approx(15 * 0.9, abs=0.7)
    assert mean("the-ghost") == pytest.approx(15 * 0.525, abs=0.7)


@given(
    targets,
    st.sampled_from([Way.AMBUSH, Way.NEGOTIATE]),
    st.integers(75, 100),
    st.integers(0, 20),
    st.integers(1, 99),
)
def test_chances_are_20_to_90_and_never_fall_with_what_helps(
    target: Target, way: Way, progress: int, clues: int, spirit: int
) -> None:
    who = somebody(spirit=spirit)
    found = trails.chance(target, who, way, progress, clues)
    assert 20 <= found <= 90
    assert trails.chance(target, who, way, min(100, progress + 1), clues) >= found
    assert trails.chance(target, who, way, progress, clues + 1) >= found


def test_the_bonuses_at_99_are_those_that_are_said() -> None:
    target = TARGETS[0]
    calm, saint = somebody(), somebody(spirit=99)
    base = trails.chance(target, calm, Way.NEGOTIATE, 75, 0)
    assert trails.chance(target, saint, Way.NEGOTIATE, 75, 0) == base + 24
    assert trails.chance(target, calm, Way.AMBUSH, 75, 0) == 50 - 20 // 3 + 15
    kid = next(hunter for hunter in HUNTERS if hunter.code == "the-kid")
    assert rules.flee_chance(somebody(), kid) == 40 - 15
    assert rules.flee_chance(somebody(cunning=99), kid) == 40 + 49 - 15


@given(st.sampled_from(sorted(LEADS)), st.integers(0, 2**32), st.integers(1, 99))
def test_who_does_not_decide_on_a_trail_gains_no_clue_and_pays_nothing(
    code: str, seed: int, skill: int
) -> None:
    lead = LEADS[code]
    assert lead.default in lead.choices
    assert len(lead.choices) >= 2
    turn = lead.choices[lead.default].taken(somebody(combat=skill, craft=skill), Random(seed))
    assert (turn.clues, turn.dollars, turn.health) == (0, 0, 0)


@given(hunters, st.integers(0, 1_000_000), st.integers(0, 1_000_000))
def test_the_law_pays_an_employer_never_more_than_the_hunter_cost(
    hunter: NpcHunter, of_law: int, of_players: int
) -> None:
    """Employer and prey are friends, and all goes as well for them as it can: the prey gives itself
    up, and the law pays."""
    price = hunter.price(of_law + of_players)
    assert rules.of_the_law(of_law, price) - price <= 0
    assert rules.of_the_law(of_law, price) <= of_law // 2


@given(hunters, st.integers(0, 500_000), st.integers(0, 500_000))
def test_nor_does_it_pay_when_the_price_grows_after_the_hire(
    hunter: NpcHunter, before: int, after: int
) -> None:
    price = hunter.price(before)
    assert rules.of_the_law(before + after, price) <= price


@given(hunters, bounties)
def test_to_call_a_hunter_off_costs_half_or_more(hunter: NpcHunter, bounty: int) -> None:
    price = hunter.price(bounty)
    assert 0 < rules.back(price) <= price / 2


@given(bounties, bounties)
def test_to_pay_a_hunter_off_costs_more_than_is_on_the_head(one: int, other: int) -> None:
    assert rules.pay_off(one) >= one * 3 / 2
    if one < other:
        assert rules.pay_off(one) <= rules.pay_off(other)


def test_nobody_hires_the_law() -> None:
    for hunter in HUNTERS:
        if hunter.hire_base is None:
            with pytest.raises(NotHireable):
                hunter.price(10_000)


@given(st.sampled_from(HUNTERS), st.integers(80, 120))
def test_a_hunter_is_there_after_his_time_a_fifth_more_or_less(
    hunter: NpcHunter, percent: int
) -> None:
    there = rules.meets_at(hunter, NOW, percent)
    assert hunter.time * 0.8 <= there - NOW <= hunter.time * 1.2
    assert NOW < rules.half_of(NOW, there) < there


@given(st.integers(0, 60 * 24 * 30))
def test_a_hunter_looks_again_within_a_quarter_of_an_hour(minutes: int) -> None:
    again = rules.looks_again(NOW, NOW - timedelta(minutes=minutes))
    assert timedelta(minutes=1) <= again - NOW <= timedelta(minutes=15) < rules.LATELY


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_hunter_meets_who_has_acted_since_he_came_and_lately(since: int, active: int) -> None:
    arrived, seen = NOW - timedelta(minutes=since), NOW - timedelta(minutes=active)
    assert rules.is_met(arrived, seen, NOW) == (active < since and active < 20)


@pytest.mark.parametrize(
    ("total", "rank"),
    [
        (99, "unknown"), (100, "petty"), (499, "petty"), (500, "wanted"), (1_499, "wanted"),
        (1_500, "notorious"), (4_999, "notorious"), (5_000, "most_wanted"),
    ],
)  # fmt: skip
def test_ranks_and_hunters_begin_at_their_boundary(total: int, rank: str) -> None:
    assert rank_of(total) == rank
    rides = {hunter.code for hunter in HUNTERS if hunter.min_bounty <= total}
    assert ("iron-jack" in rides) == (total >= 5_000)
    assert ("comanche-twins" in rides) == (total >= 500)
    assert ("el-cazador" in rides) == (total >= 100)


def test_fights_are_fair_to_a_match_and_hard_for_the_law() -> None:
    foes = sorted((hunter.foe for hunter in HUNTERS), key=lambda foe: foe.health)
    assert (foes[0].code, foes[-1].code) == ("the-kid", "iron-jack")
    assert all(1 <= foe.wits <= 6 for foe in foes)
    target = TARGETS[0]
    assert target.foe(5).health == target.foe(9).health == (60 + 3 * target.combat) * 15 // 20
    assert Hunter.collection_name() == "hunters"
