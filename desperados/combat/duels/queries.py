"""What may be asked about duels."""

from __future__ import annotations

from typing import Annotated

from bson import ObjectId
from pydantic import Field

from desperados.characters.actor import find_actors, itself, load_actor
from desperados.characters.participant import load_participant, load_participants
from desperados.combat.duels import wagers
from desperados.combat.duels.documents import DUEL_BOARD, LISTED_FROM, Duel, Rating
from desperados.combat.duels.errors import DuelNotFound
from desperados.combat.duels.playing import DUELS
from desperados.combat.duels.ratings import UNRATED, ratings_of
from desperados.combat.duels.views import (
    DuelistView,
    DuelRecordView,
    DuelStateView,
    DuelView,
    WagerLimitsView,
    duel_view,
)
from desperados.engine.allowances import Limit as Allowed
from desperados.engine.allowances import usage_of
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.paging import read_page
from desperados.engine.storage.reads import alone, together
from desperados.engine.views import Cursor, Limit, Page
from desperados.play.shapes import games
from desperados.play.shapes.errors import GameNotFound
from desperados.play.shapes.tables import GameView, game_view

Top = Annotated[int, Field(ge=1, le=100, description="how many places of the board")]


async def open_duels(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[DuelView]:
    """The challenges and duels of a character that are not over, newest first.

    Raises:
        CharacterNotFound: there is no such character.
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    await load_actor(actor)
    return await read_page(
        Duel.collection(),
        {"players": actor, "closedAt": None},
        sort="-createdAt",
        limit=limit,
        after=after,
        view=lambda row: duel_view(Duel.hydrate(row)),
    )


async def duel_history(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[DuelView]:
    """All challenges and duels of a character, newest first.

    Raises:
        CharacterNotFound: there is no such character.
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    await load_actor(actor)
    return await read_page(
        Duel.collection(),
        {"players": actor},
        sort="-createdAt",
        limit=limit,
        after=after,
        view=lambda row: duel_view(Duel.hydrate(row)),
    )


async def read_duel(actor: ObjectId, duel_id: ObjectId) -> DuelStateView:
    """A duel as one of its two sides sees it: its own cards and what lies on the table, after what
    the clock had to do.

    Raises:
        DuelNotFound: there is no such duel, or the character has no part in it.
    """
    game: GameView | None = None
    try:
        found, seat = await games.read(DUELS, actor, duel_id)
        game = game_view(DUELS, found, seat)
    except GameNotFound:
        pass  # it has not begun, or was over long ago
    duel = await Duel.load_one({"_id": duel_id})
    if duel is None or actor not in (duel.challenger_id, duel.defender_id):
        raise DuelNotFound()
    return DuelStateView(duel=duel_view(duel), game=game)


async def duel_record(actor: ObjectId) -> DuelRecordView:
    """How a character is rated.

    Raises:
        CharacterNotFound: there is no such character.
    """
    await load_actor(actor)
    rated = (await alone(ratings_of([actor]))).get(actor, UNRATED)
    return DuelRecordView(
        rating=rated.points, played=rated.played, won=rated.won, listed=rated.listed
    )


async def duel_leaderboard(*, limit: Top = 50) -> list[DuelistView]:
    """The best duelists of all who fought five rated duels, best first."""
    rows = await find_all(
        Rating.collection(),
        {"board": DUEL_BOARD, "played": {"$gte": LISTED_FROM}},
        sort=[("points", -1), ("_id", 1)],
        limit=limit,
    )
    people = await find_actors(row["characterId"] for row in rows)
    there = [row for row in rows if row["characterId"] in people]
    return [
        DuelistView(
            rank=rank,
            character_id=row["characterId"],
            name=people[row["characterId"]].name,
            rating=int(row["points"]),
            played=int(row["played"]),
            won=int(row["won"]),
        )
        for rank, row in enumerate(there, start=1)
    ]


async def wager_limits(actor: ObjectId, *, opponent_id: ObjectId | None = None) -> WagerLimitsView:
    """What a character may wager now, in general or against an opponent. How much the opponent
    carries is its own secret, and may refuse the wager when it accepts.

    Raises:
        CharacterNotFound: there is no such character.
    """
    pair: tuple[tuple[Allowed, ObjectId], ...] = ()
    if opponent_id is None:
        person = await load_participant(actor)
        level = person.level
    else:
        people = await load_participants([actor, opponent_id])
        person = people[actor]
        level = min(person.level, people[opponent_id].level)
        pair = (wagers.wagers_of(actor, opponent_id),)
    usage = usage_of((wagers.WAGERS, actor), *pair)
    await together(itself(person), usage)
    left = {limit.name: limit.most - usage.result.before(limit, of) for limit, of in pair}
    return WagerLimitsView(
        least=wagers.LEAST_WAGER,
        most=wagers.most_wager(level, person.dollars),
        skilled=person.combat_level >= wagers.SKILLED_FROM,
        left_today=wagers.WAGERS.most - usage.result.before(wagers.WAGERS, actor),
        left_with_opponent=next(iter(left.values()), None),
    )
