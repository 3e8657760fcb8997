"""Hunters for hire: hired, and called off before half of their way.

Whatever begins a hunt also changes the character that is hunted (``law.releasing.meet``): of two
that begin at once one looks again, so three hunters are after one character at most.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated, Any

from bson import ObjectId
from pydantic import Field

from desperados.characters.actor import itself, not_banned
from desperados.characters.errors import CharacterNotFound
from desperados.characters.notices.writing import notify
from desperados.characters.participant import (
    Participant,
    find_participants,
    load_participant,
    load_participants,
)
from desperados.crime.errors import SameGang
from desperados.crime.hunting import rules
from desperados.crime.hunting.documents import BountyHunt, BountyHuntStatus
from desperados.crime.hunting.errors import (
    AlreadyHunted,
    HireChanged,
    HuntClosed,
    HuntNotFound,
    TooManyHunters,
)
from desperados.crime.hunting.events import CALLED_OFF
from desperados.crime.hunting.people import all_hunters, find_hunter
from desperados.crime.hunting.rules import Ending, NpcHunter
from desperados.crime.hunting.views import BountyHuntView, hunt_view
from desperados.engine import clock, dice
from desperados.engine.allowances import usage_of
from desperados.engine.commands import command
from desperados.engine.errors import Contention
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.storage.reads import Read, alone, together
from desperados.engine.transactions import stage
from desperados.law.releasing import meet
from desperados.law.rows import LawRows
from desperados.ledger.money.sources import Source
from desperados.play.outcome import Cost, Deed, Outcome, Share
from desperados.play.requirements import require
from desperados.play.settle import settle

HIRE = Deed(name="hire_hunter", income=Source.HUNTER_RETURNED, spending=Source.HUNTER_HIRED)
ACTIVE = {"status": BountyHuntStatus.ACTIVE.value}
MOST_OF_ONE = 100
"""So many hunts one employer has at most: one by each hunter of the land."""

HunterCode = Annotated[str, Field(min_length=1, max_length=100, examples=["copper-kate"])]
MostPaid = Annotated[int, Field(ge=0, examples=[700])]


@command(queue=("actor", "target_id"))
async def hire_hunter(
    actor: ObjectId,
    hunter: HunterCode,
    target_id: ObjectId,
    *,
    max_total: MostPaid | None = None,
    key: str | None = None,
) -> BountyHuntView:
    """Have a character hunted by a hunter of the land: for a sum, and a share of what lies on its
    head, both paid at once. He is with it after some hours, when it is about.

    If he brings it in, what players have put on the head is the employer's, and half of what the
    law pays, up to what the hunter has cost. One employer has a hunter for one hunt at a time, and
    again after his rest; three hunters are after one character at most.

    Raises:
        HunterNotFound: there is no such hunter.
        NotHireable: nobody hires this one.
        RequirementUnmet: he does not ride for everybody: standing or name are missing.
        SelfTarget: it is oneself, or another character of the player.
        SameGang: both belong to one gang.
        TargetTooGreen: the target is below level 10.
        NoPriceWorthIt: on its head lies less than the hunter rides for.
        AlreadyHunted: he is after it, or after somebody else for the same employer.
        TooManyHunters: three hunters are after it.
        HireChanged: his price is above ``max_total``.
        RateLimited: he rests from the last hunt for this employer.
        InsufficientFunds: the employer carries less than he costs.
        TooNew: the employer is younger than 24 hours (in production).
        TradeLocked: the staff bar the employer from trade.
        CharacterUnavailable: one of the two is dead, or the target's account is banned.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    gun = await find_hunter(hunter)
    people = await load_participants(
        [actor, target_id], {target_id: CharacterNotFound(path="targetId")}
    )
    employer, prey = people[actor], people[target_id]
    employer.must_be_able_to_give()
    _check_pair(employer, prey)
    rows, counters = LawRows([target_id]), usage_of((gun.rest, actor))
    on_it, of_his = hunts_on(target_id), _hunts_of(actor, gun)
    await together(itself(employer), not_banned({"targetId": prey}), rows.prices, counters, on_it)
    now, usage = clock.now(), counters.result
    bounty = rows.prices_of(target_id).total(now)
    price = gun.price(bounty)
    rules.must_be_prey(gun, prey, bounty)
    _check_room(gun, on_it.result, await alone(of_his))
    await require(employer, gun.needs)
    if max_total is not None and price > max_total:
        raise HireChanged(price=price, path="maxTotal")
    usage.use(gun.rest, actor)
    hunt = BountyHunt(
        hunter_id=actor,
        target_id=target_id,
        reward=bounty,
        started_at=now,
        npc_hunter=gun.code,
        hire_cost=price,
        encounter_at=rules.meets_at(gun, now, dice.between(80, 120)),
    )
    await settle(HIRE, Share(employer, cost=Cost(dollars=price)), reference=hunt.id)
    begin(hunt)
    usage.write()
    return hunt_view(hunt.to_mongo())


def begin(hunt: BountyHunt) -> None:
    """Stage a hunt, and that whom it is after meets others that begin at this moment."""
    meet(hunt.target_id, hunt.started_at)
    stage(StagedInsert(BountyHunt.collection_name(), hunt.to_mongo()))


def hunts_on(target_id: ObjectId) -> Read[list[str]]:
    """The hunters who are after a character, as a read that may leave with others."""
    return Read(
        BountyHunt,
        {"targetId": target_id, **ACTIVE},
        lambda rows: [row["npcHunter"] for row in rows if row.get("npcHunter")],
        {"npcHunter": 1},
        limit=MOST_OF_ONE,
    )


def _hunts_of(actor: ObjectId, hunter: NpcHunter) -> Read[list[ObjectId]]:
    return Read(
        BountyHunt,
        {"hunterId": actor, "npcHunter": hunter.code, "ofTheLaw": False, **ACTIVE},
        lambda rows: [row["_id"] for row in rows],
        {"_id": 1},
    )


def _check_pair(employer: Participant, prey: Participant) -> None:
    rules.must_be_another(employer.user_id, prey)
    if employer.gang_id is not None and employer.gang_id == prey.gang_id:
        raise SameGang(path="targetId")
    prey.must_be_alive()


def _check_room(hunter: NpcHunter, on_it: list[str], of_his: list[ObjectId]) -> None:
    if hunter.code in on_it or of_his:
        raise AlreadyHunted(hunter=hunter.code)
    if len(on_it) >= rules.MOST_ON_A_TARGET:
        raise TooManyHunters(most=rules.MOST_ON_A_TARGET)


@command(queue="actor")
async def cancel_hire(
    actor: ObjectId, hunt_id: ObjectId, *, key: str | None = None
) -> BountyHuntView:
    """Call a hunter off before half of his way; half of what he cost comes back.

    Raises:
        HuntNotFound: there is no such hunt, or somebody else pays for it.
        HuntClosed: it is over, or half of his way is.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    employer = await load_participant(actor)
    hunt = await BountyHunt.load_one({"_id": hunt_id, "hunterId": actor})
    if hunt is None or hunt.npc_hunter is None or hunt.of_the_law:
        raise HuntNotFound()
    if not _on_the_way(hunt, clock.now()):
        raise HuntClosed(status=hunt.status.value)
    await settle(HIRE, Share(employer, Outcome(dollars=rules.back(hunt.hire_cost))))
    return hunt_view(end(hunt, BountyHuntStatus.EXPIRED, Ending.CALLED_OFF))


def _on_the_way(hunt: BountyHunt, now: datetime) -> bool:
    """Whether a hunt can still be called off."""
    return (
        hunt.status is BountyHuntStatus.ACTIVE
        and hunt.arrived_at is None
        and hunt.encounter_at is not None
        and now < rules.half_of(hunt.started_at, hunt.encounter_at)
    )


def end(
    hunt: BountyHunt, status: BountyHuntStatus, ending: Ending, paid: int | None = None
) -> dict[str, Any]:
    """Stage the end of a hunt; returns its row after it."""
    changed = {
        "status": status.value,
        "outcome": ending.value,
        "completedAt": clock.now(),
        "encounterAt": None,
        "questionId": None,
    }
    return change(hunt, changed if paid is None else {**changed, "reward": paid})


def change(hunt: BountyHunt, changed: dict[str, Any]) -> dict[str, Any]:
    """Stage a change of a hunt that runs; returns its row after it.

    Outcomes: changed; not found or a write conflict, when it was changed at this moment (the
    transaction runs again).
    """
    stage(
        StagedUpdate(
            BountyHunt.collection_name(),
            {
                "_id": hunt.id,
                **ACTIVE,
                "encounterAt": hunt.encounter_at,
                "questionId": hunt.question_id,
            },
            {"$set": changed},
            otherwise=Contention(retry_after=1),
        )
    )
    return {**hunt.to_mongo(), **changed}


async def wind_up(character: ObjectId) -> None:
    """End the hunts that a character pays for, and those after it, inside the transaction that
    deletes it. Who had it hunted gets back what a hunter costs who is called off."""
    names = {hunter.code: hunter.name for hunter in await all_hunters()}
    ours = {"npcHunter": {"$in": list(names)}, **ACTIVE}
    its_own = await BountyHunt.load_many(
        {"hunterId": character, "ofTheLaw": False, **ours}, limit=MOST_OF_ONE
    )
    after_it = await BountyHunt.load_many({"targetId": character, **ours}, limit=MOST_OF_ONE)
    paid = [(hunt, hunt.employer) for hunt in after_it if hunt.employer is not None]
    employers = await find_participants([employer for _, employer in paid])
    owed = Counter[ObjectId]()
    for hunt, employer in paid:
        owed[employer] += rules.back(hunt.hire_cost)
    shares = [Share(who, Outcome(dollars=owed[who.id])) for who in employers.values()]
    if shares:
        await settle(HIRE, *shares)
    for hunt in (*its_own, *after_it):
        end(hunt, BountyHuntStatus.EXPIRED, Ending.CALLED_OFF)
    for hunt, employer in paid:
        name = names[str(hunt.npc_hunter)]
        notify(employer, CALLED_OFF, name=name, dollars=rules.back(hunt.hire_cost))
