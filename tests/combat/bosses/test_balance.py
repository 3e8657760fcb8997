"""The balance of the bosses, by simulation: the seeds against characters of their level.

The seed is fixed. Everybody plays what promises most, at a minion while there is one, and takes a
remedy when it is badly hurt or a gauge is (three in a fight, as everybody has). What is asserted is
that the share of so many fights lies within two standard errors of what the bosses are meant for.
"""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any

import pytest
import yaml

from desperados.characters import growth
from desperados.characters.rules import SKILLS, SkillGroup, max_health
from desperados.combat.bosses import content
from desperados.combat.bosses.catalogue import Foe
from desperados.combat.bosses.fights import setup_against
from desperados.combat.fights.engine import effects
from desperados.combat.fights.engine.cards import promising
from desperados.combat.fights.engine.fray import Fray
from desperados.combat.fights.engine.rounds import deal, play_round
from desperados.combat.fights.engine.setup import Member, Setup
from desperados.combat.fights.engine.state import Battle, new_battle
from desperados.combat.fights.rules import trained
from desperados.play.rewards import bound
from desperados.seeding import default_directory

FIGHTS = 32
HEALS = 90  # a tonic
ALONE, TOGETHER = (0.25, 0.75), (0.40, 0.80)


@cache
def bosses() -> tuple[Foe, ...]:
    """The bosses of the seeds."""
    rows = yaml.safe_load((default_directory() / "bosses.yaml").read_text())["bosses"]
    return tuple(boss(row) for row in rows)


def boss(row: dict[str, Any]) -> Foe:
    named = {"_id", "name", "level", "locationId"}
    details = {name: value for name, value in row.items() if name not in named}
    return Foe(
        row["_id"],
        row["name"],
        row["level"],
        row["locationId"],
        content.Boss.model_validate(details),
    )


def of_level(level: int) -> Member:
    """A character of a level who has trained: its best combat skill is twice its level, the others
    a half of it, and it has fought as often as that takes."""
    best, others = min(99, 2 * level), level // 2
    levels = dict.fromkeys(SKILLS[SkillGroup.COMBAT], others) | {"ranged_combat": best}
    health = max_health(levels, growth.combat_level(75 * (level - 1) ** 2))
    return trained(
        Member(name="Jane", health=health, max_health=health), min(100, best + others // 2)
    )


def choice(battle: Battle, setup: Setup, seat: int) -> dict[str, Any]:
    """What somebody does who knows the fight."""
    member = battle["members"][seat]
    pressed = [
        item
        for gauge in setup.gauges
        for item in gauge.items
        if (step := gauge.step(member["gauges"][gauge.code])).damage
        or step.cards
        or step.attack < 90
    ]
    hurt = member["health"] * 100 < 40 * member["max_health"]
    if member["items"] and effects.uses_items(member["effects"]) and (hurt or pressed):
        item = pressed[0] if pressed else "health-tonic"
        return {"move": "item", "item": item, "heal": 0 if pressed else HEALS}
    target = battle["minions"][0]["id"] if battle["minions"] else None
    return {"move": "attack", "hold": promising(member["hand"]), "target": target}


def is_won(setup: Setup, luck: Random) -> bool:
    """One fight, to its end."""
    battle = new_battle(setup)
    battle["round"] = 1
    fray = Fray(battle, setup, luck)
    deal(fray)
    while battle["foe"]["health"] and fray.standing() and battle["round"] <= setup.rounds:
        for seat in fray.standing():
            if effects.acts(battle["members"][seat]["effects"]):
                battle["members"][seat]["choice"] = choice(battle, setup, seat)
        play_round(fray)
    return battle["foe"]["health"] == 0


@pytest.mark.parametrize("foe", bosses(), ids=lambda foe: foe.code)
def test_a_full_party_of_its_level_is_a_match_for_a_boss(foe: Foe) -> None:
    setup = setup_against(foe, [of_level(foe.level) for _ in range(foe.most)])
    luck = Random(foe.code)
    share = sum(is_won(setup, luck) for _ in range(FIGHTS)) / FIGHTS
    least, most = ALONE if foe.most == 1 else TOGETHER
    error = 2 * (0.25 / FIGHTS) ** 0.5
    assert least - error <= share <= most + error


def great_ones() -> list[Foe]:
    """Those that are not for greenhorns."""
    return [foe for foe in bosses() if foe.level >= 15]


def test_there_are_bosses_for_loners_and_for_parties_from_level_15_to_50() -> None:
    assert len(great_ones()) >= 15
    assert sum(foe.most == 1 for foe in great_ones()) >= 5
    assert sum(foe.least >= 2 for foe in great_ones()) >= 5
    levels = [foe.level for foe in great_ones()]
    assert (min(levels), max(levels)) == (15, 50)


@pytest.mark.parametrize("foe", great_ones(), ids=lambda foe: foe.code)
def test_a_boss_gives_no_more_than_bosses_give(foe: Foe) -> None:
    each, first = bound(foe.details.reward), bound(foe.details.first_reward)
    assert 300 <= each.dollars <= 5_000
    assert 1_000 <= each.xp <= 15_000
    assert 500 <= first.dollars <= 1_000
    assert foe.details.first_reward.titles


def test_what_helps_against_a_gauge_is_used_up(items: dict[str, Any]) -> None:
    for foe in bosses():
        for gauge in foe.details.gauges:
            assert all(items[item]["type"] == "consumable" for item in gauge.items)


@pytest.fixture(scope="module")
def items() -> dict[str, Any]:
    rows = yaml.safe_load((default_directory() / "items.yaml").read_text())["items"]
    return {row["itemId"]: row for row in rows}
