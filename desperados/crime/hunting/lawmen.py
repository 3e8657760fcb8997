"""The law's own hunters: once a UTC day it may send some after those whom it wants most.

For each of its hunters and each of the ten most wanted for whom he rides, 5 of 100; three hunts a
day at most. Such a hunter has one hunt at a time, and nobody has hired him: what lies on the head
is collected, and paid to nobody.
"""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId

from desperados.characters.participant import Participant, find_participants
from desperados.crime.hunting import rules
from desperados.crime.hunting.documents import BountyHunt
from desperados.crime.hunting.hunts import ACTIVE, begin
from desperados.crime.hunting.people import MOST_HUNTERS, all_hunters
from desperados.crime.hunting.rules import NpcHunter
from desperados.engine import clock, dice
from desperados.engine.allowances import DAY, Limit, read_usage
from desperados.engine.commands import command
from desperados.law.queries import POSTERS, most_wanted
from desperados.law.views import WantedPoster

RIDES = Limit("lawmen_ride", 1, DAY, daily=True)
OF_THE_WORLD = ObjectId("0" * 24)
"""Whose limit it is: everybody's."""


async def ride_out(_period: datetime) -> None:
    """Send the law's hunters; for the job."""
    await send_lawmen()


@command
async def send_lawmen() -> int:
    """Send the law's hunters after the most wanted; the number of those sent. On a UTC day they
    ride once."""
    usage = await read_usage((RIDES, OF_THE_WORLD))
    if usage.free_at(RIDES, OF_THE_WORLD) is not None:
        return 0
    hunters = [hunter for hunter in await all_hunters() if hunter.hire_base is None]
    posters = {poster.character_id: poster for poster in await most_wanted()}
    people = await find_participants(posters) if posters else {}
    after = await _after(list(people))
    busy = await _busy([hunter.code for hunter in hunters])
    sent = 0
    for who in hunters:
        for target in people.values():
            if sent >= rules.MOST_SENT or who.code in busy:
                break
            if _rides(who, target, posters[target.id], after.get(target.id, [])):
                begin(_hunt(who, target, posters[target.id]))
                after.setdefault(target.id, []).append(who.code)
                busy.add(who.code)
                sent += 1
    usage.use(RIDES, OF_THE_WORLD)
    usage.write()
    return sent


def _rides(who: NpcHunter, target: Participant, poster: WantedPoster, after: list[str]) -> bool:
    """Whether a hunter of the law rides after somebody today."""
    fits = target.level >= rules.LEAST_LEVEL and poster.bounty >= who.min_bounty
    room = who.code not in after and len(after) < rules.MOST_ON_A_TARGET
    return fits and room and dice.roll(100) <= rules.SENT_PERCENT


def _hunt(who: NpcHunter, target: Participant, poster: WantedPoster) -> BountyHunt:
    now = clock.now()
    return BountyHunt(
        hunter_id=target.id,
        target_id=target.id,
        of_the_law=True,
        reward=poster.bounty,
        started_at=now,
        npc_hunter=who.code,
        encounter_at=rules.meets_at(who, now, dice.between(80, 120)),
    )


async def _after(targets: list[ObjectId]) -> dict[ObjectId, list[str]]:
    """The hunters who are after each of these."""
    if not targets:
        return {}
    found: dict[ObjectId, list[str]] = {}
    for hunt in await BountyHunt.load_many(
        {"targetId": {"$in": targets}, **ACTIVE}, limit=2 * POSTERS * rules.MOST_ON_A_TARGET
    ):
        if hunt.npc_hunter is not None:
            found.setdefault(hunt.target_id, []).append(hunt.npc_hunter)
    return found


async def _busy(hunters: list[str]) -> set[str]:
    """Those of the law's hunters who have a hunt."""
    hunts = await BountyHunt.load_many(
        {"npcHunter": {"$in": hunters}, **ACTIVE}, limit=MOST_HUNTERS
    )
    return {hunt.npc_hunter for hunt in hunts if hunt.npc_hunter is not None}
