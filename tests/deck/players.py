"""Who plays deck games in tests, and how."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from bson import ObjectId

from desperados.deck.documents import ActionDeckSession
from desperados.deck.games import RULES
from desperados.deck.games.sensible import sensible
from desperados.deck.queries import get_game
from desperados.deck.service import PRACTICE_SUIT, play
from desperados.deck.sessions import terms_of
from desperados.deck.views import DeckGameView
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import wallet
from desperados.ledger.money.documents import Currency
from desperados.play.seeds import draws_of, hash_of
from desperados.play.shapes.rules import Move
from desperados.testing import World
from desperados.world.clock import moment_of
from tests.world.people import change

NOON = moment_of(1890, 6, 1, 12)
EVENING = moment_of(1890, 6, 1, 20)
OLD = NOON - timedelta(days=30)  # no newcomer's stake


async def player(world: World, place: str, **fields: Any) -> ObjectId:
    """Somebody who has been here for a while."""
    jane = await world.character(place=place)
    await change(jane, createdAt=OLD, **fields)
    return jane


async def purse(who: ObjectId) -> int:
    """The dollars that somebody carries."""
    return (await ledger.balances(wallet(who)) or {})[Currency.DOLLARS]


async def game_of(game_id: ObjectId) -> ActionDeckSession:
    """A game as it is stored."""
    found = await ActionDeckSession.load_one({"_id": game_id})
    assert found is not None
    return found


async def to_the_end(who: ObjectId, shown: DeckGameView) -> DeckGameView:
    """Play sensibly until the game is over."""
    while shown.result is None:
        name, cards = sensible(shown.moves, shown.table)
        shown = await play(who, shown.id, name, shown.version, cards)
    return shown


async def reseed(who: ObjectId, shown: DeckGameView, secret: str) -> DeckGameView:
    """Let a game that has just begun follow from a known secret."""
    game = await game_of(shown.id)
    draws = draws_of(secret)
    state = RULES.start(game.terms, draws)
    await ActionDeckSession.collection().update_one(
        {"_id": shown.id},
        {
            "$set": {
                **state,
                "seed": secret,
                "seedHash": hash_of(secret),
                "drawn": draws.drawn,
            }
        },
    )
    return await get_game(who, shown.id)


@cache
def rigged(game: str, *, won: bool, **more: Any) -> str:
    """A secret whose game comes out like this, for who plays it sensibly (grade 2, skill 1)."""
    suit = PRACTICE_SUIT[game]
    terms = {**terms_of(game, suit, 1, 2), "bail_out": True, **more}
    for number in range(1, 1_000):
        secret = f"{number:064x}"
        facts = verdict_of(terms, secret)
        if facts["succeeded"] is won and not facts["natural"] and not facts["matches"]:
            return secret
    raise AssertionError("no such game")


def verdict_of(terms: Mapping[str, Any], secret: str) -> Mapping[str, Any]:
    """How a game ends that is played sensibly."""
    draws = draws_of(secret)
    state = RULES.start(terms, draws)
    while (verdict := RULES.verdict(state, False)) is None:
        name, cards = sensible(list(RULES.legal(state, 0)), RULES.view(state, 0))
        about = {} if cards is None else {"cards": cards}
        state = RULES.step(state, Move(0, name, about, NOON), draws)
    return verdict.facts
