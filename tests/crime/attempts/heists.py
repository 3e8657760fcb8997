"""Crimes whose games are known: with a seed that wins, and moves that win or lose it."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from bson import ObjectId

from desperados.crime.attempts import attempt_crime
from desperados.deck.documents import ActionDeckSession, Suit
from desperados.deck.games import RULES
from desperados.deck.sessions import DECK_GAME, terms_of
from desperados.engine.transactions import transactional
from desperados.play.seeds import draws_of
from desperados.play.shapes import games
from desperados.play.shapes.rules import Move, Play
from desperados.testing import World
from desperados.world.clock import moment_of
from tests.crime.seeds import next_seeds
from tests.world.people import change

NOON = moment_of(1890, 6, 1, 12)
OLD = NOON - timedelta(days=30)
SQUARE = "red-gulch-square"
THEFT = "steal_from_market"
DRAWS = 6
"""So many cards win, with the seed below."""


@cache
def winning() -> str:
    """A seed with which six cards, and then a stop, win a crime of difficulty 6 for a beginner."""
    terms = {**terms_of("press_your_luck", Suit.SPADES, 1, 2), "target": 600}
    for number in range(10_000):
        seed = f"{number:064x}"
        play = Play.begin(
            RULES,
            terms,
            draws_of(seed),
            at=NOON,
            closes_at=NOON + timedelta(minutes=15),
            most_moves=400,
        )
        for name in (*["draw"] * DRAWS, "stop"):
            if play.verdict is None:
                play.move(Move(0, name, {}, NOON), play.version)
        assert play.verdict is not None
        if play.verdict.facts["succeeded"] and play.version == DRAWS + 1:
            return seed
    raise AssertionError("Ten thousand seeds and none of them wins.")


async def thief(world: World, place: str = SQUARE, **fields: Any) -> ObjectId:
    """Somebody of whom nobody would think it."""
    jane = await world.character(place=place)
    await change(jane, createdAt=OLD, **fields)
    return jane


@transactional
async def move(who: ObjectId, game: ObjectId, name: str, version: int) -> ActionDeckSession:
    return await games.move(DECK_GAME, who, game, name, version=version)


async def steal(
    monkeypatch: pytest.MonkeyPatch, who: ObjectId, *, wins: bool, crime: str = THEFT
) -> ObjectId:
    """Try a crime and play its game to the end; returns its id."""
    next_seeds(monkeypatch, games, winning())
    begun = await attempt_crime(who, crime)
    await finish(who, begun.id, wins=wins)
    return begun.id


async def finish(who: ObjectId, game: ObjectId, *, wins: bool) -> None:
    """Play a game with the winning seed to its end."""
    version = 0
    for name in (*["draw"] * (DRAWS if wins else 0), "stop"):
        version = (await move(who, game, name, version)).version
