"""The rules of crimes: bounded odds, and no price without a greater price."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.crime.attempts import rules
from desperados.crime.attempts.rules import Case, Scenery
from desperados.crime.records import SKILLS
from desperados.deck.actions import ActionType, PlayedAction, Risk, all_actions
from desperados.law.documents import BountyStatus
from desperados.law.rules import TERMS, sentence
from desperados.play.outcome import Outcome
from desperados.renown.conduct_table import CONDUCT
from desperados.renown.rules import FACTIONS
from desperados.testing import World

FACTORS = st.floats(0.1, 3, allow_nan=False)
SCENES = st.builds(
    Scenery,
    climate=FACTORS,
    crowd=FACTORS,
    cunning=st.integers(1, 100),
    luck=st.integers(-300, 300),
    detection=st.integers(-90, 200),
)


async def crimes() -> list[PlayedAction]:
    return [action for action in await all_actions() if action.type is ActionType.CRIME]


@given(st.integers(1, 95), SCENES)
def test_a_crime_is_never_invisible_and_never_sure_to_be_seen(base: int, scene: Scenery) -> None:
    percent = rules.seen_percent(base, scene)
    assert -(-base // 4) <= percent <= 95


@given(st.integers(1, 95), SCENES, st.integers(0, 60))
def test_cunning_and_luck_make_it_less_likely(base: int, scene: Scenery, more: int) -> None:
    before = rules.seen_percent(base, scene)
    assert rules.seen_percent(base, replace(scene, cunning=scene.cunning + more)) <= before
    assert rules.seen_percent(base, replace(scene, luck=scene.luck + more)) <= before


def test_by_day_among_some_people_it_is_what_the_content_says() -> None:
    assert rules.seen_percent(40, Scenery()) == 40
    assert rules.seen_percent(40, Scenery(cunning=48)) == 30
    assert rules.seen_percent(40, Scenery(luck=50)) == 20
    assert rules.seen_percent(0, Scenery(crowd=3)) == 0


@given(st.integers(1, 50), st.integers(-90, 200))
def test_a_trade_helps_up_to_thirty_percent(level: int, percent: int) -> None:
    assert 0 <= rules.relief(level, percent) <= 30


@given(st.sampled_from(SKILLS), st.integers(0, 1_000))
def test_every_success_teaches_its_own_skill_most(skill: str, xp: int) -> None:
    lessons = rules.lessons(skill, xp)
    assert lessons[skill] >= 1
    assert all(lessons[skill] >= 2 * more - 1 for name, more in lessons.items() if name != skill)


@given(st.integers(0, 5_000), st.integers(0, 2**32))
def test_the_law_puts_half_to_the_whole_of_the_bail_on_a_head(bail: int, seed: int) -> None:
    price = rules.bounty_of(Risk(bail=bail), random.Random(seed))
    assert bail <= 2 * price
    assert price <= bail


@given(st.integers(0, 100_000), st.integers(0, 2**32))
def test_loot_is_80_to_120_percent(dollars: int, seed: int) -> None:
    got = rules.loot(Outcome(dollars=dollars), random.Random(seed))
    assert dollars * 80 // 100 <= got <= dollars * 120 // 100


@pytest.mark.parametrize("succeeded", [True, False])
@pytest.mark.parametrize("knows", [True, False])
async def test_what_the_law_pays_for_never_comes_without_what_it_costs(
    world: World, succeeded: bool, knows: bool
) -> None:
    """For every crime there is: whoever has a price on the head for it sits for it, and to buy
    himself out costs at least that price. So a friend who earns it earns less than it costs."""
    for action in await crimes():
        skill = rules.skill_of(action)
        for bounty in (-(-action.risk.bail // 2), action.risk.bail):
            case = Case(action, skill, succeeded, knows, "frontera", bounty)
            if case.price is not None:
                assert case.sentence is not None
                assert case.price.dollars <= (case.sentence.bail or 0)
                assert case.wanted == action.risk.wanted
            if succeeded and not knows:
                assert (case.price, case.sentence, case.wanted) == (None, None, 0)
            assert case.conduct in CONDUCT
            assert set(case.standing) <= set(FACTIONS)


async def test_every_crime_of_the_content_can_be_sentenced(world: World) -> None:
    found = await crimes()
    assert len(found) >= 21
    for action in found:
        case = Case(action, rules.skill_of(action), False, True, "frontera", 100)
        assert case.sentence is not None
        assert TERMS[case.sentence.cause].settles is None
        minutes = sentence(case.sentence.cause, 3, case.sentence.minutes)
        assert (
            minutes == -(-action.risk.jail_minutes * 3 // 2) or not TERMS[case.sentence.cause].bail
        )
        assert BountyStatus.ACTIVE


async def test_there_is_a_way_to_every_skill_that_a_crime_asks_for(world: World) -> None:
    """Nobody has to know robbery to learn it: what is open to a beginner teaches all of them."""
    found = await crimes()
    open_to_all = [a for a in found if not any(n.kind == "criminal_skill" for n in a.needs)]
    assert open_to_all
    for skill in {rules.skill_of(action) for action in found}:
        taught = [rules.lessons(rules.skill_of(a), a.reward.xp)[skill] for a in open_to_all]
        assert max(taught) >= 1, skill


@given(st.integers(0, 100_000))
def test_hush_money_is_half_of_it_and_25_at_least(bounty: int) -> None:
    money = rules.hush_money(bounty)
    assert money >= 25
    assert 2 * money >= bounty


def test_a_threat_helps_in_40_to_90_of_100_cases() -> None:
    assert rules.threat_chance(1) == 40
    assert rules.threat_chance(99) == 89
