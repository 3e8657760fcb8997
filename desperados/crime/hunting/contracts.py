"""Contracts on outlaws of the land: taken, followed, confronted, given up, or over by time.

A hunter has one contract at a time: two that begin at once meet at the character and at the index.
Everything that changes a contract changes its version, so of two moves at once one looks again, and
what it pays it pays once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from bson import ObjectId
from pydantic import Field

from desperados.characters.happenings import Happened, note
from desperados.characters.participant import Participant, find_participants, load_participant
from desperados.combat.fights.documents import CombatEncounter
from desperados.combat.fights.opening import open_fight
from desperados.crime.hunting import trails
from desperados.crime.hunting.documents import BountyHuntStatus, LawContract
from desperados.crime.hunting.errors import (
    ContractOpen,
    NoContract,
    NotReady,
    TargetGone,
    TrailWaits,
)
from desperados.crime.hunting.fighting import tell_fight, wounds_of
from desperados.crime.hunting.people import find_target
from desperados.crime.hunting.trails import Confrontation, Target, Way
from desperados.crime.hunting.views import (
    ConfrontationView,
    LawContractView,
    TrailView,
    confrontation_view,
    contract_view,
)
from desperados.engine import clock, dice
from desperados.engine.commands import command
from desperados.engine.errors import Contention
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.transactions import stage
from desperados.law.consequences import THE_LAW
from desperados.law.releasing import meet
from desperados.ledger.money.sources import Source
from desperados.play.outcome import Cost, Deed, Outcome, Share
from desperados.play.requirements import require
from desperados.play.settle import settle
from desperados.play.shapes.documents import Question, QuestionStatus
from desperados.play.shapes.games import is_there
from desperados.play.shapes.questions import ask
from desperados.play.shapes.rules import Verdict

KIND = "trail"
"""Of the questions that are asked on a trail."""
PURPOSE = "contract"
"""Of the fights with outlaws."""
CONTRACT = Deed(name="law_contract", income=Source.BOUNTY_REWARD, spending=Source.BRIBE)
ABANDONED, OUT_OF_TIME, GONE = "abandoned", "out_of_time", "gone"

TargetCode = Annotated[str, Field(min_length=1, max_length=100, examples=["johnny-two-fingers"])]


@command(queue="actor")
async def start_contract(
    actor: ObjectId, target: TargetCode, *, key: str | None = None
) -> LawContractView:
    """Take a contract on an outlaw of the land: one at a time, and on the same outlaw a day after
    the last one at the earliest. It runs for one day to seven.

    Raises:
        OutlawNotFound: there is no such outlaw.
        RequirementUnmet: the hunter's level is too low, or its name too bad.
        ContractOpen: it has a contract already.
        TargetGone: its last contract on this outlaw ended less than a day ago.
        CharacterUnavailable: the character is dead, held or at a game.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    outlaw = await find_target(target)
    hunter = await load_participant(actor)
    hunter.must_be_idle()
    await require(hunter, outlaw.terms.needs)
    now = clock.now()
    before = await LawContract.load_one(
        {"characterId": actor, "status": BountyHuntStatus.ACTIVE.value}
    )
    if before is not None and now < before.deadline:
        raise ContractOpen(target=before.target)
    last = await LawContract.load_many(
        {"characterId": actor, "target": target}, limit=1, sort=[("closedAt", -1)]
    )
    if last and last[0].closed_at is not None and now < last[0].closed_at + trails.FREE_AFTER:
        raise TargetGone(ready_at=(last[0].closed_at + trails.FREE_AFTER).isoformat())
    if before is not None:
        _close(before, BountyHuntStatus.EXPIRED, OUT_OF_TIME)
    contract = LawContract(
        character_id=actor, target=target, started_at=now, deadline=now + outlaw.terms.time
    )
    meet(actor, now)
    row = contract.to_mongo()
    stage(StagedInsert(LawContract.collection_name(), row))
    return contract_view(row)


@command(queue="actor")
async def track_target(actor: ObjectId, *, key: str | None = None) -> TrailView:
    """Follow the trail of one's contract, for energy: up to 15 of 100 nearer, less for who is hard
    to find. Once in four times something happens, and is asked; until it is answered, for an hour
    at most, the trail waits.

    Raises:
        NoContract: the hunter has no contract that runs.
        TrailWaits: something on the trail waits for an answer.
        NotEnoughEnergy: the hunter has less than it costs.
        CharacterUnavailable: the character is dead, held or at a game.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    hunter = await load_participant(actor)
    hunter.must_be_idle()
    contract, target = await _running(actor)
    luck = dice.source()
    gained = trails.gain(target, luck)
    progress = trails.moved(contract.progress, gained)
    share = Share(hunter, cost=Cost(energy=target.terms.energy))
    (given,) = await settle(CONTRACT, share, reference=contract.id)
    question: Question | None = None
    lead: str | None = None
    if luck.randint(1, 100) <= trails.EVENT_PERCENT:
        lead = luck.choice(list(trails.LEADS))
        question = _ask(contract, lead)
    row = _change(
        contract, progress=progress, questionId=question.id if question is not None else None
    )
    return TrailView(
        gained=progress - contract.progress,
        event=lead,
        energy_spent=given.energy_spent,
        contract=contract_view(row),
    )


@command(queue="actor")
async def confront_target(
    actor: ObjectId, way: Way, *, key: str | None = None
) -> ConfrontationView:
    """Confront the outlaw of one's contract, from 75 of 100 on, for 20 energy.

    An ambush is a safe way, words always bring in alive, and guns open a fight. A success pays;
    alive a fifth more. A failure lets the outlaw go, or costs 20 of the progress.

    Raises:
        NoContract: the hunter has no contract that runs.
        TrailWaits: something on the trail waits for an answer.
        NotReady: the outlaw is not found yet.
        NotEnoughEnergy: the hunter has less than it costs.
        CharacterBusy: the hunter begins something else at this moment.
        CharacterUnavailable: the character is dead, held or at a game.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    hunter = await load_participant(actor)
    hunter.must_be_idle()
    contract, target = await _running(actor)
    if contract.progress < trails.READY_AT:
        raise NotReady(have=contract.progress, need=trails.READY_AT)
    cost = Cost(energy=trails.CONFRONTS_FOR)
    if way is Way.FIGHT:
        (given,) = await settle(CONTRACT, Share(hunter, cost=cost), reference=contract.id)
        foe = target.foe(contract.clues)
        fight = await open_fight(hunter, foe, purpose=PURPOSE, ref_id=contract.id)
        row = _change(contract)
        return confrontation_view(row, way, given, fight_id=fight.id)
    percent = trails.chance(target, hunter, way, contract.progress, contract.clues)
    luck = dice.source()
    won = luck.randint(1, 100) <= percent
    ended = trails.success(target, way, luck) if won else trails.failure(target, luck)
    outcome = _earned(target, ended) if won else Outcome()
    (given,) = await settle(CONTRACT, Share(hunter, outcome, cost), reference=contract.id)
    row = _end(hunter, contract, target, ended)
    return confrontation_view(row, way, given, chance=percent, ended=ended)


async def settle_fight(fight: CombatEncounter, verdict: Verdict) -> None:
    """The purpose of fights with outlaws. Of a contract that is over meanwhile nothing comes but
    wounds; whoever has died, was jailed or has left the world loses nothing twice."""
    contract = await LawContract.load_one({"_id": fight.ref_id})
    hunter = (await find_participants([fight.character_id])).get(fight.character_id)
    if contract is None or hunter is None or not is_there(hunter):
        return
    target, ending = await find_target(contract.target), verdict.facts["ending"]
    runs = contract.status is BountyHuntStatus.ACTIVE and clock.now() < contract.deadline
    outcome, ended = wounds_of(hunter, verdict, target.foe(0)), None
    if runs:
        won, luck = ending == "victory", dice.source()
        ended = trails.success(target, Way.FIGHT, luck) if won else trails.failure(target, luck)
        if won:
            outcome = replace(_earned(target, ended), health=outcome.health)
    (given,) = await settle(CONTRACT, Share(hunter, outcome), reference=contract.id)
    if ended is not None:
        _end(hunter, contract, target, ended)
    tell_fight(hunter, fight, verdict, target.foe(0), given)


def _earned(target: Target, ended: Confrontation) -> Outcome:
    return Outcome(
        dollars=ended.dollars,
        xp=target.terms.xp,
        standing={THE_LAW: trails.STANDING},
        conduct=("capture_outlaw" if ended.alive else "finish_bounty",),
    )


def _end(
    hunter: Participant, contract: LawContract, target: Target, ended: Confrontation
) -> dict[str, Any]:
    """Stage what a confrontation makes of the contract; returns its row after it."""
    if ended.succeeded:
        about = f"outlaw:{target.code}"
        note(hunter, Happened.LAW_ACTED, "bounty_paid", target=about, amount=ended.dollars)
        status = BountyHuntStatus.CAPTURED if ended.alive else BountyHuntStatus.KILLED
        return _close(contract, status, None, reward=ended.dollars)
    if ended.gone:
        return _close(contract, BountyHuntStatus.ESCAPED, GONE)
    return _change(contract, progress=trails.moved(contract.progress, -trails.MISSED))


@command(queue="actor")
async def abandon_contract(actor: ObjectId, *, key: str | None = None) -> LawContractView:
    """Give up one's contract.

    Raises:
        NoContract: the hunter has no contract that runs.
        CharacterUnavailable: the character is dead.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    hunter = await load_participant(actor)
    hunter.must_be_alive()
    contract = await _active(actor)
    return contract_view(_close(contract, BountyHuntStatus.EXPIRED, ABANDONED))


@command
async def expire_contract(contract_id: ObjectId) -> None:
    """Note that a contract's time is over; for the job. Its hunter could do nothing about it since,
    noted or not."""
    contract = await LawContract.load_one({"_id": contract_id})
    if (
        contract is not None
        and contract.status is BountyHuntStatus.ACTIVE
        and contract.deadline <= clock.now()
    ):
        _close(contract, BountyHuntStatus.EXPIRED, OUT_OF_TIME)


async def resolve_lead(question: Question, option: str) -> None:
    """Do what comes of an answer to something on a trail; nothing where the contract is over.

    Raises:
        InsufficientFunds: the hunter has not the dollars that the option costs.
    """
    contract = await LawContract.load_one({"_id": question.subject["contract"]})
    if contract is None or contract.status is not BountyHuntStatus.ACTIVE:
        return
    if contract.question_id != question.id:
        return
    hunter = await load_participant(question.character_id)
    lead = trails.LEADS.get(question.subject["lead"])
    turn = trails.Turn()
    if lead is not None and not hunter.dead:
        turn = lead.choices[option].taken(hunter, dice.source())
    if question.status is QuestionStatus.ANSWERED and (turn.dollars or turn.health):
        outcome = Outcome(health=-_bearable(hunter, turn.health))
        share = Share(hunter, outcome, Cost(dollars=turn.dollars))
        await settle(CONTRACT, share, reference=contract.id)
    _change(
        contract,
        progress=trails.moved(contract.progress, turn.progress),
        clues=contract.clues + turn.clues,
        questionId=None,
    )


async def wind_up(character: ObjectId) -> None:
    """End the contract of a character, inside the transaction that deletes it."""
    contract = await LawContract.load_one(
        {"characterId": character, "status": BountyHuntStatus.ACTIVE.value}
    )
    if contract is not None:
        _close(contract, BountyHuntStatus.EXPIRED, ABANDONED)


async def _active(actor: ObjectId) -> LawContract:
    contract = await LawContract.load_one(
        {"characterId": actor, "status": BountyHuntStatus.ACTIVE.value}
    )
    if contract is None or contract.deadline <= clock.now():
        raise NoContract()
    return contract


async def _running(actor: ObjectId) -> tuple[LawContract, Target]:
    contract = await _active(actor)
    if contract.question_id is not None:
        raise TrailWaits(question=str(contract.question_id))
    return contract, await find_target(contract.target)


def _ask(contract: LawContract, code: str) -> Question:
    """Stage the question what is done about something on the trail."""
    lead = trails.LEADS[code]
    return ask(
        contract.character_id,
        KIND,
        lead.text,
        {choice: it.text for choice, it in lead.choices.items()},
        default=lead.default,
        expires_at=min(clock.now() + trails.DECIDE_WITHIN, contract.deadline),
        subject={"contract": contract.id, "lead": code},
    )


def _bearable(hunter: Participant, loss: int) -> int:
    """What a wound takes: on a trail nobody dies."""
    return max(0, min(loss, hunter.health.value - 1))


def _close(
    contract: LawContract, status: BountyHuntStatus, outcome: str | None, reward: int = 0
) -> dict[str, Any]:
    return _change(
        contract,
        status=status.value,
        outcome=outcome,
        reward=reward,
        questionId=None,
        closedAt=clock.now(),
    )


def _change(contract: LawContract, **changed: Any) -> dict[str, Any]:
    """Stage a change of a contract; returns its row after it.

    Outcomes: changed; not found or a write conflict, when it was changed at this moment (the
    transaction runs again).
    """
    changed["version"] = contract.version + 1
    stage(
        StagedUpdate(
            LawContract.collection_name(),
            {
                "_id": contract.id,
                "status": BountyHuntStatus.ACTIVE.value,
                "version": contract.version,
            },
            {"$set": changed},
            otherwise=Contention(retry_after=1),
        )
    )
    return {**contract.to_mongo(), **changed}
