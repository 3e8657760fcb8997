"""Work: energy for dollars, by one hand of cards or, where the job says so, by plain toil.

The energy is spent at the start, whatever comes of it. What was done is kept as an
``ActionResult``, with the seed of its cards.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from bson import ObjectId
from pydantic import Field

from desperados.characters.happenings import Happened, note
from desperados.characters.participant import Participant, participant_of
from desperados.deck.documents import ActionResult
from desperados.deck.hands import Hand, deal, skill_for
from desperados.engine import dice
from desperados.engine.allowances import usage_of
from desperados.engine.commands import command
from desperados.engine.staging import StagedInsert
from desperados.engine.storage.reads import together
from desperados.engine.transactions import stage
from desperados.ledger.money.sources import Source
from desperados.play.outcome import Cost, Deed, Outcome, Share
from desperados.play.requirements import require
from desperados.play.seeds import new_seed
from desperados.play.settle import settle
from desperados.play.views import Given
from desperados.world.labour.jobs import find_job, limits_of, place_of
from desperados.world.labour.rules import PASSES, PLAIN_SCORE, Job, experience, score, wage
from desperados.world.labour.views import WorkView, stored_work
from desperados.world.modifiers import read_modifiers
from desperados.world.travel.ways import at_the_door

WORK = Deed(name="work", income=Source.JOB_WAGE)

JobCode = Annotated[str, Field(min_length=1, max_length=100, examples=["job_haul_freight"])]


@command
async def work(actor: ObjectId, job: JobCode, *, key: str | None = None) -> WorkView:
    """Do a job that is offered where the character is.

    One hand of cards says how well: the better it is, the nearer to the most that the job pays. A
    failure pays nothing and teaches half. Each job has a time until it can be done again, and can
    be done twelve times in a UTC day.

    Raises:
        JobNotFound: there is no such job.
        NotOfferedHere: it is offered elsewhere.
        RequirementUnmet: the place is closed, or something that the job asks for is missing.
        RateLimited: it was done a while ago only.
        LimitExceeded: it was done twelve times today.
        NotEnoughEnergy: the character has less than it costs.
        CharacterUnavailable: the character is dead, held or at a game.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    found = await find_job(job)
    person, counters = participant_of(actor), usage_of(*limits_of(found, actor))
    await together(person, counters)
    worker, usage = person.result, counters.result
    worker.must_be_idle()
    place = await place_of(found, worker.location_id)
    for limit, whose in limits_of(found, actor):
        usage.use(limit, whose)
    await require(worker, [*found.needs, *await at_the_door(place)])
    effort, climate = Effort.at(found, worker), await read_modifiers(place, worker.at)
    dollars = wage(found, effort.score, climate.job)
    outcome = Outcome(dollars=dollars, xp=experience(found, effort.score))
    share = Share(worker, outcome, Cost(energy=found.energy))
    (given,) = await settle(WORK, share, reference=effort.id)
    usage.write()
    done = effort.done(given, worker.at)
    stage(StagedInsert(ActionResult.collection_name(), stored_work(actor, done)))
    target = f"action:{job}"
    note(worker, Happened.WORK_DONE, "job", target=target, amount=given.dollars)
    return done


@dataclass(frozen=True, slots=True)
class Effort:
    """How well somebody does a job: by a hand of cards, or as everybody does plain work."""

    id: ObjectId
    job: Job
    skill: int
    seed: str | None
    hand: Hand | None
    score: int

    @classmethod
    def at(cls, job: Job, worker: Participant) -> Effort:
        """The effort of a worker at a job."""
        skill = skill_for(worker, job.suit)
        if job.plain:
            return cls(dice.new_id(), job, skill, None, None, PLAIN_SCORE)
        seed = new_seed().secret
        hand = deal(seed, skill, job.suit)
        scored = score(hand.effectiveness, job.difficulty)
        return cls(dice.new_id(), job, skill, seed, hand, scored)

    def done(self, given: Given, at: datetime) -> WorkView:
        """What came of it."""
        hand = self.hand
        return WorkView(
            id=self.id,
            job=self.job.code,
            suit=self.job.suit,
            skill=self.skill,
            cards=[card.code for card in hand.cards] if hand else [],
            strength=hand.strength if hand else None,
            effectiveness=hand.effectiveness if hand else None,
            score=self.score,
            succeeded=self.score >= PASSES,
            dollars=given.dollars,
            xp=given.xp,
            energy_spent=given.energy_spent,
            seed=self.seed,
            at=at,
        )
