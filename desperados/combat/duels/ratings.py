"""The board of duelists: read with others, and moved by what is rated."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bson import ObjectId

from desperados.combat.duels import elo
from desperados.combat.duels.documents import DUEL_BOARD, LISTED_FROM, Rating
from desperados.engine import clock, dice
from desperados.engine.errors import Contention
from desperados.engine.staging import StagedUpdate
from desperados.engine.storage.reads import Read
from desperados.engine.transactions import stage


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody is rated; who was never rated has what everybody begins with."""

    points: int = elo.START
    played: int = 0
    won: int = 0

    @property
    def listed(self) -> bool:
        """Whether it stands on the board."""
        return self.played >= LISTED_FROM


UNRATED = Standing()


def ratings_of(characters: Collection[ObjectId]) -> Read[Mapping[ObjectId, Standing]]:
    """The ratings of those of ``characters`` that were ever rated, as a read."""
    return Read(
        Rating,
        {"board": DUEL_BOARD, "characterId": {"$in": list(characters)}},
        lambda rows: {
            row["characterId"]: Standing(int(row["points"]), int(row["played"]), int(row["won"]))
            for row in rows
        },
        limit=max(1, len(characters)),
    )


def move_ratings(
    winner: ObjectId, loser: ObjectId, known: Mapping[ObjectId, Standing]
) -> int | None:
    """Stage what a rated duel moves; returns it. None, and nothing, where the two are too far apart
    for it to count."""
    high, low = known.get(winner, UNRATED), known.get(loser, UNRATED)
    if not elo.is_rated(high.points, low.points):
        return None
    points = elo.moved(high.points, low.points)
    _put(winner, Standing(high.points + points, high.played + 1, high.won + 1))
    _put(loser, Standing(low.points - points, low.played + 1, low.won))
    return points


def _put(character: ObjectId, rated: Standing) -> None:
    """Outcomes: changed or made; a write conflict or a double key, when another duel of the same
    character is rated at this moment (the transaction runs again)."""
    stage(
        StagedUpdate(
            Rating.collection_name(),
            {"board": DUEL_BOARD, "characterId": character},
            {
                "$set": {
                    "points": rated.points,
                    "played": rated.played,
                    "won": rated.won,
                    "updatedAt": clock.now(),
                },
                "$setOnInsert": {"_id": dice.new_id()},
            },
            otherwise=Contention(retry_after=1),
            upsert=True,
        )
    )
