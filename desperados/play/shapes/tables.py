"""Tables: games of several seats.

They are played as all games are (``games``); what is theirs is who may sit down together, and that
each sees the table from its own seat.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.characters.actor import Actor
from desperados.engine.errors import InvalidInput
from desperados.engine.views import Id, View
from desperados.play.shapes.envelopes import Played
from desperados.play.shapes.games import GameKind, players_of, state_of


def may_sit_together(people: Sequence[Actor]) -> None:
    """Refuse a table at which somebody would sit twice.

    Raises:
        InvalidInput: two seats belong to one character, or to one account.
    """
    if len({person.user_id for person in people}) < len(people):
        raise InvalidInput("Nobody sits at a table twice.", path="seats")


class GameView(View):
    """A game as one of its seats sees it.

    ``version`` is what the next move must name, and ``legal`` which moves the seat may make. The
    seed is shown when the game is over, its SHA-256 from the start.
    """

    id: Id
    status: str
    seat: int | None
    players: list[Id]
    in_turn: list[int]
    legal: list[str]
    version: int
    deadline: datetime | None
    closes_at: datetime
    seed_hash: str
    seed: str | None
    table: dict[str, Any]


def game_view(kind: GameKind[Any], game: Played, seat: int | None) -> GameView:
    """What a seat may see of a game; None is whoever looks on."""
    row = game.to_mongo()
    state, rules = state_of(kind.document, row), kind.rules
    over = game.settled_at is not None
    in_turn = [] if over else sorted(rules.turn(state))
    players: list[ObjectId] = players_of(row)
    return GameView(
        id=game.id,
        status=game.status,
        seat=seat,
        players=players,
        in_turn=in_turn,
        legal=sorted(rules.legal(state, seat)) if seat is not None and seat in in_turn else [],
        version=game.version,
        deadline=game.deadline,
        closes_at=game.closes_at,
        seed_hash=game.seed_hash,
        seed=game.seed if over else None,
        table=dict(rules.view(state, seat)),
    )
