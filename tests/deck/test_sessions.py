"""Deck games as their players meet them: played, given up, overtaken by the clock; settled once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from bson import ObjectId

from desperados.characters.errors import CharacterUnavailable
from desperados.characters.service import delete
from desperados.deck.cards import DECK
from desperados.deck.documents import ActionDeckSession, ActionResult, CardDeck
from desperados.deck.domain import DOMAIN
from desperados.deck.queries import current_game, get_game, list_actions, list_results, read_record
from desperados.deck.service import play, practice_game, start_action
from desperados.deck.sessions import DECK_GAME
from desperados.deck.views import DeckGameView
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import GameError, RateLimited
from desperados.engine.live import events
from desperados.engine.live.events import Message
from desperados.engine.work import Jobs
from desperados.play.errors import NotEnoughEnergy
from desperados.play.proofs import find_proof, game_proof, problems_of
from desperados.play.shapes import games
from desperados.play.shapes.errors import (
    GameMoved,
    GameNotFound,
    GameOver,
    GameRunning,
    IllegalMove,
)
from desperados.testing import World, hammer
from tests.deck.players import EVENING, game_of, player, purse, reseed, rigged, to_the_end
from tests.world.people import change, energy, stored


async def brawler(world: World, **fields: Any) -> ObjectId:
    return await player(world, "golden-spur-saloon", **{"level": 5, **fields})


async def begun(world: World, seed: str | None = None) -> tuple[ObjectId, DeckGameView]:
    jane = await brawler(world)
    shown = await start_action(jane, "bar_brawl")
    if seed is not None:
        shown = await reseed(jane, shown, seed)
    return jane, shown


async def test_a_won_deed_pays_once_and_its_seed_is_told(world: World, time: FrozenClock) -> None:
    time.at = EVENING
    jane, shown = await begun(world, rigged("poker", won=True))
    before = await purse(jane)
    over = await to_the_end(jane, shown)
    assert over.result is not None
    assert over.result.succeeded
    game = await game_of(shown.id)
    assert over.result.seed == game.seed
    assert over.result.dollars == await purse(jane) - before >= 20
    assert over.result.xp >= 40
    assert (await stored(jane))["busy"] is None
    assert await ActionResult.collection().count_documents({"_id": shown.id}) == 1
    with pytest.raises(GameOver):
        await play(jane, shown.id, "draw", over.version)
    # The same is read again, and is in the history.
    assert await get_game(jane, shown.id) == over
    assert await current_game(jane) == over
    assert (await list_results(jane)).items == [over.result]
    (record,) = (await read_record(jane)).games
    assert (record.game, record.played, record.won) == ("poker", 1, 1)


async def test_a_lost_fight_teaches_a_little_and_hurts(world: World, time: FrozenClock) -> None:
    time.at = EVENING
    jane, shown = await begun(world, rigged("poker", won=False))
    before = await stored(jane)
    over = await to_the_end(jane, shown)
    assert over.result is not None
    assert (over.result.succeeded, over.result.dollars) == (False, 0)
    assert 5 <= over.result.xp <= 7
    assert -10 <= over.result.health <= -5
    after = await stored(jane)
    assert after["health"] == before["health"] + over.result.health


async def test_who_falls_in_a_lost_fight_is_defeated(world: World, time: FrozenClock) -> None:
    time.at = EVENING
    jane, shown = await begun(world, rigged("poker", won=False))
    await change(jane, health=3, healthAt=EVENING)
    await to_the_end(jane, shown)
    after = await stored(jane)
    assert after["downUntil"] is not None
    assert after["busy"] is None


async def test_who_gives_up_has_paid_and_lost(world: World, time: FrozenClock) -> None:
    time.at = EVENING
    jane, shown = await begun(world)
    over = await play(jane, shown.id, "forfeit", shown.version)
    assert over.result is not None
    assert (over.status, over.result.xp, over.result.streak) == ("forfeited", 0, -1)
    assert await energy(jane) == 135


async def test_who_gets_out_has_a_part_of_the_dollars(world: World, time: FrozenClock) -> None:
    time.at = EVENING
    jane, shown = await begun(world)
    shown = await play(jane, shown.id, "draw", shown.version, [0, 1, 2, 3, 4])
    share = shown.table["bailOutPercent"]
    assert share > 0
    over = await play(jane, shown.id, "bail_out", shown.version)
    assert over.result is not None
    assert (over.result.bailed, over.result.dollars) == (share, 20 * share // 100)
    assert (over.result.xp, over.result.health, over.result.streak) == (0, 0, -1)


async def test_a_move_is_made_once_upon_what_was_seen(world: World, time: FrozenClock) -> None:
    time.at = EVENING
    jane, shown = await begun(world)
    bill = await brawler(world)
    wrong: list[tuple[Callable[[], Awaitable[Any]], type[GameError]]] = [
        (lambda: play(bill, shown.id, "draw", 0), GameNotFound),
        (lambda: play(jane, ObjectId(), "draw", 0), GameNotFound),
        (lambda: play(jane, shown.id, "hit", 0), IllegalMove),
        (lambda: play(jane, shown.id, "early_finish", 0), IllegalMove),
        (lambda: play(jane, shown.id, "draw", 0, [0, 0]), IllegalMove),
        (lambda: play(jane, shown.id, "draw", 0, [9]), IllegalMove),
        (lambda: play(jane, shown.id, "draw", 1), GameMoved),
    ]
    for attempt, error in wrong:
        with pytest.raises(error):
            await attempt()
    assert (await game_of(shown.id)).moves == []
    outcomes = await hammer(lambda: play(jane, shown.id, "draw", 0, [0, 1]), 6)
    assert (outcomes.done, set(outcomes.refused)) == (1, {"game_moved"})


async def test_two_last_moves_at_once_are_paid_once(world: World, time: FrozenClock) -> None:
    time.at = EVENING
    jane, shown = await begun(world, rigged("poker", won=True))
    shown = await play(jane, shown.id, "draw", 0, [])
    before = await purse(jane)
    outcomes = await hammer(lambda: play(jane, shown.id, "draw", 1, []), 6)
    assert outcomes.done == 1
    (over,) = outcomes.answers
    assert over.result is not None
    assert await purse(jane) == before + over.result.dollars


async def test_the_same_key_is_played_once(world: World, time: FrozenClock) -> None:
    time.at = EVENING
    jane = await brawler(world)
    first = await start_action(jane, "bar_brawl", key="a")
    assert await start_action(jane, "bar_brawl", key="a") == first
    over = await play(jane, first.id, "forfeit", 0, key="b")
    assert await play(jane, first.id, "forfeit", 0, key="b") == over
    assert await energy(jane) == 135


async def test_the_clock_ends_what_nobody_ends(world: World, time: FrozenClock) -> None:
    time.at = EVENING
    jane, shown = await begun(world)
    time.advance(120)  # a minute for each draw
    await Jobs(DOMAIN.jobs).run_until_idle()
    over = await get_game(jane, shown.id)
    assert (over.status, over.version) == ("resolved", 2)
    assert over.result is not None
    assert over.result.cards == shown.table["hand"]
    assert [move.auto for move in (await game_of(shown.id)).moves] == [True, True]


async def test_deadline_and_move_in_the_same_instant_are_one(
    world: World, time: FrozenClock
) -> None:
    time.at = EVENING
    jane, shown = await begun(world)
    time.advance(60)
    results = await asyncio.gather(
        play(jane, shown.id, "forfeit", 0),
        games.expire(DECK_GAME, shown.id),
        get_game(jane, shown.id),
        play(jane, shown.id, "draw", 0, []),
        return_exceptions=True,
    )
    refused = [result for result in results if isinstance(result, BaseException)]
    assert len(refused) == 2
    assert all(isinstance(error, GameMoved) for error in refused)
    assert [move.name for move in (await game_of(shown.id)).moves] == ["draw"]


@pytest.mark.parametrize("state", [{"isDead": True}, {"isInJail": True}])
@pytest.mark.broken_world  # who is jailed here serves no sentence
async def test_for_who_cannot_play_the_clock_plays_on(
    world: World, time: FrozenClock, state: dict[str, bool]
) -> None:
    time.at = EVENING
    jane, shown = await begun(world, rigged("poker", won=True))
    await change(jane, **state)
    before = await purse(jane)
    with pytest.raises(CharacterUnavailable):
        await play(jane, shown.id, "draw", 0)
    time.advance(60)
    await Jobs(DOMAIN.jobs).run_until_idle()
    over = await get_game(jane, shown.id)
    assert over.result is not None
    if "isDead" in state:  # nothing comes to the dead
        assert (over.result.dollars, await purse(jane)) == (0, before)


async def test_who_has_left_the_world_gets_nothing(world: World, time: FrozenClock) -> None:
    time.at = EVENING
    jane, shown = await begun(world)
    await delete(jane, name=(await stored(jane))["name"])
    time.advance(60)
    await Jobs(DOMAIN.jobs).run_until_idle()
    result = await ActionResult.load_one({"_id": shown.id})
    assert result is not None
    assert (result.result["dollars"], result.result["xp"]) == (0, 0)


async def test_content_that_changes_meanwhile_changes_no_game(
    world: World, time: FrozenClock
) -> None:
    time.at = EVENING
    jane, shown = await begun(world, rigged("poker", won=True))
    await world.game.database["actions"].update_one(
        {"_id": "bar_brawl"}, {"$set": {"effects": {"dollars": 9_999}, "type": "crime"}}
    )
    over = await to_the_end(jane, shown)
    assert over.result is not None
    assert 20 <= over.result.dollars < 100


async def test_practice_costs_nothing_and_brings_nothing(world: World, time: FrozenClock) -> None:
    time.at = EVENING
    jane = await brawler(world, energy=0, energyAt=EVENING)
    before = await stored(jane)
    for number in range(10):
        game = ("poker", "press_your_luck", "blackjack", "deckbuilder")[number % 4]
        shown = await practice_game(jane, game)
        if number % 5 == 0 and shown.result is None:
            shown = await play(jane, shown.id, "forfeit", shown.version)
        over = await to_the_end(jane, shown)
        assert over.result is not None
        assert (over.result.dollars, over.result.xp, over.result.card) == (0, 0, None)
        assert (over.result.items, over.result.health, over.result.streak) == ([], 0, 0)
    with pytest.raises(RateLimited):
        await practice_game(jane, "poker")
    after = await stored(jane)
    for name in ("dollars", "xp", "level", "energy", "health", "combatXp"):
        assert after[name] == before[name]
    deck = await CardDeck.load_one({"characterId": jane})
    assert deck is not None
    assert (deck.streak, deck.owned, deck.record["practice"]["played"]) == (0, {}, 10)


async def test_anybody_can_verify_a_game_that_is_over(world: World, time: FrozenClock) -> None:
    time.at = EVENING
    jane, shown = await begun(world)
    running = await find_proof(shown.id)
    assert running.seed is None
    with pytest.raises(GameRunning):
        problems_of(DECK_GAME, running)
    await to_the_end(jane, shown)
    proof = await game_proof("deck", shown.id)
    assert proof.seed_hash == shown.seed_hash
    assert problems_of(DECK_GAME, proof) == []
    assert problems_of(DECK_GAME, proof.model_copy(update={"drawn": 1_000}))


async def test_neither_answers_nor_events_say_what_is_hidden(
    world: World, time: FrozenClock
) -> None:
    """Views and events against the state: after each move of each game."""
    time.at = EVENING
    jane, bill = await brawler(world), await brawler(world)
    told: list[str] = []
    heard_by_bill: list[str] = []
    async with events.listen(jane) as mine, events.listen(bill) as others:
        ears = [
            asyncio.create_task(collect(aiter(stream), heard))
            for stream, heard in ((mine, told), (others, heard_by_bill))
        ]
        for game in ("poker", "press_your_luck", "blackjack", "deckbuilder"):
            shown = await practice_game(jane, game, 3)
            while shown.result is None:
                state = await game_of(shown.id)
                words = shown.model_dump_json() + "".join(told)
                assert state.seed not in words
                hidden = {*state.deck, *state.state["house"][1:]}
                assert not [card for card in hidden if f'"{card}"' in words]
                move = next(m for m in ("hit", "draw") if m in shown.moves)
                cards = [0] if "hold" in shown.moves else None
                shown = await play(jane, shown.id, move, shown.version, cards)
        await asyncio.sleep(0.05)
        for ear in ears:
            ear.cancel()
        await asyncio.gather(*ears, return_exceptions=True)
    text = "".join(told)
    assert '"deck:state"' in text
    assert '"deck:result"' in text
    assert not [card.code for card in DECK if f'"{card.code}"' in text]
    assert heard_by_bill == []


async def collect(stream: AsyncIterator[Message], heard: list[str]) -> None:
    """Keep what is told."""
    async for message in stream:
        heard += [message.model_dump_json()]


async def test_all_that_stops_a_deed_is_told(world: World, time: FrozenClock) -> None:
    time.at = EVENING
    jane = await player(world, "red-gulch", level=1)
    deeds = {deed.action: deed for deed in await list_actions(jane)}
    assert len(deeds) == 30
    general = deeds["general_sangre"]
    assert (general.here, [one.kind for one in general.unmet]) == (False, ["level", "power"])
    assert {deed.type for deed in await list_actions(jane, "social")} == {"social"}
    await change(jane, level=5)
    assert "bank_heist" not in deeds


async def test_each_deed_costs_its_energy_and_no_other(world: World, time: FrozenClock) -> None:
    time.at = EVENING
    jane = await brawler(world, energy=15, energyAt=EVENING)
    shown = await start_action(jane, "bar_brawl")
    await play(jane, shown.id, "forfeit", 0)
    time.advance(300)
    await change(jane, energy=14, energyAt=time.at)
    with pytest.raises(NotEnoughEnergy):
        await start_action(jane, "bar_brawl")
    assert await ActionDeckSession.collection().count_documents({"characterId": jane}) == 1
