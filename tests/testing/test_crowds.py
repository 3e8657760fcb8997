"""A crowd tells what came of each of its calls."""

import pytest

from desperados import economy
from desperados.testing import World, hammer


async def test_a_crowd_counts_what_was_done_and_what_was_refused(world: World) -> None:
    jane, bill = await world.character(dollars=40), await world.character()
    outcomes = await hammer(lambda: economy.transfer(jane, bill, 100), 10)
    assert outcomes.done == 1
    assert outcomes.refused == {"insufficient_funds": 9}
    assert (await economy.balance(bill)).dollars == 200


async def test_an_error_that_is_no_refusal_is_raised() -> None:
    async def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup, match="3 of 3") as raised:
        await hammer(broken, 3)
    assert raised.group_contains(ZeroDivisionError)
