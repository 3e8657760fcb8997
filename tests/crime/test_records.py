"""Criminal records: what is learned, how much it takes, and what requirements see of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.crime.documents import CriminalRecord
from desperados.crime.recording import keep
from desperados.crime.records import MOST_SKILLED, SKILLS, Record, criminal_record, grow, needed
from desperados.engine import clock
from desperados.engine.storage.reads import alone
from desperados.engine.transactions import transactional
from desperados.play.requirements import Kind, Requirement, load_situation, unmet
from desperados.testing import World

LEVELS = st.integers(1, MOST_SKILLED)


@given(st.lists(st.integers(0, 5_000), max_size=8))
def test_it_does_not_matter_in_how_many_parts_something_is_learned(parts: list[int]) -> None:
    level, xp = 1, 0
    for part in parts:
        level, xp = grow(level, xp, part)
    assert (level, xp) == grow(1, 0, sum(parts))


@given(LEVELS, st.integers(0, 10**6))
def test_a_level_never_falls_and_ends_at_fifty(level: int, gained: int) -> None:
    grown, xp = grow(level, 0, gained)
    assert level <= grown <= MOST_SKILLED
    assert 0 <= xp < needed(grown)
    assert grown < MOST_SKILLED or xp == 0


def test_the_way_to_the_highest_level_is_long_but_has_an_end() -> None:
    assert needed(1) == 2
    assert sum(needed(level) for level in range(1, 5)) == 60
    assert sum(needed(level) for level in range(1, MOST_SKILLED)) == 80_850


def test_a_reputation_ends_at_a_hundred() -> None:
    assert Record(reputation=99).known(5).reputation == 100


async def test_whoever_has_no_record_is_a_beginner(world: World) -> None:
    record = await alone(criminal_record(await world.character()))
    assert [record.skill(name) for name in SKILLS] == [1] * 5
    assert (record.reputation, record.best) == (0, 1)


async def test_what_another_program_wrote_is_read_within_bounds(world: World) -> None:
    jane = await world.character()
    skills = {"robbery": {"level": 999, "xp": -3}, "juggling": {"level": 4}, "burglary": "much"}
    row = {"characterId": jane, "skills": skills, "reputation": 512}
    await CriminalRecord.collection().insert_one(row)
    record = await alone(criminal_record(jane))
    assert (record.skill("robbery"), record.skill("burglary")) == (50, 1)
    assert record.reputation == 100


@pytest.mark.parametrize(
    ("need", "met"),
    [
        (Requirement(Kind.CRIMINAL_SKILL, "robbery", 5), True),
        (Requirement(Kind.CRIMINAL_SKILL, "robbery", 6), False),
        (Requirement(Kind.CRIMINAL_SKILL, "burglary", 2), False),
        (Requirement(Kind.CRIMINAL_REPUTATION, None, 20), True),
        (Requirement(Kind.CRIMINAL_REPUTATION, None, 21), False),
    ],
)
async def test_requirements_ask_the_record(world: World, need: Requirement, met: bool) -> None:
    jane = await world.character()

    @transactional
    async def learn() -> None:
        keep(jane, Record({"robbery": (5, 3)}, 20), clock.now())

    await learn()
    situation = await load_situation(jane, [need])
    assert (unmet(situation, [need]) == []) is met
