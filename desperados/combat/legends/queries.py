"""Looks at legends: what a hunter knows, what can be done here, a fight, the quickest hunters."""

from __future__ import annotations

from collections.abc import Mapping

from bson import ObjectId

from desperados.characters.actor import find_actors
from desperados.characters.participant import Participant, participant_of
from desperados.combat.legends.content import Known, all_legends, find_legend
from desperados.combat.legends.documents import LegendaryHunt
from desperados.combat.legends.hunting import LegendCode, told_by, trace_at, unheard
from desperados.combat.legends.hunts import hunts_of, is_located, progress_of
from desperados.combat.legends.playing import HUNTS
from desperados.combat.legends.views import (
    LegendFightView,
    LegendHunterView,
    LegendHuntView,
    LegendsHereView,
    LegendTraceView,
    fight_view,
)
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.indexes import HAS_NUMBER
from desperados.engine.storage.reads import alone, together
from desperados.npcs.presence import people_at
from desperados.play.requirements import Kind, Requirement, Situation, situation_of, unmet
from desperados.play.requirements.views import unmet_view
from desperados.play.shapes import games
from desperados.world.clock import game_time
from desperados.world.places import read_place

TOP = 10


async def list_legends(actor: ObjectId) -> list[LegendHuntView]:
    """The legends of which a character has heard, with all that it knows of them; of others nothing
    is said.

    Raises:
        CharacterNotFound: there is no such character.
    """
    who, hunts = await _hunter(actor)
    known = [legend for legend in await all_legends() if progress_of(hunts.get(legend.code))]
    needs = {
        legend.code: [Requirement(Kind.AT, legend.lair), *legend.needs]
        for legend in known
        if is_located(hunts[legend.code])
    }
    situation = await situation_of(who, [need for each in needs.values() for need in each])
    return [
        _hunt(legend, hunts[legend.code], situation, needs.get(legend.code, []))
        for legend in sorted(known, key=lambda legend: (legend.level, legend.code))
    ]


async def legends_here(actor: ObjectId) -> LegendsHereView:
    """Whom a character can ask for legends where it is, and of which legends that it has heard of
    there is a trace here.

    Raises:
        CharacterNotFound: there is no such character.
    """
    who, hunts = await _hunter(actor)
    legends, place = await all_legends(), await read_place(who.location_id)
    people = await alone(people_at(who.location_id, game_time(who.at).hour))
    npcs = [person.id for person in people if unheard(told_by(person.id, legends), hunts)]
    traces = [
        legend.code
        for legend in legends
        if progress_of(hunts.get(legend.code))
        and trace_at(legend, place, hunts.get(legend.code)) is not None
    ]
    return LegendsHereView(npcs=npcs, traces=traces)


async def read_hunt(actor: ObjectId, fight_id: ObjectId) -> LegendFightView:
    """A fight against a legend, after what the clock had to do in it.

    Raises:
        GameNotFound: there is no such fight, or it is somebody else's.
    """
    fight, _ = await games.read(HUNTS, actor, fight_id)
    return fight_view(HUNTS, fight)


async def rank_hunters(legend: LegendCode) -> list[LegendHunterView]:
    """The ten who felled a legend in the fewest rounds.

    Raises:
        LegendNotFound: there is no such legend.
    """
    found = await find_legend(legend)
    rows = await find_all(
        LegendaryHunt.collection(),
        {"creatureId": found.code, "fastest": HAS_NUMBER},
        {"characterId": 1, "fastest": 1, "victories": 1},
        sort=[("fastest", 1), ("_id", 1)],
        limit=TOP,
    )
    people = await find_actors(row["characterId"] for row in rows)
    return [
        LegendHunterView(
            character_id=who.id,
            name=who.name,
            rounds=int(row["fastest"]),
            victories=int(row["victories"]),
        )
        for row in rows
        if (who := people.get(row["characterId"])) is not None
    ]


async def _hunter(actor: ObjectId) -> tuple[Participant, dict[str, LegendaryHunt]]:
    person, known = participant_of(actor), hunts_of(actor)
    await together(person, known)
    return person.result, known.result


def _hunt(
    legend: Known, hunt: LegendaryHunt, situation: Situation, needs: list[Requirement]
) -> LegendHuntView:
    bonus: Mapping[str, int] = hunt.rewards.permanent_bonus or {}
    return LegendHuntView(
        legend=legend.code,
        name=legend.name,
        description=legend.description,
        level=legend.level,
        stage=hunt.discovery_stage,
        progress=progress_of(hunt),
        rumors=[rumor.text for rumor in legend.rumors if rumor.npc in hunt.rumors],
        clues=[
            LegendTraceView(place=trace.place, text=trace.text)
            for trace in legend.clues
            if trace.id in hunt.clues_found
        ],
        lair=legend.lair if is_located(hunt) else None,
        unmet=[unmet_view(missing) for missing in unmet(situation, needs)],
        ready_at=hunt.cooldown_until,
        hunted=hunt.hunted,
        defeated_at=hunt.defeated_at,
        bonus={name: int(points) for name, points in bonus.items()},
        attempts=hunt.attempts,
        victories=hunt.victories,
        best_damage=hunt.best_damage,
        fastest=hunt.fastest,
    )
