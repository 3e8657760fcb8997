"""People who are a match for a boss, and how they fight, for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bson import ObjectId

from desperados.characters.documents import Character
from desperados.characters.growth import combat_level
from desperados.characters.rules import SKILLS, SkillGroup, max_health
from desperados.combat.bosses.catalogue import find_boss
from desperados.combat.bosses.documents import BossEncounter
from desperados.combat.bosses.parties import invite_to_boss
from desperados.combat.bosses.service import BossMove, fight_boss, start_boss
from desperados.combat.bosses.views import BossFightView
from desperados.combat.fights.engine.cards import promising
from desperados.engine import clock
from desperados.engine.clock import FrozenClock
from desperados.play.shapes import accept_offer
from desperados.testing import World
from desperados.world.clock import moment_of

NIGHT = moment_of(1890, 6, 1, 23)
"""An hour of the game at which every boss is about."""
ALONE, IN_TWOS, IN_A_PARTY = "red-hand-mcgraw", "old-mossback", "the-three-lieutenants"


def small_boss(code: str, place: str, *, most: int = 1, health: int = 500) -> dict[str, Any]:
    """A boss as it is stored, for worlds without content."""
    return {
        "_id": code,
        "name": code.title(),
        "level": 15,
        "locationId": place,
        "description": "A bear in a bad mood.",
        "party": {"least": 1, "most": most},
        "respawnHours": 24,
        "health": health,
        "attack": 10,
        "enrageRound": 20,
        "phases": [{"below": 100}, {"below": 60, "damage": 120}, {"below": 30, "damage": 140}],
        "abilities": [
            {"code": "bite", "name": "Bite", "kind": "dot", "effect": "bleed", "every": 3},
            {"code": "roar", "name": "Roar", "kind": "area", "power": 8, "every": 4},
        ],
        "reward": {"dollars": 301, "xp": 1_000},
        "firstReward": {"dollars": 500, "titles": ["bear-beater"]},
    }


def skills_of(level: int) -> dict[str, int]:
    """What somebody of a level has learned of fighting: one way to fight well, the others as a
    matter of course."""
    combat = dict.fromkeys(SKILLS[SkillGroup.COMBAT], level // 2)
    return {**combat, "ranged_combat": min(99, 2 * level)}


async def hunter(world: World, boss: str, **fields: Any) -> ObjectId:
    """Somebody of a boss's level, where it is, in full health."""
    foe = await find_boss(boss)
    who = await world.character(place=foe.place)
    levels, experience = skills_of(foe.level), 75 * (foe.level - 1) ** 2
    health = max_health(levels, combat_level(experience))
    change = {
        "createdAt": clock.now() - timedelta(days=3),
        "level": foe.level,
        "combatXp": experience,
        "skills": {skill: {"level": level, "xp": 0} for skill, level in levels.items()},
        "health": health,
        "maxHealth": health,
        **fields,
    }
    await Character.collection().update_one({"_id": who}, {"$set": change})
    return who


async def party_of(world: World, boss: str, size: int) -> list[ObjectId]:
    """A leader, and others who have agreed to come along."""
    leader, *others = [await hunter(world, boss) for _ in range(size)]
    for member in others:
        offer = await invite_to_boss(leader, boss, member)
        await accept_offer(member, offer.id)
    return [leader, *others]


async def set_out(world: World, time: FrozenClock, boss: str, size: int = 1) -> Hunt:
    """A party in its first round."""
    time.at = NIGHT
    people = await party_of(world, boss, size)
    return Hunt(people, (await start_boss(people[0], boss)).game.id)


class Hunt:
    """A fight of ``people``, the leader first."""

    def __init__(self, people: list[ObjectId], fight: ObjectId) -> None:
        self.people, self.fight = people, fight

    async def stored(self) -> BossEncounter:
        """The fight as it is stored."""
        found = await BossEncounter.load_one({"_id": self.fight})
        assert found is not None
        return found

    async def move(self, seat: int, move: BossMove, **about: Any) -> BossFightView:
        """One move of a seat, upon what it sees."""
        game = await self.stored()
        return await fight_boss(self.people[seat], self.fight, move, game.version, **about)

    async def attack(self, seat: int) -> BossFightView:
        """A blow with what promises most."""
        game = await self.stored()
        held = promising(game.battle["members"][seat]["hand"])
        return await fight_boss(
            self.people[seat], self.fight, BossMove.ATTACK, game.version, hold=held
        )

    async def change(self, **fields: Any) -> None:
        """Change the fight as it is stored: ``foe__health=1`` is ``battle.foe.health``."""
        change = {"battle." + name.replace("__", "."): value for name, value in fields.items()}
        await BossEncounter.collection().update_one({"_id": self.fight}, {"$set": change})

    async def to_the_end(self) -> BossEncounter:
        """Everybody who is in turn strikes until it is over."""
        while (game := await self.stored()).settled_at is None:
            seat = next(
                seat
                for seat, member in enumerate(game.battle["members"])
                if member["out"] is None and member["choice"] is None
            )
            await self.attack(seat)
        return game
