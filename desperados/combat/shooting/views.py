"""How contests, shots and records are shown."""

from __future__ import annotations

from datetime import datetime

from desperados.combat.placements import PlacementView, placement_views
from desperados.combat.shooting.documents import (
    Shooter,
    ShootingContest,
    ShootingContestStatus,
    ShootingOutcome,
    ShootingRecord,
    ShootingRound,
    Shot,
)
from desperados.combat.shooting.rules import Scoring
from desperados.combat.shooting.stored import template_of
from desperados.combat.shooting.targets import TARGETS, TargetMovement, TargetSize
from desperados.engine.views import Id, View


class TargetView(View):
    """Something to shoot at: how far away it is in feet, and what its middle is worth."""

    target: str
    name: str
    feet: int
    points: int
    size: TargetSize
    movement: TargetMovement


class ShootingRoundView(View):
    """A round: its targets, how many shots each has, how many go on, and until when it is open."""

    number: int
    targets: list[TargetView]
    shots: int
    seconds: int
    advance: int
    shootoff: bool
    ends_at: datetime


class ShootingContestView(View):
    """A shooting contest, as everybody sees it. ``prizes`` are those that are listed; paid is of
    them what the fees and the ``subsidy`` suffice for. ``weapons`` are the kinds that are allowed.
    ``seed`` gives every shot, and is told when it is over.
    """

    id: Id
    template: str
    name: str
    description: str
    location_id: Id
    status: ShootingContestStatus
    outcome: ShootingOutcome | None
    starts_at: datetime
    fee: int
    level: int
    least: int
    capacity: int
    subsidy: int
    prizes: list[int]
    prize_pool: int
    participants: list[Id]
    weapons: list[str]
    scoring: Scoring
    weather: str | None
    weather_penalty: int
    round: int
    rounds: list[ShootingRoundView]
    placements: list[PlacementView]
    seed_hash: str | None
    seed: str | None


def contest_view(found: ShootingContest) -> ShootingContestView:
    """A contest as everybody sees it."""
    template = template_of(found)
    return ShootingContestView(
        id=found.id,
        template=template.code,
        name=template.name,
        description=template.description,
        location_id=found.location_id,
        status=found.status,
        outcome=found.outcome,
        starts_at=found.starts_at,
        fee=template.fee,
        level=template.level,
        least=template.least,
        capacity=template.capacity,
        subsidy=template.subsidy,
        prizes=list(template.prizes),
        prize_pool=found.prize_pool,
        participants=found.participants,
        weapons=sorted(template.guns),
        scoring=template.scoring,
        weather=found.weather,
        weather_penalty=found.weather_penalty,
        round=found.round,
        rounds=[_round(number, one) for number, one in enumerate(found.rounds, start=1)],
        placements=placement_views(found.placements),
        seed_hash=found.seed_hash,
        seed=found.seed if found.status is ShootingContestStatus.COMPLETE else None,
    )


def _round(number: int, found: ShootingRound) -> ShootingRoundView:
    return ShootingRoundView(
        number=number,
        targets=[_target(code) for code in found.targets],
        shots=found.shots,
        seconds=found.seconds,
        advance=found.advance,
        shootoff=found.shootoff,
        ends_at=found.ends_at,
    )


def _target(code: str) -> TargetView:
    target = TARGETS[code]
    return TargetView(
        target=code,
        name=target.name,
        feet=target.feet,
        points=target.points,
        size=target.size,
        movement=target.movement,
    )


class ShotView(View):
    """A shot: it hit if the ``roll``, 1 to 100, was at most the ``chance`` in percent."""

    round: int
    number: int
    target: str
    chance: int
    roll: int
    hit: bool
    zone: str | None
    points: int
    milliseconds: int
    at: datetime


def shot_view(shot: Shot) -> ShotView:
    """A shot as everybody sees it."""
    return ShotView.model_validate(shot.model_dump())


class ShooterView(View):
    """Who shoots in a contest, with what, and what came of it. ``out`` is the round after which it
    shoots no more; ``fired`` are its shots in the ``round`` in which it is."""

    character_id: Id
    weapon: str
    skill: int
    round: int
    fired: int
    out: int | None
    shots: list[ShotView]


def shooter_view(shooter: Shooter) -> ShooterView:
    """A shooter as everybody sees it."""
    return ShooterView(
        character_id=shooter.character_id,
        weapon=shooter.weapon,
        skill=shooter.skill,
        round=shooter.round,
        fired=shooter.fired,
        out=shooter.out,
        shots=[shot_view(shot) for shot in shooter.shots],
    )


class ShootingRecordView(View):
    """What somebody reached in one contest: its score in the last round that it shot in."""

    id: Id
    character_id: Id
    contest_id: Id
    contest_type: str
    score: int
    placement: int
    shots: int
    hits: int
    fastest_ms: int | None
    prize: int
    title: str | None
    at: datetime


def record_view(record: ShootingRecord) -> ShootingRecordView:
    """A record as everybody sees it."""
    assert record.contest_type is not None
    assert record.at is not None
    return ShootingRecordView(
        id=record.id,
        character_id=record.character_id,
        contest_id=record.contest_id,
        contest_type=record.contest_type,
        score=int(record.score),
        placement=record.placement,
        shots=record.shots,
        hits=record.hits,
        fastest_ms=record.fastest_ms,
        prize=record.prize,
        title=record.title,
        at=record.at,
    )
