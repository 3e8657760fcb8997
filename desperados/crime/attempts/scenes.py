"""Scenes of crimes: whose law holds there, what is seen there, and who is there to see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bson import ObjectId

from desperados.characters.actor import itself
from desperados.characters.documents import Character
from desperados.characters.participant import Participant
from desperados.characters.rules import ALIVE
from desperados.crime.attempts.rules import MOST_WITNESSES, QUIET, QUIET_FROM, Scenery
from desperados.crime.records import Record, criminal_record
from desperados.engine.dice import Luck
from desperados.engine.storage.content import Content
from desperados.engine.storage.reads import Read, alone, together
from desperados.law.consequences import THE_LAW
from desperados.npcs.presence import Present, people_at, trust_of
from desperados.renown.rules import FACTIONS
from desperados.world.clock import game_time
from desperados.world.crowd import Crowd, crowd_at
from desperados.world.documents import WorldZone
from desperados.world.modifiers import modifiers_at
from desperados.world.places import Place, read_place

ABOUT = timedelta(minutes=15)
"""Who did nothing for so long is not about."""
MOST_PLAYERS = 10
_FEARFUL = "fearful"


@dataclass(frozen=True, slots=True)
class Bystander:
    """A character that is about."""

    id: ObjectId
    user_id: ObjectId
    name: str


@dataclass(frozen=True, slots=True)
class Scene:
    """A place at a moment, as a crime finds it; ``record`` is the criminal's."""

    place: Place | None
    scenery: Scenery
    crowd: Crowd | None
    faction: str
    record: Record
    people: Sequence[Present]
    players: Sequence[Bystander]


@dataclass(frozen=True, slots=True)
class Seen:
    """Who saw a crime: NPCs who tell the law at once, and players, who may.

    ``knows`` says whether the law knows of it: somebody has told it, or it was nobody in particular
    who saw it, and somebody in a crowd always talks.
    """

    telling: tuple[Present, ...] = ()
    players: tuple[Bystander, ...] = ()
    knows: bool = False


UNSEEN = Seen()


async def read_scene(who: Participant) -> Scene:
    """The scene of what a character does now: one round trip; the rest comes from memory."""
    place, record = await read_place(who.location_id), criminal_record(who.id)
    hour = game_time(who.at).hour
    people, players = people_at(who.location_id, hour), _players_at(who)
    await together(itself(who), record, people, players)
    scenery, crowd = await read_scenery(who, place)
    return Scene(
        place,
        scenery,
        crowd,
        await law_at(place),
        record.result,
        [person for person in people.result if not person.asleep],
        players.result,
    )


async def read_scenery(who: Participant, place: Place | None) -> tuple[Scenery, Crowd | None]:
    """How much is seen of what a character does at a place now, and who is about; from memory."""
    if place is None:
        return Scenery.of(who, 1, 1), None
    climate, crowd = await modifiers_at(place, who.at), await crowd_at(place, who.at)
    return Scenery.of(who, climate.detection, crowd.factors.detection), crowd


async def law_at(place: Place | None) -> str:
    """The faction whose law holds at a place: that of its zone, if it has one."""
    zone = place.travel_zone if place is not None else None
    faction = await _FACTIONS.get(zone) if zone is not None else None
    return faction if faction in FACTIONS else THE_LAW


async def witnesses(scene: Scene, who: ObjectId, luck: Luck) -> Seen:
    """Who it was that saw a crime, of those who are there: three at most, NPCs before players.

    NPCs keep quiet out of fear, and some for a friend's sake. One more read, if there are any.
    """
    if not scene.people and not scene.players:
        return Seen(knows=True)
    people = list(scene.people)
    luck.shuffle(people)
    people = people[:MOST_WITNESSES]
    trust: Mapping[str, int] = {}
    if people:
        trust = await alone(trust_of(who, [person.id for person in people]))
    telling = tuple(person for person in people if _tells(person, trust.get(person.id, 0), luck))
    if telling:
        return Seen(telling, knows=True)
    players = list(scene.players)
    luck.shuffle(players)
    return Seen(players=tuple(players[: MOST_WITNESSES - len(people)]))


def _tells(person: Present, trust: int, luck: Luck) -> bool:
    mood = person.mood.get("value") if isinstance(person.mood, dict) else person.mood
    if mood == _FEARFUL:
        return False
    return trust < QUIET_FROM or luck.randint(1, 100) > QUIET


def _players_at(who: Participant) -> Read[list[Bystander]]:
    """Characters of other players that are about where one is."""

    def bystanders(rows: list[dict[str, Any]]) -> list[Bystander]:
        return [
            Bystander(row["_id"], row["userId"], str(row["name"]))
            for row in rows
            if row["userId"] != who.user_id
        ]

    return Read(
        Character,
        {
            "currentLocationId": who.location_id,
            "lastActive": {"$gte": who.at - ABOUT},
            "isDead": {"$ne": True},
            "isInJail": {"$ne": True},
            **ALIVE,
        },
        bystanders,
        {"userId": 1, "name": 1},
        limit=MOST_PLAYERS,
    )


_FACTIONS = Content(WorldZone, "zoneId", lambda row: str(row.get("factionId") or ""))
