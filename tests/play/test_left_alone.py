"""Nothing is ticked: a world that is left alone for a year does what is due, and reads right."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bson import ObjectId

from desperados.assembly.jobs import JOBS
from desperados.characters import service as characters
from desperados.characters.effects import Effect, Stat
from desperados.characters.participant import load_participant
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.game import Game
from desperados.engine.work import DueJob, Jobs
from desperados.law import queries as law
from desperados.law.consequences import LawBounty, Sentence
from desperados.law.rules import Cause
from desperados.ops.audit import audit
from desperados.play.outcome import Cost, Deed, Outcome, Share
from desperados.play.settle import settle
from desperados.renown import service as renown
from tests.economy.money_worlds import add_settler

CRIME = Deed(name="crime")


@command
async def commit(who: ObjectId, outcome: Any) -> None:
    await settle(CRIME, Share(await load_participant(who), outcome, Cost(energy=100)))


async def row(game: Game, who: ObjectId) -> dict[str, Any]:
    found: dict[str, Any] = await game.database["characters"].find_one({"_id": who})
    return found


async def test_a_year_alone_is_no_work_but_what_is_due(game: Game) -> None:
    with clock.frozen() as now:
        ann, bob = await add_settler(game), await add_settler(game)
        tea = Effect("tea", {Stat.ENERGY_REGEN: 50}, until=clock.now() + timedelta(hours=1))
        deed = Outcome(
            health=-60,
            wanted=4,
            bounty=LawBounty("settler_alliance", 400, "crime"),
            standing={"settler_alliance": -20},
            conduct=("robbery",),
            effects=(tea,),
        )
        await commit(bob, deed)
        await commit(ann, deed)
        await commit_to_jail(ann)
        before = {who: await row(game, who) for who in (ann, bob)}
        now.advance(days=365)
        jobs = Jobs(JOBS)
        await jobs.run_until_idle()

        due = {job.name for job in JOBS if isinstance(job, DueJob)}
        settled = {name: count for name, count in jobs.done.items() if name in due and count}
        assert sum(settled.values()) <= 2, settled  # a sentence ends; a price is off a head
        assert await row(game, bob) == before[bob]
        changed = {
            name for name, value in (await row(game, ann)).items() if before[ann].get(name) != value
        }
        assert changed <= {"isInJail", "jailedUntil", "updatedAt"}

        for who in (ann, bob):
            seen = await characters.get(who)
            assert (seen.energy, seen.health) == (seen.max_energy, seen.max_health)
            assert (seen.effects, seen.is_in_jail, seen.energy_full_at) == ([], False, None)
            status = await law.status(who)
            assert (status.wanted, status.bounty, status.sentence) == (0, 0, None)
        standings = {s.faction: s.points for s in await renown.standings(bob)}
        assert standings["settler_alliance"] == -20  # people do not forget
        assert (await audit()).clean


@command
async def commit_to_jail(who: ObjectId) -> None:
    share = Share(await load_participant(who), Outcome(jail=Sentence(Cause.MAJOR_CRIME)))
    await settle(CRIME, share)
