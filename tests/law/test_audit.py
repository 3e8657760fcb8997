"""The audit of the law finds what does not fit together."""

import pytest
from bson import ObjectId

from desperados import law
from desperados.engine.clock import FrozenClock
from desperados.engine.transactions import transaction
from desperados.law.consequences import LawBounty, Sentence
from desperados.law.rules import Cause
from desperados.testing import World
from tests.law.courts import charge
from tests.worlds import fingerprint


async def jailed(world: World) -> ObjectId:
    jane = await world.character(dollars=900)
    await charge(jane, wanted=2, bounty=LawBounty("frontera", 200, "robbery"))
    await charge(jane, bounty=LawBounty("settler_alliance", 200, "robbery"))
    await charge(jane, jail=Sentence(Cause.MAJOR_CRIME))
    return jane


async def problems(world: World) -> list[str]:
    report = await world.audit()
    return [found.problem for check in report.checks for found in check.findings]


async def test_what_the_law_did_itself_is_sound(world: World) -> None:
    await jailed(world)
    assert await problems(world) == []


@pytest.mark.broken_world
async def test_a_prisoner_who_is_not_in_jail_is_found(world: World) -> None:
    jane = await jailed(world)
    await world.game.database["characters"].update_one({"_id": jane}, {"$set": {"isInJail": False}})
    assert await problems(world) == ["is served, but the prisoner is not in jail until its end"]


@pytest.mark.broken_world
async def test_who_is_in_jail_without_a_sentence_is_found(world: World) -> None:
    jane = await jailed(world)
    await world.game.database["jailsentences"].delete_many({"characterId": jane})
    assert await problems(world) == ["is in jail and serves no sentence"]


@pytest.mark.broken_world
async def test_a_sentence_that_is_too_long_and_ranks_that_differ_are_found(world: World) -> None:
    jane = await jailed(world)
    await world.game.database["jailsentences"].update_one(
        {"characterId": jane}, {"$set": {"sentenceMinutes": 1_441}}
    )
    await world.game.database["bounties"].update_one(
        {"characterId": jane, "issuerFaction": "frontera"},
        {"$set": {"wantedRank": "most_wanted"}},
    )
    assert await problems(world) == [
        "is for 1441 minutes",
        "has prices of several ranks: ['most_wanted', 'petty']",
    ]


async def test_a_bail_that_is_aborted_half_way_leaves_nothing(
    world: World, time: FrozenClock
) -> None:
    jane = await jailed(world)
    before = await fingerprint(world.game)
    with pytest.raises(ZeroDivisionError):
        async with transaction() as opened:
            await law.pay_bail(jane, jane, key="half")
            await opened.flush()
            raise ZeroDivisionError
    assert await fingerprint(world.game) == before
    assert (await law.pay_bail(jane, jane, key="half")).price == 200 + 45 * 5
