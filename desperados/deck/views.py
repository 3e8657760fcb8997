"""What the deck shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic.alias_generators import to_camel

from desperados.deck.documents import ActionDeckSession, ActionResult, Suit
from desperados.deck.games import RULES
from desperados.engine.views import Id, View
from desperados.play.requirements.views import UnmetView
from desperados.play.shapes.games import state_of
from desperados.play.views import Pieces

OWNER = 0  # the one seat


class StakeView(View):
    """What is staked on a game. ``held`` is what is lost with it, ``win`` what is won on top of it;
    in dollars."""

    amount: int
    held: int
    win: int


class GameResult(View):
    """What came of a game. ``seed`` is told now, and gives the cards again. ``dollars`` are without
    the stake, which changed the purse by ``stake``. ``card`` is a special card that was found."""

    id: Id
    action: str
    purpose: str
    game: str
    status: str
    succeeded: bool
    bailed: int | None
    score: int
    target: int
    cards: list[str]
    strength: int | None
    dollars: int
    xp: int
    items: list[Pieces]
    health: int
    stake: int
    card: str | None
    streak: int
    seed: str
    at: datetime


class DeckGameView(View):
    """A game as its player may see it: never what lies in the deck, nor the seed before the end.

    ``moves`` can be made now, upon ``version`` and before ``deadline``; what else the game shows is
    its ``table``. ``result`` is there once it is over.
    """

    id: Id
    action: str | None
    purpose: str
    game: str
    status: str
    version: int
    moves: list[str]
    table: dict[str, Any]
    deadline: datetime | None
    closes_at: datetime
    seed_hash: str
    energy_spent: int
    stake: StakeView | None
    started_at: datetime
    result: GameResult | None = None


def game_view(game: ActionDeckSession) -> DeckGameView:
    """A game as its player may see it."""
    state = state_of(type(game), game.to_mongo())
    over = game.settled_at is not None
    stake = game.stake
    return DeckGameView(
        id=game.id,
        action=game.action_id,
        purpose=game.purpose,
        game=game.terms["game"],
        status=game.status,
        version=game.version,
        moves=[] if over else sorted(RULES.legal(state, OWNER)),
        table=_named_as_outside(RULES.view(state, OWNER)),
        deadline=game.deadline,
        closes_at=game.closes_at,
        seed_hash=game.seed_hash,
        energy_spent=game.energy_spent,
        stake=StakeView(**stake) if stake else None,
        started_at=game.started_at,
    )


def _named_as_outside(seen: Mapping[str, Any]) -> dict[str, Any]:
    """What a game shows, with the names that clients know all else by."""
    return {
        to_camel(name): _named_as_outside(value) if isinstance(value, dict) else value
        for name, value in seen.items()
    }


def stored_result(character: Any, view: GameResult) -> dict[str, Any]:
    """What came of a game as an ``ActionResult`` stores it."""
    result = view.model_dump(mode="json", exclude={"id", "action", "at"})
    return {
        "_id": view.id,
        "characterId": character,
        "actionId": view.action,
        "result": result,
        "performedAt": view.at,
        **ActionResult.first_extras,
    }


def result_view(row: Mapping[str, Any]) -> GameResult:
    """What came of a game, as it was stored."""
    known = {name: row["result"][name] for name in GameResult.model_fields if name in row["result"]}
    return GameResult(id=row["_id"], action=row["actionId"], at=row["performedAt"], **known)


class ActionView(View):
    """A deed, for a character. It can be begun if it is done ``here``, nothing is ``unmet``, and
    from ``ready_at`` on."""

    action: str
    name: str
    type: str
    suit: Suit
    game: str
    grade: int
    tier: int
    energy: int
    dollars: int
    xp: int
    places: list[str]
    here: bool
    ready_at: datetime | None
    unmet: list[UnmetView]


class CardView(View):
    """A special card, and how many pieces of it somebody has. In the final hand it adds to the
    ``score``, or takes from the ``threshold``, in percent."""

    card: str
    name: str
    plain: str
    rarity: str
    score: int
    threshold: int
    owned: int


class DeckView(View):
    """The special cards of a character, the deck that it plays with (empty: the plain one), and how
    its luck runs: wins in a row, or (negative) losses, and for how many games its hand is hot."""

    cards: list[CardView]
    active: list[str]
    streak: int
    hot_hand: int


class TalliedGames(View):
    """How games of one kind ended."""

    game: str
    played: int
    won: int
    bailed: int
    forfeited: int


class DeckRecord(View):
    """How all games of a character ended, by their kind; practice by itself."""

    games: list[TalliedGames]
    streak: int
    hot_hand: int
