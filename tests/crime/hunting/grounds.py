"""Hunters, their prey and those who pay: as the tests of hunting need them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bson import ObjectId

from desperados import economy
from desperados.crime.hunting.documents import BountyHunt, LawContract
from desperados.crime.hunting.hunts import hire_hunter
from desperados.crime.hunting.jobs import JOBS
from desperados.crime.hunting.people import find_hunter, find_target
from desperados.crime.hunting.rules import NpcHunter
from desperados.crime.hunting.trails import Target
from desperados.crime.hunting.views import BountyHuntView
from desperados.engine import clock
from desperados.engine.clock import FrozenClock
from desperados.engine.work import DueJob, Jobs
from desperados.law.consequences import LawBounty
from desperados.play.shapes.documents import Question, QuestionStatus
from desperados.play.shapes.jobs import JOBS as SHARED
from desperados.testing import World
from tests.law.courts import charge
from tests.world.people import change

PLACE = "red-gulch"
ROBBERY = LawBounty("settler_alliance", 800, "robbery")


async def dollars(who: ObjectId) -> int:
    return (await economy.balance(who)).dollars


async def bounty_hunter(world: World, level: int = 40, **fields: Any) -> ObjectId:
    """Somebody to whom contracts are given."""
    pat = await world.character(place=PLACE)
    await change(pat, level=level, **fields)
    return pat


async def employer_in(world: World, dollars: int = 10_000) -> ObjectId:
    """Somebody with money, and not new."""
    bill = await world.character(dollars=dollars)
    await change(bill, createdAt=clock.now() - timedelta(days=30))
    return bill


async def prey_in(world: World, wanted: int = 3, **charges: Any) -> ObjectId:
    """Somebody whom it pays to hunt."""
    jane = await world.character(place=PLACE)
    await change(jane, level=12)
    await charge(jane, wanted=wanted, **(charges or {"bounty": ROBBERY}))
    return jane


async def be_there(who: ObjectId) -> None:
    """Somebody has just done something."""
    await change(who, lastActive=clock.now())


DUE = tuple(job for job in JOBS if isinstance(job, DueJob))


async def work() -> None:
    """Let a worker do what is due; the law's own hunters ride where a test says so."""
    await Jobs((*DUE, *SHARED)).run_until_idle()


async def met(time: FrozenClock, jane: ObjectId, bill: ObjectId, hunter: str) -> BountyHuntView:
    """A hunt whose hunter stands at the door."""
    hunt = await hire_hunter(bill, hunter, jane)
    await knock(time, jane, await hunt_of(hunt.id))
    return hunt


async def knock(time: FrozenClock, jane: ObjectId, hunt: BountyHunt) -> None:
    """Let a hunter on his way come to the door of his prey, which is at home."""
    assert hunt.encounter_at is not None
    time.advance(seconds=(hunt.encounter_at - clock.now()).total_seconds() + 1)
    await be_there(jane)
    await work()


async def at_the_door(jane: ObjectId) -> list[Question]:
    """What hunters ask somebody now."""
    return await Question.load_many(
        {"characterId": jane, "status": QuestionStatus.OPEN.value}, limit=10
    )


async def hunt_of(hunt_id: ObjectId) -> BountyHunt:
    found = await BountyHunt.load_one({"_id": hunt_id})
    assert found is not None
    return found


async def contract_of(pat: ObjectId) -> LawContract:
    """The last contract of somebody."""
    (found,) = await LawContract.load_many({"characterId": pat}, limit=1, sort=[("startedAt", -1)])
    return found


async def ready(pat: ObjectId, progress: int = 75, clues: int = 0) -> None:
    """A hunter has found the outlaw of his contract."""
    contract = await contract_of(pat)
    await LawContract.collection().update_one(
        {"_id": contract.id}, {"$set": {"progress": progress, "clues": clues}}
    )


async def gun(code: str = "copper-kate") -> NpcHunter:
    return await find_hunter(code)


async def outlaw(code: str = "dusty-dan") -> Target:
    return await find_target(code)
