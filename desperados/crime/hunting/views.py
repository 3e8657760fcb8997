"""What hunting shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.crime.hunting.documents import BountyHuntStatus
from desperados.crime.hunting.rules import Ending, half_of
from desperados.crime.hunting.trails import Confrontation, Target, Tier, Way
from desperados.engine.views import Id, View
from desperados.play.views import Given


class HunterView(View):
    """A hunter of the land. ``price`` dollars and ``price_percent`` of what lies on the head hire
    him; null where nobody does. He is with his prey after about ``hours``."""

    hunter: str
    name: str
    description: str
    method: str
    level: int
    min_bounty: int
    hours: int
    price: int | None
    price_percent: int
    capture: int
    bribable: bool


class BountyHuntView(View):
    """A hunt, to who pays for it. It can be called off until ``callable_until``; ``reward`` is what
    lay on the head, and of a capture what was paid for it."""

    id: Id
    hunter: str
    target_id: Id
    status: BountyHuntStatus
    outcome: Ending | None
    hire_cost: int
    reward: int
    started_at: datetime
    callable_until: datetime | None
    completed_at: datetime | None


class OutlawOfTheLandView(View):
    """An outlaw on whom there are contracts: dollars, experience, the energy of each time on its
    trail, and the hours that a contract runs."""

    target: str
    name: str
    description: str
    tier: Tier
    least_reward: int
    most_reward: int
    xp: int
    level: int
    energy: int
    hours: int
    tracking: int
    combat: int
    escape: int


class LawContractView(View):
    """A contract on an outlaw. While ``question_id`` is set, something on the trail waits for an
    answer. ``reward`` are the dollars that were paid."""

    id: Id
    target: str
    status: BountyHuntStatus
    progress: int
    clues: int
    question_id: Id | None
    reward: int
    outcome: str | None
    started_at: datetime
    deadline: datetime
    closed_at: datetime | None


class TrailView(View):
    """A time on the trail: how much nearer it brought the hunter, and what it met, if anything."""

    gained: int
    event: str | None
    energy_spent: int
    contract: LawContractView


class ConfrontationView(View):
    """A confrontation. An ambush, or words, succeed with ``chance`` percent and have ended; guns
    have opened the fight ``fight_id``, which decides."""

    way: Way
    chance: int | None
    fight_id: Id | None
    succeeded: bool | None
    alive: bool
    dollars: int
    xp: int
    energy_spent: int
    contract: LawContractView


def hunt_view(row: Mapping[str, Any]) -> BountyHuntView:
    """A stored hunt, to who pays for it."""
    status, meets = BountyHuntStatus(row["status"]), row.get("encounterAt")
    open_still = status is BountyHuntStatus.ACTIVE and row.get("arrivedAt") is None
    outcome = row.get("outcome")
    return BountyHuntView(
        id=row["_id"],
        hunter=row["npcHunter"],
        target_id=row["targetId"],
        status=status,
        outcome=None if outcome is None else Ending(outcome),
        hire_cost=int(row.get("hireCost") or 0),
        reward=int(row["reward"]),
        started_at=row["startedAt"],
        callable_until=half_of(row["startedAt"], meets) if open_still and meets else None,
        completed_at=row.get("completedAt"),
    )


def contract_view(row: Mapping[str, Any]) -> LawContractView:
    """A stored contract."""
    return LawContractView(
        id=row["_id"],
        target=row["target"],
        status=BountyHuntStatus(row["status"]),
        progress=int(row["progress"]),
        clues=int(row["clues"]),
        question_id=row.get("questionId"),
        reward=int(row["reward"]),
        outcome=row.get("outcome"),
        started_at=row["startedAt"],
        deadline=row["deadline"],
        closed_at=row.get("closedAt"),
    )


def confrontation_view(
    row: Mapping[str, Any],
    way: Way,
    given: Given,
    *,
    chance: int | None = None,
    ended: Confrontation | None = None,
    fight_id: ObjectId | None = None,
) -> ConfrontationView:
    """A confrontation that has ended, or has opened a fight; ``row`` is its contract."""
    return ConfrontationView(
        way=way,
        chance=chance,
        fight_id=fight_id,
        succeeded=ended.succeeded if ended is not None else None,
        alive=ended is not None and ended.alive,
        dollars=given.dollars,
        xp=given.xp,
        energy_spent=given.energy_spent,
        contract=contract_view(row),
    )


def outlaw_view(target: Target) -> OutlawOfTheLandView:
    """An outlaw of the land."""
    terms = target.terms
    return OutlawOfTheLandView(
        target=target.code,
        name=target.name,
        description=target.description,
        tier=target.tier,
        least_reward=target.reward[0],
        most_reward=target.reward[1],
        xp=terms.xp,
        level=terms.level,
        energy=terms.energy,
        hours=int(terms.time.total_seconds()) // 3_600,
        tracking=target.tracking,
        combat=target.combat,
        escape=target.escape,
    )
