"""Hunters at the door: when one is with his prey, what it does about it, and what comes of that.

A hunter waits for whom he does not meet: nobody is taken who has done nothing since he came, or is
gone again.
Who is on a journey, in hiding, in a fight, at a game or in jail is not at home, and he looks again.
After a week he gives up. Who is asked and says nothing runs.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.characters.documents import Character
from desperados.characters.notices.writing import notify
from desperados.characters.participant import Participant, find_participants
from desperados.combat.fights.documents import CombatEncounter
from desperados.combat.fights.opening import open_fight
from desperados.crime.hunting import rules
from desperados.crime.hunting.capture import bring_in
from desperados.crime.hunting.documents import BountyHunt, BountyHuntStatus
from desperados.crime.hunting.errors import HunterNotFound
from desperados.crime.hunting.events import FAILED
from desperados.crime.hunting.fighting import health_of, tell_fight
from desperados.crime.hunting.hunts import change, end
from desperados.crime.hunting.people import find_hunter
from desperados.crime.hunting.rules import Door, Ending, NpcHunter
from desperados.engine import clock, dice
from desperados.engine.commands import command
from desperados.engine.storage.reads import alone
from desperados.law.rows import LawRows
from desperados.ledger.money.sources import Source
from desperados.play.outcome import Cost, Deed, Outcome, Share
from desperados.play.settle import settle
from desperados.play.shapes.documents import Question
from desperados.play.shapes.games import is_there
from desperados.play.shapes.questions import ask
from desperados.play.shapes.rules import Verdict

KIND = "hunter"
"""Of the questions that a hunter at the door asks."""
PURPOSE = "hunter"
"""Of the fights with him."""
AT_THE_DOOR = Deed(name="hunter_at_the_door", spending=Source.HUNTER_PAID_OFF)


@command
async def hunter_arrives(hunt_id: ObjectId) -> None:
    """Look whether a hunter meets his prey, and if he does ask it what it does; for the job. It
    does nothing where another one was first."""
    hunt, now = await BountyHunt.load_one({"_id": hunt_id}), clock.now()
    if hunt is None or hunt.status is not BountyHuntStatus.ACTIVE or hunt.npc_hunter is None:
        return
    if hunt.encounter_at is None or hunt.encounter_at > now:
        return
    arrived = hunt.arrived_at or hunt.encounter_at
    found = await _met(hunt)
    if found is None:
        end(hunt, BountyHuntStatus.EXPIRED, Ending.NOTHING_LEFT)
        return
    hunter, prey, bounty = found
    if now >= arrived + rules.GIVES_UP_AFTER:
        _get_away(hunt, hunter, prey, BountyHuntStatus.EXPIRED, Ending.NOT_FOUND)
        return
    seen = await _last_active(prey.id)
    if _is_away(prey) or not rules.is_met(arrived, seen, now):
        again = rules.looks_again(now, seen)
        change(hunt, {"arrivedAt": arrived, "encounterAt": again})
        return
    question = _knock(hunt, hunter, prey, bounty)
    change(hunt, {"arrivedAt": arrived, "encounterAt": None, "questionId": question.id})


async def _met(hunt: BountyHunt) -> tuple[NpcHunter, Participant, int] | None:
    """The hunter, his prey and what lies on its head; None where nobody hunts any more: the prey is
    gone or dead, its head is worth nothing, or the content has lost the hunter."""
    prey = (await find_participants([hunt.target_id])).get(hunt.target_id)
    try:
        hunter = await find_hunter(str(hunt.npc_hunter))
    except HunterNotFound:
        return None
    if prey is None or prey.dead:
        return None
    rows = LawRows([prey.id])
    await alone(rows.prices)
    bounty = rows.prices_of(prey.id).total(clock.now())
    return (hunter, prey, bounty) if bounty else None


def _is_away(prey: Participant) -> bool:
    """Whether a hunter does not meet somebody, who may yet come back."""
    return (
        prey.jailed or prey.fighting or prey.occupation is not None or prey.down_until is not None
    )


async def _last_active(character: ObjectId) -> datetime:
    row: dict[str, Any] = await Character.collection().find_one(
        {"_id": character}, projection={"lastActive": 1, "createdAt": 1}
    )
    seen: datetime = row.get("lastActive") or row["_id"].generation_time
    return seen


def _knock(hunt: BountyHunt, hunter: NpcHunter, prey: Participant, bounty: int) -> Question:
    """Stage the question what somebody does about a hunter at the door."""
    price = rules.pay_off(bounty)
    options = {Door.FIGHT.value: "Stand and fight", Door.FLEE.value: "Run for it"}
    if hunter.bribable:
        options[Door.PAY.value] = f"Pay {price} dollars not to have been found"
    return ask(
        prey.id,
        KIND,
        f"{hunter.name} is at the door, with your name on a paper.",
        options,
        default=Door.FLEE.value,
        expires_at=clock.now() + rules.DECIDE_WITHIN,
        subject={"hunt": hunt.id, "price": price},
    )


async def resolve_hunter(question: Question, option: str) -> None:
    """Do what comes of an answer to a hunter at the door. Who has meanwhile gone where nobody is
    met is waited for again; who sits for the same price is not hunted any more.

    Raises:
        InsufficientFunds: it would pay more dollars than it has.
        NotEnoughEnergy: it would fight, and is too tired to.
    """
    hunt = await BountyHunt.load_one({"_id": question.subject["hunt"]})
    if hunt is None or hunt.status is not BountyHuntStatus.ACTIVE:
        return
    if hunt.question_id != question.id:
        return
    found = await _met(hunt)
    if found is None:
        end(hunt, BountyHuntStatus.EXPIRED, Ending.NOTHING_LEFT)
        return
    hunter, prey, _ = found
    if _is_away(prey):
        again = rules.looks_again(clock.now(), clock.now())
        change(hunt, {"encounterAt": again, "questionId": None})
        return
    match Door(option):
        case Door.PAY:
            cost = Cost(dollars=int(question.subject["price"]))
            await settle(AT_THE_DOOR, Share(prey, cost=cost), reference=hunt.id)
            _get_away(hunt, hunter, prey, BountyHuntStatus.ESCAPED, Ending.PAID_OFF)
        case Door.FLEE:
            await _flee(hunt, hunter, prey)
        case Door.FIGHT:
            await _fight(hunt, hunter, prey)


async def _flee(hunt: BountyHunt, hunter: NpcHunter, prey: Participant) -> None:
    if dice.roll(100) <= rules.flee_chance(prey, hunter):
        _get_away(hunt, hunter, prey, BountyHuntStatus.ESCAPED, Ending.FLED)
    else:
        await bring_in(hunt, hunter, prey)


async def _fight(hunt: BountyHunt, hunter: NpcHunter, prey: Participant) -> None:
    """Open the fight that decides. While it lasts the hunt waits for it, and for nothing else."""
    await settle(AT_THE_DOOR, Share(prey, cost=Cost(energy=rules.FIGHT_ENERGY)), reference=hunt.id)
    await open_fight(prey, hunter.foe, purpose=PURPOSE, ref_id=hunt.id)
    change(hunt, {"questionId": None})


async def settle_fight(fight: CombatEncounter, verdict: Verdict) -> None:
    """The purpose of fights at the door: who loses is brought in, and keeps the last of its health.
    Who sits already, has died or has left the world loses nothing twice."""
    hunt = await BountyHunt.load_one({"_id": fight.ref_id})
    if hunt is None or hunt.status is not BountyHuntStatus.ACTIVE:
        return
    found = await _met(hunt)
    if found is None or not is_there(found[1]):
        end(hunt, BountyHuntStatus.EXPIRED, Ending.NOTHING_LEFT)
        return
    hunter, prey, _ = found
    health, ending = health_of(prey, verdict), verdict.facts["ending"]
    if ending == "defeat":
        given = await bring_in(hunt, hunter, prey, health)
    else:
        won = ending == "victory"
        outcome = Outcome(health=health, combat_xp=won * rules.XP_PER_LEVEL * hunter.level)
        (given,) = await settle(AT_THE_DOOR, Share(prey, outcome), reference=hunt.id)
        how = Ending.BEATEN if won else Ending.FLED
        _get_away(hunt, hunter, prey, BountyHuntStatus.ESCAPED, how)
    tell_fight(prey, fight, verdict, hunter.foe, given)


def _get_away(
    hunt: BountyHunt,
    hunter: NpcHunter,
    prey: Participant,
    status: BountyHuntStatus,
    ending: Ending,
) -> None:
    end(hunt, status, ending)
    if hunt.employer is not None:
        notify(hunt.employer, FAILED, name=hunter.name, head=prey.name)
