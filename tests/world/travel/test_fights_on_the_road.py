"""Encounters that lead to a fight: with whom the content says, at the end of the way."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml
from bson import ObjectId

from desperados.combat.fights.documents import CombatEncounter
from desperados.deck.documents import Encounter
from desperados.engine.clock import FrozenClock
from desperados.engine.staging import StagedInsert
from desperados.engine.storage.content import content_changed
from desperados.engine.transactions import stage
from desperados.play.shapes import open_questions
from desperados.play.shapes.documents import Question
from desperados.play.shapes.errors import UnknownPurpose
from desperados.play.shapes.questions import answer, answer_by_default
from desperados.seeding import default_directory
from desperados.testing import Luck, World, hammer
from desperados.world.travel.encounters import FIGHT
from tests.world.people import stored, where
from tests.world.travel.test_encounters import ambushed, to

OPENED = "opened_fights"


def told_of_fights(world: World) -> None:
    """Let a test's own function open fights."""

    async def opens(question: Question, npc: str) -> None:
        row = {"_id": ObjectId(), "who": question.character_id, "npc": npc}
        stage(StagedInsert(OPENED, row))

    whole = world.game.registered()
    world.game.registered = lambda: replace(whole, purposes={**whole.purposes, FIGHT: opens})


async def test_an_answer_opens_a_fight_where_the_way_ends(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    told_of_fights(world)
    jane, question = await ambushed(world, time, luck)
    await to(question, "gunslinger_in_the_road")
    outcomes = await hammer(lambda: answer(jane, question.id, "stand"), 4)
    assert outcomes.done == 1
    assert await world.game.database[OPENED].count_documents({}) == 1
    opened = await world.game.database[OPENED].find_one({})
    assert (opened["who"], opened["npc"]) == (jane, "outlaw-gunslinger")
    assert await where(jane) == "sangre-canyon"
    assert (await stored(jane))["busy"] is None  # free to fight


async def test_without_anybody_who_opens_fights_nothing_has_happened(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    whole = world.game.registered()
    others = {name: purpose for name, purpose in whole.purposes.items() if name != FIGHT}
    world.game.registered = lambda: replace(whole, purposes=others)
    jane, question = await ambushed(world, time, luck)
    await to(question, "gunslinger_in_the_road")
    with pytest.raises(UnknownPurpose):
        await answer(jane, question.id, "stand")
    assert (await open_questions(jane)).items[0].id == question.id
    assert await where(jane) == "red-gulch"


async def test_nobody_fights_by_waiting(world: World, time: FrozenClock, luck: Luck) -> None:
    told_of_fights(world)
    jane, question = await ambushed(world, time, luck)
    await to(question, "lone_wolf")
    await Question.collection().update_one({"_id": question.id}, {"$set": {"default": "fire"}})
    time.at = question.expires_at
    await answer_by_default(question.id)
    assert await world.game.database[OPENED].count_documents({}) == 0
    assert await where(jane) == "sangre-canyon"


def test_there_are_enough_encounters_of_each_type_and_in_each_region() -> None:
    rows = yaml.safe_load((default_directory() / "encounters.yaml").read_text())["encounters"]
    assert len(rows) >= 60
    for kind in ("combat", "event", "discovery", "story"):
        assert sum(row["type"] == kind for row in rows) >= 12
    regions = yaml.safe_load((default_directory() / "regions.yaml").read_text())["regions"]
    for region in regions:
        here = [row for row in rows if region["regionId"] in row["locationTypes"]]
        for danger in range(region["dangerRange"]["min"], region["dangerRange"]["max"] + 1):
            for hour in ("day", "night"):
                assert [
                    row
                    for row in here
                    if row["dangerMin"] <= danger <= row["dangerMax"]
                    and row["time"] in ("any", hour)
                ], (region["regionId"], danger, hour)


def test_whom_one_fights_is_somebody_to_fight() -> None:
    people = yaml.safe_load((default_directory() / "npcs.yaml").read_text())["npcs"]
    fighters = {npc["_id"]: npc for npc in people if npc["kind"] == "combat"}
    rows = yaml.safe_load((default_directory() / "encounters.yaml").read_text())["encounters"]
    fights = [(row, way["fight"]) for row in rows for way in row["outcomes"] if way.get("fight")]
    assert len(fights) >= 12
    for row, npc in fights:
        assert fighters[npc]["level"] <= row.get("minLevel", 1) + 3, row["_id"]


async def test_every_encounter_has_a_way_out_for_anybody(world: World) -> None:
    from desperados.world.travel.encounters import _meeting

    for row in await Encounter.collection().find({}).to_list(None):
        safest = _meeting(row).safest
        assert not safest.needs
        assert safest.fight is None


async def test_who_chose_to_fight_is_in_a_fight(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    """With those who really fight."""
    jane, question = await ambushed(world, time, luck)
    await to(question, "gunslinger_in_the_road")
    await answer(jane, question.id, "stand")
    (fight,) = await CombatEncounter.load_many({"characterId": jane}, limit=2)
    assert (fight.enemy.npc_id, fight.ref_id) == ("outlaw-gunslinger", question.id)
    busy = (await stored(jane))["busy"]
    assert (busy["kind"], busy["id"]) == ("fight", fight.id)
    assert await where(jane) == "sangre-canyon"


async def test_whoever_falls_on_the_way_fights_nobody(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    jane, question = await ambushed(world, time, luck)
    await Encounter.collection().update_one(
        {"_id": "lone_wolf", "outcomes.id": "stand"},
        {"$set": {"outcomes.$.effects": {"health": -1_000}}},
    )
    await content_changed()
    await to(question, "lone_wolf")
    await answer(jane, question.id, "stand")
    row = await stored(jane)
    assert row.get("isDead") or row["downUntil"] is not None
    assert await CombatEncounter.collection().count_documents({}) == 0
