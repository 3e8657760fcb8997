"""What bots do at the range: they register with what they carry, think better of it, and shoot."""

from __future__ import annotations

from desperados.characters.actor import load_actor
from desperados.combat.shooting import queries, service
from desperados.combat.shooting.documents import Shooter, ShootingContestStatus
from desperados.combat.shooting.views import ShootingContestView
from desperados.combat.shooting.weapons import read_guns
from desperados.engine import dice
from desperados.engine.manifest.bots import Arguments, Bot, Player, now_and_then, one_of
from desperados.inventory.service import inventory
from desperados.world.places import is_there, read_place


async def _register(me: Player) -> Arguments | None:
    carried = {stack.item for stack in (await inventory(me.character)).stacks}
    guns = await read_guns(carried)
    if not guns:
        return None
    for contest in (await queries.list_contests(ShootingContestStatus.REGISTRATION)).items:
        fitting = sorted(item for item, gun in guns.items() if gun.kind in contest.weapons)
        level = (await load_actor(me.character)).level
        if fitting and me.character not in contest.participants and level >= contest.level:
            # The next one: where the others are.
            return {"contest_id": contest.id, "weapon": dice.choice(fitting)}
    return None


async def _withdraw(me: Player) -> Arguments | None:
    if not now_and_then(5):
        return None
    mine = await _mine(me, ShootingContestStatus.REGISTRATION)
    contest = one_of(mine)
    return {"contest_id": contest.id} if contest is not None else None


async def _fire(me: Player) -> Arguments | None:
    for contest in await _mine(me, ShootingContestStatus.ACTIVE):
        shooter = await Shooter.load_one({"contestId": contest.id, "characterId": me.character})
        opened = contest.rounds[-1]
        if shooter is None or shooter.out is not None or shooter.fired >= opened.shots:
            continue
        person = await load_actor(me.character)
        place = await read_place(contest.location_id)
        where = await read_place(person.location_id)
        if place is not None and is_there(where, place.code, place.parent):
            return {
                "contest_id": contest.id,
                "round_number": contest.round,
                "shot_number": shooter.fired + 1,
                "target": dice.choice(opened.targets).target,
            }
    return None


async def _mine(me: Player, status: ShootingContestStatus) -> list[ShootingContestView]:
    mine = (await queries.my_contests(me.character)).items
    return [contest for contest in mine if contest.status is status]


BOTS = (
    Bot(service.register_shooter, _register, weight=10),
    Bot(service.withdraw_shooter, _withdraw),
    Bot(service.fire, _fire, weight=60),  # a round does not wait long
)
