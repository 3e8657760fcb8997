"""What is known of legends, what hunts bring, and that they can be won and lost."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.characters.effects import Stat
from desperados.characters.rules import SKILLS, SkillGroup, max_health
from desperados.combat.fights.engine import effects
from desperados.combat.fights.engine.blows import BOSS_BLOW
from desperados.combat.fights.engine.cards import promising
from desperados.combat.fights.engine.fray import Fray
from desperados.combat.fights.engine.rounds import deal, play_round
from desperados.combat.fights.engine.setup import Flee, Member, Setup
from desperados.combat.fights.engine.state import Battle, new_battle
from desperados.combat.fights.rules import trained
from desperados.combat.legends import rules
from desperados.combat.legends.content import Known, all_legends
from desperados.combat.legends.documents import DiscoveryStage
from desperados.play.outcome import Outcome
from desperados.play.rewards import bound
from desperados.testing import World

STAGES = list(DiscoveryStage)
BONUSES = st.lists(
    st.dictionaries(st.sampled_from([s.value for s in Stat]), st.integers(1, 25), max_size=4),
    max_size=14,
)


@given(st.lists(st.booleans(), max_size=12))
def test_nobody_forgets(learned: list[bool]) -> None:
    """Rumors (true) and clues (false), in whatever order."""
    progress, clues, stage = 0, 0, DiscoveryStage.UNKNOWN
    for rumor in learned:
        progress = rules.progress_after(progress, rules.RUMOR if rumor else rules.CLUE)
        clues += not rumor
        after = rules.furthest(stage, rules.stage_of(progress, clues))
        assert STAGES.index(after) >= STAGES.index(stage)
        stage = after
    assert 0 <= progress <= 100
    assert (stage is DiscoveryStage.UNKNOWN) == (not learned)
    if stage is DiscoveryStage.LOCATED:
        assert clues >= 2


@pytest.mark.parametrize(
    ("progress", "clues", "stage"),
    [
        (0, 0, "unknown"), (20, 0, "rumored"), (60, 0, "rumored"), (39, 1, "rumored"),
        (45, 1, "tracked"), (100, 1, "tracked"), (74, 2, "tracked"), (75, 2, "located"),
    ],
)  # fmt: skip
def test_the_stages(progress: int, clues: int, stage: str) -> None:
    assert rules.stage_of(progress, clues) == stage


@given(st.integers(1, 99), st.integers(1, 99), st.integers(-90, 200))
def test_a_search_is_never_sure_and_never_in_vain(skill: int, hard: int, more: int) -> None:
    assert 5 <= rules.chance(skill, hard, more) <= 95
    assert rules.chance(skill + 1, hard, more) >= rules.chance(skill, hard, more)


def test_how_likely_a_search_finds_something() -> None:
    assert [rules.chance(skill, 30) for skill in (30, 40, 20, 99, 1)] == [50, 70, 30, 95, 5]


@given(BONUSES)
def test_all_hunts_together_add_a_hundred_at_most(bonuses: list[dict[str, int]]) -> None:
    effect = rules.bonus_of(bonuses)
    whole = sum(sum(bonus.values()) for bonus in bonuses)
    assert sum(effect.stats.values()) == min(100, whole)
    assert effect.until is None
    assert all(points > 0 for points in effect.stats.values())


@given(BONUSES, st.dictionaries(st.just("damage"), st.integers(1, 25), min_size=1))
def test_one_more_hunt_never_takes_anything_away(
    bonuses: list[dict[str, int]], more: dict[str, int]
) -> None:
    before, after = rules.bonus_of(bonuses), rules.bonus_of([*bonuses, more])
    assert all(after.stats[stat] >= points for stat, points in before.stats.items())


def test_later_victories_give_a_quarter() -> None:
    drawn = Outcome(dollars=5_003, xp=9_001, titles=("Bear Killer",))
    first, later = (rules.spoils(drawn, 30, first=first) for first in (True, False))
    assert (first.dollars, first.xp, first.combat_xp) == (5_003, 9_001, 1_500)
    assert (later.dollars, later.xp, later.combat_xp) == (1_250, 2_250, 1_500)
    assert (first.titles, later.titles) == (("Bear Killer",), ())


# The content


async def test_there_are_twelve_and_the_stronger_pays_more(world: World) -> None:
    legends = sorted(await all_legends(), key=lambda one: (one.level, bound(one.reward).dollars))
    assert len(legends) == 12
    for weaker, stronger in pairwise(legends):
        assert bound(weaker.reward).dollars <= bound(stronger.reward).dollars
        assert weaker.reward.xp <= stronger.reward.xp
    for legend in legends:
        assert 3 <= len(legend.rumors) <= 5
        assert 3 <= len(legend.clues) <= 5
        assert sum(legend.bonus.values()) <= 25
    assert sum(sum(legend.bonus.values()) for legend in legends) <= rules.MOST_BONUS


async def test_everybody_can_come_to_know_where_each_lives(world: World) -> None:
    """With all rumors and clues, and in fact with two of each."""
    for legend in await all_legends():
        assert rules.stage_of(2 * rules.RUMOR + 2 * rules.CLUE, 2) is DiscoveryStage.LOCATED
        assert legend.lair


async def test_a_hunter_of_its_level_wins_about_every_second_fight(world: World) -> None:
    """Of 60 fights of a fixed seed each. At an even chance the share of victories lies between 25
    and 75 percent in all but one of some ten thousand such series."""
    for legend in await all_legends():
        luck = Random(1876)
        won = sum(_fought(legend, luck)["foe"]["health"] == 0 for _ in range(60))
        assert 15 <= won <= 45, f"{legend.code}: {won} of 60"


async def test_who_is_half_its_level_has_no_chance(world: World) -> None:
    for legend in await all_legends():
        luck = Random(1876)
        fights = (_fought(legend, luck, level=legend.level // 2) for _ in range(10))
        assert sum(battle["foe"]["health"] == 0 for battle in fights) <= 1, legend.code


def _fought(legend: Known, luck: Random, level: int | None = None) -> Battle:
    """A fight of somebody who plays well: strikes, uses remedies, and is never late."""
    setup = Setup(
        members=[_hunter(level or legend.level)],
        foe=legend.foe,
        blow=BOSS_BLOW,
        flee=Flee(percent=rules.FLEE_PERCENT, fall=0, until=None),
        special=rules.SPECIAL_EVERY,
        items=rules.ITEMS,
        rounds=rules.ROUNDS,
        at_end="draw",
    )
    battle = new_battle(setup)
    battle["round"] = 1
    fray = Fray(battle, setup, luck)
    deal(fray)
    (member,) = battle["members"]
    while battle["foe"]["health"] and not member["out"] and battle["round"] <= rules.ROUNDS:
        special = battle["round"] % rules.SPECIAL_EVERY == 0
        weak = member["health"] * 100 < 40 * member["max_health"]
        if not effects.acts(member["effects"]):
            pass
        elif weak and not special and member["items"] and effects.uses_items(member["effects"]):
            member["choice"] = {"move": "item", "item": "herbal-poultice", "heal": 45}
        else:
            move = "special" if special else "attack"
            hold = promising(member["hand"])
            member["choice"] = {"move": move, "hold": hold, "target": None}
        play_round(fray)
    return battle


def _hunter(level: int) -> Member:
    """A fighter as its level lets one expect."""
    skill = min(99, 5 + level * 3 // 2)
    health = max_health(dict.fromkeys(SKILLS[SkillGroup.COMBAT], skill), level)
    return rules.hunter(trained(Member(name="Jane", health=health, max_health=health), skill))
