"""Kinds with a state of the world that just meets each, and one that just does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from desperados.characters.tallies.counters import COUNTERS, EACH_OF, Counted
from desperados.characters.tallies.counting import stored_key
from desperados.engine import clock
from desperados.engine.game import Game
from desperados.play.requirements import Kind, Requirement, Window
from desperados.play.requirements import errors as refused
from desperados.world.clock import moment_of
from tests.worlds import add_character

Rows = list[tuple[str, dict[str, Any]]]
World = dict[str, Any]


@dataclass
class Case:
    """A requirement; what the character is and what there is where it is barely met and barely not;
    and what is told then."""

    need: Requirement
    met: World
    not_met: World
    error: type[Exception]
    sentence: str
    facts: dict[str, Any]

    @property
    def id(self) -> str:
        return self.need.kind.value


def me(**fields: Any) -> World:
    """What the character's own document says."""
    return {"me": fields}


def there(**fields: Any) -> World:
    """What the character's place is."""
    return {"place": fields}


def at(year: int, month: int, day: int, hour: int) -> World:
    """The time of the game."""
    return {"now": moment_of(year, month, day, hour)}


def rows(collection: str, *documents: dict[str, Any], **more: World) -> World:
    """What a collection has; ``ME``, ``HERE`` and ``GANG`` stand for the ids."""
    return {"rows": [(collection, document) for document in documents], **more}


ME, HERE, GANG = "<me>", "<here>", "<gang>"


def pack(quantity: int) -> World:
    stack = {"entryId": "a", "itemId": "rope", "quantity": quantity}
    return rows("inventories", {"_id": f"pack:{ME}", "items": [stack]})


def counted(counted: Counted, times: int) -> World:
    return rows("tallies", {"characterId": ME, "counts": {stored_key(counted.key): times}})


def visited(place: str, times: int) -> World:
    key = stored_key(EACH_OF["visits"].key_of(f"location:{place}"))
    return rows("tallies", {"characterId": ME, "counts": {key: times}})


def found_out(secret: str) -> World:
    (counted,) = COUNTERS["secret_found"]
    members = {stored_key(counted.key): [f"secret:{secret}"]}
    return rows("tallies", {"characterId": ME, "sets": members})


def event(**fields: Any) -> World:
    begun = {"startsAt": timedelta(hours=-1), "endsAt": timedelta(hours=1), "status": "active"}
    return rows("worldevents", {"eventType": "gold_rush", **begun, **fields})


def member(role: str) -> World:
    return rows("gangmembers", {"characterId": ME, "gangId": GANG, "role": role})


def held_by(gang: Any) -> World:
    return rows(
        "territories", {"zoneId": "the-pass", "controllingGangId": gang}, me={"gangId": GANG}
    )


def skill(name: str, level: int) -> World:
    return me(skills={name: {"level": level, "xp": 0}})


def combat(level: int) -> World:
    names = ("melee_combat", "ranged_combat", "defensive_tactics", "mounted_combat", "explosives")
    levels = dict.fromkeys(names, 10) | {"explosives": level}
    return me(skills={name: {"level": value} for name, value in levels.items()})


def weather(kind: str) -> World:
    """What the staff have put over a region that is the character's own."""
    told = {"kind": kind, "intensity": 5, "since": timedelta(hours=-1), "until": timedelta(hours=1)}
    region = f"{kind}-coast"
    return {
        "rows": [
            ("regions", {"regionId": region, "name": region, "weatherPattern": ""}),
            ("worldstates", {"stateKey": f"weather:{region}", "value": told}),
        ],
        "place": {"regionId": region},
    }


def wanted(level: int) -> World:
    return me(wanted={"level": level, "at": timedelta()})


(DUELS_WON,) = COUNTERS["duel_won"]

CASES = [
    Case(
        Requirement(Kind.LEVEL, value=10), me(level=10), me(level=9), refused.LevelTooLow,
        "Level 10 is needed; you have 9.", {"level": 9, "needed": 10},
    ),
    Case(
        Requirement(Kind.SKILL, "tracking", 5), skill("tracking", 5), skill("tracking", 4),
        refused.SkillTooLow, "Tracking 5 is needed; you have 4.",
        {"target": "tracking", "level": 4, "needed": 5},
    ),
    Case(
        Requirement(Kind.POWER, "combat", 10), combat(10), combat(9), refused.PowerTooLow,
        "A mean of 10 in the skills of combat is needed; you have 9.", {"level": 9, "needed": 10},
    ),
    Case(
        Requirement(Kind.FACTION, "frontera"), me(faction="frontera"),
        me(faction="settler_alliance"), refused.WrongFaction, "Only for members of frontera.",
        {"target": "frontera", "faction": "settler_alliance"},
    ),
    Case(
        Requirement(Kind.STANDING, "frontera", "friendly"), me(standings={"frontera": 25}),
        me(standings={"frontera": 24}), refused.StandingTooLow,
        "A standing of 25 (friendly) with frontera is needed; yours is 24.",
        {"target": "frontera", "standing": 24, "needed": 25},
    ),
    Case(
        Requirement(Kind.MORAL, value=20),
        rows("characterkarmas", {"characterId": ME, "moralReputation": 20}),
        rows("characterkarmas", {"characterId": ME, "moralReputation": 19}), refused.MoralsTooLow,
        "A moral reputation of 20 is needed; you have 19.", {"moral": 19, "needed": 20},
    ),
    Case(
        Requirement(Kind.WANTED_MAX, value=2), wanted(2), wanted(3), refused.TooWanted,
        "Only for those wanted at 2 or less; you are wanted at 3.", {"wanted": 3, "needed": 2},
    ),
    Case(
        Requirement(Kind.WANTED_MIN, value=3), wanted(3), wanted(2), refused.NotWantedEnough,
        "Only for those wanted at 3 or more; you are wanted at 2.", {"wanted": 2, "needed": 3},
    ),
    Case(
        Requirement(Kind.AT, "red-gulch"), there(locationId="the-bar", parentId="red-gulch"),
        there(locationId="the-inn", parentId="blue-gulch"), refused.WrongPlace,
        "Only at red gulch.", {"target": "red-gulch", "place": "the-inn"},
    ),
    Case(
        Requirement(Kind.PLACE_TYPE, "saloon"), there(type="saloon"), there(type="bank"),
        refused.WrongPlaceType, "Only at a place of this sort: saloon.",
        {"target": "saloon", "place_type": "bank"},
    ),
    Case(
        Requirement(Kind.HOURS, value=Window(21, 5)), at(1885, 6, 1, 4), at(1885, 6, 1, 5),
        refused.Closed, "Only from 21:00 to 5:00; it is past 5:00.",
        {
            "needed": {"open": 21, "close": 5}, "hour": 5, "retry_after": 16 * 900,
            "ready_at": moment_of(1885, 6, 1, 21).isoformat(),
        },
    ),
    Case(
        Requirement(Kind.PERIOD, "night"), at(1885, 6, 1, 21), at(1885, 6, 1, 20),
        refused.WrongPeriod, "Only at this time of the day: night.",
        {"period": "evening", "retry_after": 900},
    ),
    Case(
        Requirement(Kind.WEEKDAY, value=7), at(1885, 6, 7, 0), at(1885, 6, 6, 23),
        refused.WrongWeekday, "Only on a Sunday.", {"weekday": 6, "retry_after": 900},
    ),
    Case(
        Requirement(Kind.SEASON, "winter"), at(1885, 12, 1, 0), at(1885, 11, 28, 23),
        refused.WrongSeason, "Only in winter.", {"season": "fall", "retry_after": 900},
    ),
    Case(
        Requirement(Kind.MOON, "full"), at(1885, 6, 15, 0), at(1885, 6, 14, 23),
        refused.WrongMoon, "Only under this moon: full.",
        {"moon": "waxing_gibbous", "retry_after": 900},
    ),
    Case(
        Requirement(Kind.WEATHER, "fog"), weather("fog"), weather("rain"), refused.WrongWeather,
        "Only in this weather: fog.", {"target": "fog", "weather": "rain"},
    ),
    Case(
        Requirement(Kind.EVENT, "gold_rush"), event(locationId=HERE), event(locationId=ObjectId()),
        refused.EventNotOn, "Only while this goes on here: gold rush.", {"target": "gold_rush"},
    ),
    Case(
        Requirement(Kind.ITEM, "rope", 2), pack(2), pack(1), refused.ItemMissing,
        "You need 2 of rope; you carry 1.", {"target": "rope", "have": 1, "needed": 2},
    ),
    Case(
        Requirement(Kind.QUEST_DONE, "new_boots"),
        rows("characterquests", {"characterId": ME, "questId": "new_boots", "status": "completed"}),
        rows("characterquests", {"characterId": ME, "questId": "new_boots", "status": "active"}),
        refused.QuestNotDone, "This quest must be done first: new boots.", {"target": "new_boots"},
    ),
    Case(
        Requirement(Kind.TALLY, "duel_won", 3), counted(DUELS_WON, 3),
        counted(DUELS_WON, 2), refused.TallyTooLow,
        "Having done this (duel won) 3 times is needed; so far: 2.", {"have": 2, "needed": 3},
    ),
    Case(
        Requirement(Kind.VISITED, "echo-caves", 3), visited("echo-caves", 3),
        visited("echo-caves", 2), refused.VisitsMissing,
        "Having been at echo caves 3 times is needed; so far: 2.", {"have": 2, "needed": 3},
    ),
    Case(
        Requirement(Kind.SECRET_KNOWN, "echo_hermit"), found_out("echo_hermit"),
        found_out("another"), refused.SecretUnknown,
        "There is something else to find out first.", {},
    ),
    Case(
        Requirement(Kind.ACHIEVEMENT, "first_blood"),
        rows("characterachievements",
             {"characterId": ME, "achievementId": "first_blood", "completed": True}),
        rows("characterachievements",
             {"characterId": ME, "achievementId": "first_blood", "completed": False}),
        refused.AchievementMissing, "This achievement is needed: first blood.",
        {"target": "first_blood"},
    ),
    Case(
        Requirement(Kind.NPC_TRUST, "molly-quinn", 50),
        rows("npctrusts", {"characterId": ME, "npcId": "molly-quinn", "trustLevel": 50}),
        rows("npctrusts", {"characterId": ME, "npcId": "molly-quinn", "trustLevel": 49}),
        refused.NpcTrustTooLow, "Molly Quinn must trust you at 50; it is 49.",
        {"trust": 49, "needed": 50},
    ),
    Case(
        Requirement(Kind.GANG_ROLE, "officer"), member("officer"), member("enforcer"),
        refused.GangRoleTooLow, "Only for those who are in a gang, as officer or above.",
        {"target": "officer", "role": "enforcer"},
    ),
    Case(
        Requirement(Kind.HOLDS_ZONE, "the-pass"), held_by(GANG), held_by(ObjectId()),
        refused.ZoneNotHeld, "Only for those whose gang holds the pass.", {"target": "the-pass"},
    ),
]  # fmt: skip


class Stage:
    """A character in a world that each case dresses anew."""

    def __init__(self, game: Game, set_clock: Callable[[datetime], None]) -> None:
        self.game, self.set_clock = game, set_clock
        self.me: ObjectId
        self.gang = ObjectId()

    async def dress(self, *worlds: World) -> ObjectId:
        """A new character, in a place of its own, in these states of the world together."""
        self.me = await add_character(self.game)
        stored = await self.game.database["characters"].find_one({"_id": self.me})
        here = stored["currentLocationId"]
        for world in worlds:
            if "now" in world:
                self.set_clock(world["now"])
        ids = {ME: self.me, HERE: here, GANG: self.gang, f"pack:{ME}": f"pack:{self.me}"}
        for world in worlds:
            if "me" in world:
                found = {name: _filled(value, ids) for name, value in world["me"].items()}
                await self._set("characters", self.me, found)
            if "place" in world:
                await self._set("locations", here, world["place"])
            for collection, document in world.get("rows", ()):
                await self._put(collection, _filled(document, ids))
        return self.me

    async def _set(self, collection: str, of: ObjectId, fields: dict[str, Any]) -> None:
        await self.game.database[collection].update_one({"_id": of}, {"$set": fields})

    async def _put(self, collection: str, document: dict[str, Any]) -> None:
        """Insert, or merge into what another state of the world has put there."""
        rows = self.game.database[collection]
        if collection == "tallies" and (
            found := await rows.find_one({"characterId": document["characterId"]})
        ):
            merged = {
                part: {**found.get(part, {}), **document.get(part, {})}
                for part in ("counts", "sets")
            }
            await rows.update_one({"_id": found["_id"]}, {"$set": merged})
        elif collection == "territories":
            await rows.delete_many({"zoneId": document["zoneId"]})
            await rows.insert_one(document)
        else:
            await rows.insert_one(document)


def _filled(value: Any, ids: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(item, ids) for name, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, ids) for item in value]
    if isinstance(value, timedelta):
        return clock.now() + value
    return ids.get(value, value) if isinstance(value, str) else value
