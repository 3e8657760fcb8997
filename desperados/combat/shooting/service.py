"""What players do in shooting contests: register, withdraw, and shoot."""

from __future__ import annotations

from typing import Annotated

from bson import ObjectId
from pydantic import Field

from desperados.characters.participant import Participant, load_participant, participant_of
from desperados.combat.shooting import rules
from desperados.combat.shooting.documents import (
    Shooter,
    ShootingContest,
    ShootingContestStatus,
    ShootingRound,
    Shot,
)
from desperados.combat.shooting.errors import (
    NoSuchTarget,
    NotAtTheRange,
    NotShooting,
    RoundClosed,
    ShootingNotFound,
    StaleShot,
    WrongWeapon,
)
from desperados.combat.shooting.stored import change_contest, template_of, the_contest
from desperados.combat.shooting.targets import TARGETS
from desperados.combat.shooting.templates import Template
from desperados.combat.shooting.views import ShootingContestView, ShotView, contest_view, shot_view
from desperados.combat.shooting.weapons import armed, read_guns
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.staging import StagedUpdate
from desperados.engine.storage.reads import Read, together
from desperados.engine.transactions import stage
from desperados.play.requirements import require
from desperados.play.shapes.contests import enter, leave
from desperados.play.shapes.errors import EntriesClosed
from desperados.vocabulary import ItemCode
from desperados.world.places import is_there, read_place

RoundNumber = Annotated[int, Field(ge=1, le=20, examples=[1])]
ShotNumber = Annotated[int, Field(ge=1, le=30, examples=[1])]
TargetCode = Annotated[str, Field(min_length=1, max_length=100, examples=["silhouette_20"])]
Weapon = Annotated[ItemCode, Field(examples=["peacemaker"])]


@command(queue="contest_id")
async def register_shooter(
    actor: ObjectId, contest_id: ObjectId, weapon: Weapon, *, key: str | None = None
) -> ShootingContestView:
    """Register for a contest with a weapon that one carries, and pay its fee.

    The weapon must still be there when the contest begins; else the fee comes back.

    Raises:
        ShootingNotFound: there is no such contest.
        EntriesClosed: it has begun, or was called off.
        RequirementUnmet: the contest asks for more than the character is or has done.
        WrongWeapon: the character carries no unbroken weapon of this name, or this kind is not
            allowed here.
        ContestFull: all places are taken.
        AlreadyEntered: the character, or another one of its account, takes part.
        CharacterUnavailable: the character is dead.
        TradeLocked: the staff bar the character from trade, and there is a fee.
        TooNew: the character is too young to stake anything.
        InsufficientFunds: the character carries less than the fee.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    found = await _taking_entries(contest_id)
    assert found.contest_id is not None
    person = await load_participant(actor)
    person.must_be_alive()
    template = template_of(found)
    await require(person, template.needs)
    await _must_be_armed(actor, weapon, template)
    entry = await enter(found.contest_id, actor)
    change_contest(
        found,
        {
            "$push": {"participants": actor},
            "$inc": {"prizePool": entry.paid},
            "$set": {f"weapons.{actor}": weapon},
        },
    )
    found.participants.append(actor)
    found.prize_pool += entry.paid
    return contest_view(found)


@command(queue="contest_id")
async def withdraw_shooter(
    actor: ObjectId, contest_id: ObjectId, *, key: str | None = None
) -> None:
    """Give a place up before the start; exactly what was paid comes back.

    Raises:
        ShootingNotFound: there is no such contest.
        EntriesClosed: it has begun, or was called off.
        NotEntered: the character does not take part.
        KeyReused: the key was used with another request.
    """
    found = await _taking_entries(contest_id)
    assert found.contest_id is not None
    entry = await leave(found.contest_id, actor)
    change_contest(
        found,
        {
            "$pull": {"participants": actor},
            "$inc": {"prizePool": -entry.paid},
            "$unset": {f"weapons.{actor}": ""},
        },
    )


@command
async def fire(
    actor: ObjectId,
    contest_id: ObjectId,
    round_number: RoundNumber,
    shot_number: ShotNumber,
    target: TargetCode,
    *,
    key: str | None = None,
) -> ShotView:
    """Fire a shot at a target of the round that is open, where the contest is held.

    Shots count from 1 in each round, one after the other. What comes of one follows from the seed
    of the contest, the shooter, the round and its number; the target and the weapon decide how
    likely it hits.

    Raises:
        ShootingNotFound: there is no such contest.
        NotShooting: the character does not, or no longer, shoot in it.
        RoundClosed: this round is not open.
        StaleShot: this is not the next shot, or there is none left.
        NoSuchTarget: there is no such target in this round.
        NotAtTheRange: it is shot elsewhere.
        CharacterUnavailable: the character is dead, or held.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    person, found, shooter = await _at_the_line(actor, contest_id)
    if shooter is None or (shooter.out is not None and found.round > shooter.out):
        raise NotShooting()
    opened = _open_round(found, round_number)
    following = shooter.fired + 1
    if shooter.round != round_number or shot_number != following or following > opened.shots:
        raise StaleShot(next=following)
    if target not in opened.targets:
        raise NoSuchTarget(path="target")
    person.must_be_free()
    place = await read_place(found.location_id)
    where = await read_place(person.location_id)
    if place is None or not is_there(where, place.code, place.parent):
        raise NotAtTheRange()
    shot = await _fired(found, shooter, shot_number, target)
    _stage_shot(found, shooter, opened, shot)
    return shot_view(shot)


async def _taking_entries(contest_id: ObjectId) -> ShootingContest:
    found = await the_contest(contest_id)
    if found.status is not ShootingContestStatus.REGISTRATION:
        raise EntriesClosed()
    return found


async def _must_be_armed(actor: ObjectId, weapon: str, template: Template) -> None:
    gun = (await read_guns({weapon})).get(weapon)
    if gun is None or gun.kind not in template.guns or not await armed({actor: weapon}):
        raise WrongWeapon(allowed=sorted(template.guns))


async def _at_the_line(
    actor: ObjectId, contest_id: ObjectId
) -> tuple[Participant, ShootingContest, Shooter | None]:
    """Who shoots, the contest and its row in it, in one round trip."""
    person = participant_of(actor)
    contest: Read[ShootingContest | None] = Read(
        ShootingContest,
        {"_id": contest_id, "contestId": {"$ne": None}},
        lambda rows: ShootingContest.hydrate(rows[0]) if rows else None,
    )
    shooter: Read[Shooter | None] = Read(
        Shooter,
        {"contestId": contest_id, "characterId": actor},
        lambda rows: Shooter.hydrate(rows[0]) if rows else None,
    )
    await together(person, contest, shooter)
    if contest.result is None:
        raise ShootingNotFound()
    return person.result, contest.result, shooter.result


def _open_round(found: ShootingContest, number: int) -> ShootingRound:
    """The round that is open, if it is this one.

    Raises:
        RoundClosed: it is not.
    """
    active = found.status is ShootingContestStatus.ACTIVE
    if not active or found.round != number or found.due_at is None or found.due_at <= clock.now():
        raise RoundClosed(open=found.round)
    return found.rounds[number - 1]


async def _fired(found: ShootingContest, shooter: Shooter, number: int, target: str) -> Shot:
    assert found.seed is not None
    gun = (await read_guns({shooter.weapon}))[shooter.weapon]
    percent = rules.chance(
        shooter.skill,
        gun,
        TARGETS[target],
        weather=found.weather_penalty,
        before=number - 1,
    )
    fired = rules.shoot(
        found.seed, shooter.character_id, found.round, number, percent, TARGETS[target], gun
    )
    return Shot(
        round=found.round,
        number=number,
        target=target,
        chance=percent,
        roll=fired.roll,
        hit=fired.hit,
        zone=fired.zone,
        points=fired.points,
        milliseconds=fired.milliseconds,
        at=clock.now(),
    )


def _stage_shot(
    found: ShootingContest, shooter: Shooter, opened: ShootingRound, shot: Shot
) -> None:
    """Stage a shot in the row of who fired it. With its last shot of the round it counts itself
    off; who is the last of all lets the round be closed at once.

    Outcomes of the first: fired; not found or a write conflict, when the same shot was fired or the
    round closed at this moment (the transaction runs again). Of the second: counted; a write
    conflict, when another has fired its last shot at this moment (the transaction runs again).
    """
    stage(
        StagedUpdate(
            Shooter.collection_name(),
            {"_id": shooter.id, "round": shot.round, "fired": shot.number - 1, "out": None},
            {"$set": {"fired": shot.number}, "$push": {"shots": shot.to_mongo()}},
            otherwise=StaleShot(),
        )
    )
    if shot.number == opened.shots:
        last = found.pending == 1
        change_contest(
            found,
            {
                "$inc": {"pending": -1},
                **({"$set": {"dueAt": clock.now()}} if last else {}),
            },
        )
