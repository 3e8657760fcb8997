"""The plugin in a suite of somebody who builds on a world."""

import pytest

pytest_plugins = ["pytester"]

SUITE = """
import pytest
from desperados import economy
from desperados.characters.documents import Character
from desperados.testing import hammer

async def test_rent_is_paid_once(world, time):
    jane, bill = await world.character(dollars=40), await world.character()
    outcomes = await hammer(lambda: economy.transfer(jane, bill, 100), 3)
    assert outcomes.refused == {"insufficient_funds": 2}

async def test_a_world_that_does_not_add_up(world):
    jane = await world.character()
    await Character.collection().update_one({"_id": jane}, {"$inc": {"dollars": 5}})

@pytest.mark.broken_world
async def test_a_world_that_was_broken_on_purpose(bare_world):
    nobody = {"name": "Nobody", "dollars": 5, "ledgerSeq": {"dollars": 3}}
    await Character.collection().insert_one(nobody)
"""


def test_a_suite_gets_worlds_and_hears_when_one_does_not_add_up(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nasyncio_mode = auto\n")
    pytester.makepyfile(SUITE)
    result = pytester.runpytest_subprocess("-p", "no:xdist", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(["*the audit found:*"])
