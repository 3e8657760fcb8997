"""A deck game is begun: what it asks for is checked and taken before the first card is seen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from bson import ObjectId

from desperados.characters.errors import CharacterUnavailable
from desperados.characters.participant import load_participant
from desperados.deck.actions import find_action, snapshot_of
from desperados.deck.documents import ActionDeckSession
from desperados.deck.errors import ActionNotFound, NotDoneHere
from desperados.deck.sessions import ACTION, DECK_GAME, begin
from desperados.deck.views import DeckGameView
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import RateLimited
from desperados.engine.transactions import transactional
from desperados.play.errors import NotEnoughEnergy
from desperados.play.requirements.errors import Closed, LevelTooLow
from desperados.play.shapes import games
from desperados.play.shapes.errors import GameNotFound
from desperados.testing import World, hammer
from desperados.world.clock import moment_of
from tests.world.people import change, energy, stored

EVENING = moment_of(1890, 6, 1, 20)


@transactional
async def start(who: ObjectId, action: str) -> DeckGameView:
    return await begin(await load_participant(who), await find_action(action), purpose=ACTION)


async def brawler(world: World, **fields: object) -> ObjectId:
    jane = await world.character(place="golden-spur-saloon")
    await change(jane, level=5, **fields)
    return jane


async def test_what_a_deed_costs_is_taken_before_the_first_card(
    world: World, time: FrozenClock
) -> None:
    time.at = EVENING
    jane = await brawler(world)
    shown = await start(jane, "bar_brawl")
    assert (shown.energy_spent, await energy(jane)) == (15, 135)
    busy = (await stored(jane))["busy"]
    assert (busy["kind"], busy["id"]) == ("game", shown.id)
    game = await ActionDeckSession.load_one({"_id": shown.id})
    assert game is not None
    assert game.purpose == ACTION
    assert snapshot_of(game).reward == (await find_action("bar_brawl")).reward
    with pytest.raises(CharacterUnavailable):
        await start(jane, "bar_brawl")


async def test_nothing_of_the_deck_or_the_seed_is_shown(world: World, time: FrozenClock) -> None:
    time.at = EVENING
    shown = await start(await brawler(world), "bar_brawl")
    game = await ActionDeckSession.load_one({"_id": shown.id})
    assert game is not None
    told = shown.model_dump_json()
    assert game.seed not in told
    assert not [card for card in game.deck if card in told]


@pytest.mark.parametrize(
    ("action", "fields", "error"),
    [
        ("nothing", {}, ActionNotFound),
        ("job_tend_bar", {}, ActionNotFound),  # a job
        ("pit_fight", {}, NotDoneHere),
        ("bar_brawl", {"level": 2}, LevelTooLow),
        ("bar_brawl", {"energy": 14, "energyAt": EVENING}, NotEnoughEnergy),
        ("bar_brawl", {"isDead": True}, CharacterUnavailable),
    ],
)
async def test_what_stops_a_deed(
    world: World,
    time: FrozenClock,
    action: str,
    fields: dict[str, object],
    error: type[Exception],
) -> None:
    time.at = EVENING
    jane = await brawler(world)
    await change(jane, **fields)
    before = await stored(jane)
    with pytest.raises(error):
        await start(jane, action)
    assert await stored(jane) == before


async def test_a_place_is_closed_to_all_but_thieves(world: World, time: FrozenClock) -> None:
    time.at = moment_of(1890, 6, 1, 12)  # the saloon opens at two
    jane = await brawler(world)
    with pytest.raises(Closed):
        await start(jane, "bar_brawl")
    await start(jane, "pickpocket_drunk")


async def test_a_deed_has_its_time(world: World, time: FrozenClock) -> None:
    time.at = EVENING
    jane = await brawler(world)
    await start(jane, "bar_brawl")
    await change(jane, busy=None)
    time.advance(seconds=299)
    with pytest.raises(RateLimited):
        await start(jane, "bar_brawl")
    time.advance(seconds=1)
    await start(jane, "bar_brawl")


async def test_of_two_begun_at_once_one_begins(world: World, time: FrozenClock) -> None:
    time.at = EVENING
    jane = await brawler(world)
    outcomes = await hammer(lambda: start(jane, "bar_brawl"), 6)
    assert outcomes.done == 1
    assert set(outcomes.refused) <= {"character_unavailable", "character_busy", "rate_limited"}
    assert await energy(jane) == 135


async def test_what_another_program_left_is_no_game_of_ours(
    world: World, time: FrozenClock
) -> None:
    time.at = EVENING
    jane = await brawler(world)
    row = {"_id": ObjectId(), "characterId": jane, "deck": [], "hand": [], "createdAt": EVENING}
    await ActionDeckSession.collection().insert_one(row)
    assert ActionDeckSession.hydrate(row).character_id == jane
    with pytest.raises(GameNotFound):
        await games.read(DECK_GAME, jane, row["_id"])
    time.advance(timedelta(days=1).total_seconds())
    await games.expire(DECK_GAME, row["_id"])
