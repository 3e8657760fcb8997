"""How a contest goes on: from its start through its rounds to its prizes, or to none.

All of it is called by due work or by the contest that keeps the money, inside a transaction. A
round is closed at its date, or as soon as everybody has fired. Whoever closes it writes the row of
everybody who shoots in it: a shot at the same moment meets it there, and one of them looks again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.characters.actor import find_actors
from desperados.characters.notices.writing import notify
from desperados.characters.participant import load_participants
from desperados.combat.placements import stored_placements
from desperados.combat.prizes import tell_places
from desperados.combat.shooting import rules
from desperados.combat.shooting.documents import (
    Shooter,
    ShootingContest,
    ShootingContestStatus,
    ShootingOutcome,
    ShootingRecord,
    ShootingRound,
)
from desperados.combat.shooting.events import (
    CALLED_OFF,
    PLACED,
    TURNED_AWAY,
    ContestFinished,
    RoundOpened,
    ShooterOut,
)
from desperados.combat.shooting.rules import Fired, Mark
from desperados.combat.shooting.stored import (
    change_contest,
    load_contest,
    over,
    shooters_of,
    template_of,
)
from desperados.combat.shooting.templates import Template
from desperados.combat.shooting.weapons import armed
from desperados.engine import clock, dice
from desperados.engine.errors import Contention
from desperados.engine.live.events import push
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.transactions import stage, transactional
from desperados.play.rewards import draw
from desperados.play.shapes.contests import ContestKind, call_off, decide, participants
from desperados.play.shapes.documents import Contest, ContestEntry, Prize
from desperados.world.places import read_place
from desperados.world.weather import weather_at

CONTEST = "shooting"


async def turn_away(contest: Contest, entries: Sequence[ContestEntry]) -> Collection[ObjectId]:
    """Who has died, left the world, or has its weapon no more does not shoot."""
    found = await load_contest({"_id": contest.ref_id})
    assert found is not None
    there = await find_actors(entry.character_id for entry in entries)
    weapons = {who: found.weapons[str(who)] for who, person in there.items() if not person.dead}
    fit = await armed(weapons)
    name = template_of(found).name
    for entry in entries:
        who = entry.character_id
        if who in weapons and who not in fit:
            notify(who, TURNED_AWAY, name=name, weapon=weapons[who], fee=entry.paid)
    return {entry.character_id for entry in entries if entry.character_id not in fit}


async def start(contest: Contest) -> None:
    """Look at the sky, and open the first round for everybody who is there."""
    found = await load_contest({"_id": contest.ref_id})
    assert found is not None
    template, now = template_of(found), clock.now()
    entrants = [entry.character_id for entry in await participants(contest)]
    # They were found alive a moment ago; who has left since shoots without any skill.
    people = await load_participants(await find_actors(entrants))
    place = await read_place(found.location_id)
    changed: dict[str, Any] = {}
    if place is not None:
        weather = await weather_at(place, now)
        penalty = rules.weather_penalty(weather, roofed=template.roofed)
        changed = {"weather": weather.kind.value, "weatherPenalty": penalty}
    for who in entrants:
        shooter = Shooter(
            id=dice.new_id(),
            contest_id=found.id,
            character_id=who,
            weapon=found.weapons[str(who)],
            skill=people[who].skill(rules.SKILL) if who in people else 1,
        )
        stage(StagedInsert(Shooter.collection_name(), shooter.to_mongo()))
    opened = _opened(template, 1, now)
    _tell_round(found.id, 1, opened, entrants)
    changed |= {
        "status": ShootingContestStatus.ACTIVE.value,
        "participants": entrants,
        "prizePool": contest.gathered,
        **_open(opened, [], len(entrants)),
    }
    change_contest(found, {"$set": changed})


async def cancelled(contest: Contest) -> None:
    """Everybody has its money back."""
    found = await load_contest({"_id": contest.ref_id})
    assert found is not None
    name = template_of(found).name
    for who in found.participants:
        notify(who, CALLED_OFF, name=name)
    changed = {**over(ShootingOutcome.CANCELLED), "prizePool": 0}
    change_contest(found, {"$set": changed})


async def ended(contest: Contest) -> None:
    """All prizes are paid: write the records, and honour the winner."""
    found = await load_contest({"_id": contest.ref_id})
    assert found is not None
    template = template_of(found)
    prizes = {prize.character_id: prize for prize in contest.prizes}
    shooters = [one for one in await shooters_of(found) if one.character_id in prizes]
    winners = [prize.character_id for prize in contest.prizes if prize.place == 1]
    honours = {who: draw(template.honours, dice.source()) for who in winners}
    await tell_places(
        contest,
        "shooting",
        PLACED,
        template.name,
        honours=honours,
        target=f"shooting:{template.code}",
    )
    for shooter in shooters:
        prize = prizes[shooter.character_id]
        _record(found, template, shooter, prize)
        done = ContestFinished(contest_id=found.id, place=prize.place, prize=prize.amount)
        push(done, to=shooter.character_id)
    paid = {"prizePool": contest.gathered, "placements": stored_placements(contest)}
    change_contest(found, {"$set": paid})


SHOOTING = ContestKind(started=start, cancelled=cancelled, ended=ended, unfit=turn_away)


# Rounds


@transactional
async def close_round(contest_id: ObjectId) -> None:
    """Close the round of a contest that is due: who has shots left has missed with them. Then the
    next one is open, or it is decided. It does nothing where that was done."""
    found = await load_contest({"_id": contest_id})
    if found is None or found.due_at is None or clock.now() < found.due_at:
        return
    if found.status is not ShootingContestStatus.ACTIVE:
        return
    template, round_ = template_of(found), found.rounds[found.round - 1]
    shooters = await shooters_of(found)
    inside = [shooter for shooter in shooters if shooter.out is None]
    marks = {one.character_id: mark_of(one, found.round, round_, template) for one in inside}
    if found.round < len(template.rounds):
        staying = rules.going_on(marks, round_.advance)
        following = _opened(template, found.round + 1, found.due_at)
    else:
        shootoffs = found.round - len(template.rounds)
        staying = rules.are_to_shoot_off(marks, shootoffs)
        following = _shootoff(round_, found.due_at)
    goes_on = len(staying) > 1
    for shooter in inside:
        _go_on(found, shooter, stays=goes_on and shooter.character_id in staying)
    if goes_on:
        _tell_round(found.id, found.round + 1, following, staying)
        changed = _open(following, found.rounds, len(staying))
        change_contest(found, {"$set": changed})
    else:
        await _finish(found, shooters, template)


def mark_of(shooter: Shooter, number: int, round_: ShootingRound, template: Template) -> Mark:
    """How good somebody was in a round."""
    fired = [
        Fired(shot.hit, shot.points, shot.milliseconds)
        for shot in shooter.shots
        if shot.round == number
    ]
    return rules.mark(fired, round_.shots, template.scoring)


def _opened(template: Template, number: int, at: datetime) -> ShootingRound:
    """A round of a template (from 1) that is opened at a moment."""
    round_ = template.rounds[number - 1]
    return ShootingRound(
        targets=list(round_.targets),
        shots=round_.shots,
        seconds=round_.seconds,
        advance=round_.advance,
        opens_at=at,
        ends_at=at + rules.window(round_.shots, round_.seconds),
    )


def _shootoff(last: ShootingRound, at: datetime) -> ShootingRound:
    """One shot each, at the targets of the last round."""
    ends_at = at + rules.window(1, last.seconds)
    changed = {"shots": 1, "shootoff": True, "opensAt": at, "endsAt": ends_at}
    return ShootingRound.model_validate({**last.to_mongo(), **changed})


def _open(
    following: ShootingRound, before: Sequence[ShootingRound], shooters: int
) -> dict[str, Any]:
    """What changes of a contest when a round is opened."""
    return {
        "round": len(before) + 1,
        "rounds": [round_.to_mongo() for round_ in (*before, following)],
        "pending": shooters,
        "dueAt": following.ends_at,
    }


def _go_on(found: ShootingContest, shooter: Shooter, *, stays: bool) -> None:
    """Stage that somebody goes on to the next round, or shoots no more.

    Outcomes: changed; a write conflict, when a shot is fired at this moment (the transaction runs
    again).
    """
    changed: Mapping[str, Any] = (
        {"round": found.round + 1, "fired": 0} if stays else {"out": found.round}
    )
    stage(
        StagedUpdate(
            Shooter.collection_name(),
            {"_id": shooter.id, "round": found.round, "out": None},
            {"$set": changed},
            otherwise=Contention(retry_after=1),
        )
    )
    if not stays:
        out = ShooterOut(contest_id=found.id, round=found.round)
        push(out, to=shooter.character_id)


def _tell_round(
    contest_id: ObjectId, number: int, opened: ShootingRound, shooters: Sequence[ObjectId]
) -> None:
    told = RoundOpened(contest_id=contest_id, round=number, ends_at=opened.ends_at)
    for who in shooters:
        push(told, to=who)


async def _finish(found: ShootingContest, shooters: Sequence[Shooter], template: Template) -> None:
    """Decide a contest by how far everybody has come. Who has not fired a shot has no place; where
    nobody has, everybody gets back what it paid."""
    assert found.contest_id is not None
    last = [
        (
            shooter.character_id,
            shooter.round,
            mark_of(shooter, shooter.round, found.rounds[shooter.round - 1], template),
        )
        for shooter in shooters
        if shooter.shots
    ]
    ranking = rules.ranked(last)
    if not ranking:
        await call_off(found.contest_id)
        change_contest(found, {"$set": over(ShootingOutcome.CANCELLED)})
        return
    await decide(
        found.contest_id,
        ranking,
        template.prizes,
        subsidy=template.subsidy,
        most=sum(template.prizes[: len(last)]),
    )
    change_contest(found, {"$set": over(ShootingOutcome.FINISHED)})


def _record(found: ShootingContest, template: Template, shooter: Shooter, prize: Prize) -> None:
    """Stage what somebody has reached."""
    number = max(shot.round for shot in shooter.shots)
    hits = [shot.milliseconds for shot in shooter.shots if shot.hit]
    titles = template.honours.titles
    record = ShootingRecord(
        id=dice.new_id(),
        character_id=shooter.character_id,
        contest_id=found.id,
        score=mark_of(shooter, number, found.rounds[number - 1], template).score,
        placement=prize.place,
        contest_type=template.code,
        shots=len(shooter.shots),
        hits=len(hits),
        fastest_ms=min(hits, default=None),
        prize=prize.amount,
        title=titles[0] if titles and prize.place == 1 else None,
        at=clock.now(),
    )
    stage(StagedInsert(ShootingRecord.collection_name(), record.to_mongo()))
