"""The balance of fights, by simulation: the seeds against characters of their level.

The seed is fixed. A character "of its level" is one who has trained: its best combat skill is twice
its level, the others a half of it, and it has fought as often as that takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

import pytest
import yaml

from desperados.characters import growth
from desperados.characters.rules import SKILLS, SkillGroup, max_health
from desperados.combat.fights import rules
from desperados.combat.fights.engine import cards
from desperados.combat.fights.engine.blows import FIGHT_BLOW, FOE_BLOW
from desperados.combat.fights.engine.playing import ending_of
from desperados.combat.fights.engine.setup import Flee, Member, Setup
from desperados.play.rewards import Reward
from desperados.seeding import default_directory
from tests.combat.fights.brawls import last

FIGHTS, ROUNDS = 400, 400  # fights that are simulated, of rounds that were played
HARD_FROM = 7


def npcs() -> Iterator[rules.Npc]:
    """All who may be fought."""
    for row in yaml.safe_load((default_directory() / "npcs.yaml").read_text())["npcs"]:
        if row["kind"] == "combat":
            yield npc(row)


def npc(row: dict[str, Any]) -> rules.Npc:
    return rules.Npc(
        code=row["_id"],
        name=row["name"],
        type=row["type"],
        place=None,
        level=row["level"],
        health=row["hp"],
        difficulty=row["difficulty"],
        loot=Reward(),
        trophy=Reward(),
        respawn=rules.ROUND,
    )


def of_level(level: int) -> Member:
    """A character of a level."""
    best, others = min(99, max(3, 2 * level)), max(1, level // 2)
    levels = dict.fromkeys(SKILLS[SkillGroup.COMBAT], others) | {"ranged_combat": best}
    health = max_health(levels, growth.combat_level(75 * (level - 1) ** 2))
    return rules.trained(
        Member(name="Jane", health=health, max_health=health), min(100, best + others // 2)
    )


@cache
def dealt(level: int) -> list[int]:
    """What a character of a level deals in a round, often."""
    luck, member = Random(level), of_level(level)
    return [blow(member, luck) for _ in range(ROUNDS)]


def blow(member: Member, luck: Random) -> int:
    hand = cards.drawn(luck, (), member.cards)
    held = cards.promising(hand)
    new = cards.drawn(luck, set(hand), len(hand) - len(held))
    damage = cards.worth(
        FIGHT_BLOW, cards.exchanged(hand, held, new), member.percent, keen=member.keen
    )
    return damage + luck.randint(0, FIGHT_BLOW.spread)


@cache
def taken(difficulty: int) -> list[int]:
    """What somebody of a difficulty deals in a round, often."""
    luck = Random(difficulty)
    foe = rules.foe_of(next(foe for foe in ALL if foe.difficulty == difficulty))
    return [
        (foe.attack + cards.worth(FOE_BLOW, hand) + luck.randint(0, FOE_BLOW.spread))
        * foe.percent
        // 100
        for hand in (cards.played_by(foe.wits, luck) for _ in range(ROUNDS))
    ]


def share_won(foe: rules.Npc) -> float:
    """How many of many fights a character of the same level wins: blow upon blow."""
    luck, won = Random(1876), 0
    for _ in range(FIGHTS):
        mine, theirs = of_level(foe.level).health, foe.health
        while mine > 0 and theirs > 0:
            theirs -= luck.choice(dealt(foe.level))
            if theirs > 0:
                mine -= luck.choice(taken(foe.difficulty))
        won += mine > 0
    return won / FIGHTS


def share_fought(foe: rules.Npc, member: Member, fights: int) -> float:
    """The same, fought by the engine itself."""
    setup = Setup(
        members=[member], foe=rules.foe_of(foe), blow=FIGHT_BLOW, flee=Flee(), rounds=rules.ROUNDS
    )
    ends = [ending_of(last(setup, f"{foe.code}{n}".encode()), False) for n in range(fights)]
    return ends.count("victory") / fights


ALL = list(npcs())


def test_there_are_many_to_fight_for_every_level() -> None:
    assert len(ALL) >= 40
    levels = {foe.level for foe in ALL}
    assert (min(levels), max(levels)) == (1, 45)
    assert all(any(abs(foe.level - level) <= 3 for foe in ALL) for level in range(1, 46))
    assert len({foe.difficulty for foe in ALL}) == 10


@pytest.mark.parametrize("foe", ALL, ids=lambda foe: foe.code)
def test_who_has_trained_wins_most_ordinary_fights_and_some_of_the_hard_ones(
    foe: rules.Npc,
) -> None:
    won = share_won(foe)
    if foe.difficulty < HARD_FROM:
        assert won >= 0.75
    else:
        assert 0.25 <= won <= 0.75


@pytest.mark.parametrize("code", ["cave-bear", "general-sangre"])
def test_the_engine_fights_as_the_simulation_says(code: str) -> None:
    """Within three standard errors of so few fights."""
    foe = next(foe for foe in ALL if foe.code == code)
    fought, simulated = share_fought(foe, of_level(foe.level), 30), share_won(foe)
    assert abs(fought - simulated) <= 3 * (0.25 / 30) ** 0.5


def test_a_newcomer_beats_the_weakest_and_not_the_strong() -> None:
    newcomer = rules.trained(Member(name="Jane", health=110, max_health=110), 1)
    weakest, strong = (
        next(foe for foe in ALL if foe.code == code) for code in ("coyote", "cave-bear")
    )
    assert share_fought(weakest, newcomer, 20) >= 0.8
    assert share_fought(strong, newcomer, 10) == 0
