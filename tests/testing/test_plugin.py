"""The plugin in a suite of somebody who builds on a world."""

import sys

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


WITHOUT = """
import sys
sys.modules["pytest_asyncio"] = None
import pytest
sys.exit(pytest.main(["-q", "-p", "desperados.testing.plugin", "test_other.py"]))
"""


def test_a_suite_without_pytest_asyncio_is_left_alone(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(test_other="def test_something_else(): assert 1 + 1 == 2")
    result = pytester.run(sys.executable, "-c", WITHOUT)
    result.assert_outcomes(passed=1)
