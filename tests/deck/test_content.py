"""Every deed of the content can be begun where the content says, and won by whoever plays well."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import yaml
from bson import ObjectId

from desperados.characters.participant import load_participant
from desperados.characters.rules import SKILLS
from desperados.crime.documents import CriminalRecord
from desperados.crime.records import SKILLS as CRIMINAL_SKILLS
from desperados.deck.actions import ActionType, find_action, needs_here
from desperados.deck.cards import DECK
from desperados.deck.sessions import ACTION, begin
from desperados.deck.views import DeckGameView
from desperados.engine.clock import FrozenClock
from desperados.engine.transactions import transactional
from desperados.play.requirements import situation_of, unmet
from desperados.seeding import default_directory
from desperados.testing import World
from desperados.world.clock import moment_of
from desperados.world.labour import work
from tests.deck.players import game_of, player, reseed, to_the_end, verdict_of
from tests.world.people import change, place_id

ROWS: list[dict[str, Any]] = yaml.safe_load((default_directory() / "actions.yaml").read_text())[
    "actions"
]
PLACES: list[dict[str, Any]] = yaml.safe_load((default_directory() / "locations.yaml").read_text())[
    "locations"
]
PLAYED = [row for row in ROWS if row["type"] != "job"]
JOBS = [row for row in ROWS if row["type"] == "job"]
MASTER = {skill: {"level": 60, "xp": 0} for skills in SKILLS.values() for skill in skills}


async def master(world: World, row: dict[str, Any]) -> ObjectId:
    """Somebody who can do anything, where a deed is done."""
    place = next(
        place["locationId"]
        for place in PLACES
        if place["type"] in row["locationTypes"] or row["_id"] in place.get("jobs", ())
    )
    jane = await player(world, "red-gulch", level=50, skills=MASTER, maxEnergy=500)
    await change(jane, currentLocationId=await place_id(place))
    await CriminalRecord(
        character_id=jane,
        skills={name: {"level": 50, "xp": 0} for name in CRIMINAL_SKILLS},
        reputation=100,
    ).insert()
    return jane


@transactional
async def start(who: ObjectId, code: str) -> DeckGameView:
    return await begin(await load_participant(who), await find_action(code), purpose=ACTION)


def test_there_are_sixty_deeds_of_all_types() -> None:
    counts = Counter(row["type"] for row in ROWS)
    assert len(ROWS) >= 60
    assert set(counts) == {"crime", "combat", "social", "craft", "job"}
    assert len({row["_id"] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("code", [row["_id"] for row in PLAYED])
async def test_a_deed_can_be_begun_and_won(world: World, time: FrozenClock, code: str) -> None:
    row = next(row for row in PLAYED if row["_id"] == code)
    time.at = moment_of(1890, 6, 3, 12)
    jane = await master(world, row)
    action = await find_action(code)
    for _ in range(24):
        who = await load_participant(jane)
        needs = await needs_here(action, who)
        if not unmet(await situation_of(who, needs), needs):
            break
        time.advance(minutes=15)  # an hour of the game
    await change(jane, energy=500, energyAt=time.at)
    shown = await start(jane, code)
    assert shown.game == row["gameType"]
    terms = (await game_of(shown.id)).terms
    if shown.result is None:
        secret = next(
            secret
            for secret in (f"{number:064x}" for number in range(1, 400))
            if verdict_of(terms, secret)["succeeded"]
        )
        shown = await to_the_end(jane, await reseed(jane, shown, secret))
    assert shown.result is not None
    assert shown.result.succeeded
    assert shown.result.xp >= row["effects"]["xp"]
    assert shown.result.dollars >= row["effects"]["dollars"]
    wanted = {item["itemId"] for item in row["effects"].get("items", ())}
    assert {item.item for item in shown.result.items} == wanted
    assert (action.type is ActionType.CRIME) == (terms["target"] is not None)
    assert len({*terms["specials"]} - {card.code for card in DECK}) == 0


@pytest.mark.parametrize("code", [row["_id"] for row in JOBS])
async def test_a_job_can_be_done(world: World, time: FrozenClock, code: str) -> None:
    row = next(row for row in JOBS if row["_id"] == code)
    jane = await master(world, row)
    place = next(
        place
        for place in PLACES
        if place["type"] in row["locationTypes"] or code in place.get("jobs", ())
    )
    opens = place["operatingHours"]["open"] % 24
    time.at = moment_of(1890, 6, 3, opens) + timedelta(minutes=1)
    for _ in range(30):  # a failure pays nothing
        await change(jane, energy=500, energyAt=time.at)
        done = await work(jane, code)
        if done.succeeded:
            assert done.dollars > 0
            return
        time.advance(hours=24)
    raise AssertionError("a master never managed it")
