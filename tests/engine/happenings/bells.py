"""Bells that are rung, and those who write down every stroke that they hear."""

from __future__ import annotations

from bson import ObjectId

from desperados.assembly.jobs import table_of
from desperados.engine.errors import Contention
from desperados.engine.game import Game, current_game
from desperados.engine.happenings.documents import Happening
from desperados.engine.happenings.outbox import put
from desperados.engine.staging import StagedUpdate
from desperados.engine.transactions import stage, transactional
from desperados.engine.work import Follower


@transactional
async def ring(bell: ObjectId, *tags: str) -> int:
    """Ring a bell, whose strokes are numbered: those of one bell meet at it. Returns the number."""
    found = await current_game().collection("bells").find_one({"_id": bell}) or {"strokes": 0}
    stroke = int(found["strokes"]) + 1
    stage(
        StagedUpdate(
            "bells",
            {"_id": bell},
            {"$set": {"strokes": stroke}},
            otherwise=Contention(),
            upsert=True,
        )
    )
    put("bell.rung", tags, {"actor": bell, "amount": stroke})
    return stroke


@transactional
async def call(bell: ObjectId, number: int) -> None:
    """A happening that meets no other."""
    put("bell.rung", ["call"], {"actor": bell, "amount": number})


async def write_down(follower: str, heard: list[Happening]) -> None:
    """Add each stroke to what the follower has heard of the bell. Not absolute, on purpose: what
    comes twice, or in another order, is seen."""
    for happening in heard:
        assert happening.actor == heard[0].actor
        stage(
            StagedUpdate(
                "journal",
                {"_id": f"{follower}:{happening.actor}"},
                {"$push": {"strokes": happening.amount}},
                otherwise=Contention(),
                upsert=True,
            )
        )


def listener(name: str, *happenings: str) -> Follower:
    """Somebody who writes down what is heard of these happenings."""

    async def apply(heard: list[Happening]) -> None:
        await write_down(name, heard)

    return Follower(name, frozenset(happenings or ["bell.rung"]), "actor", apply)


def follow_in(game: Game, *followers: Follower) -> None:
    """Let these, and nobody else, follow what happens in a game."""
    table = table_of(followers)
    game.followers = lambda: table


async def heard(game: Game, follower: str, bell: ObjectId) -> list[int]:
    """What a follower has written down of a bell."""
    row = await game.database["journal"].find_one({"_id": f"{follower}:{bell}"})
    return row["strokes"] if row else []


async def waiting(game: Game, *followers: str) -> int:
    """How many rows wait for any of these, or for anybody."""
    where = {"waiting": {"$in": list(followers)}} if followers else {"waiting": {"$ne": []}}
    count: int = await game.database["happenings"].count_documents(where)
    return count
