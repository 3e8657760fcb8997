"""Work to be done: pies that are baked when they are due, or all at once every day."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from desperados.engine.game import Game, current_game
from desperados.engine.transactions import transactional
from desperados.engine.work import DueJob, Sweep

START = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
DAY = timedelta(days=1)


@transactional
async def cook(pie: int) -> None:
    """A settlement as a service writes it: guarded by what it changes."""
    done = (
        await current_game()
        .collection("pies")
        .update_one({"_id": pie, "state": "raw"}, {"$set": {"state": "done"}})
    )
    if done.modified_count:
        await current_game().collection("smells").insert_one({"pie": pie})


COOKING = DueJob("cooking", "pies", due="readyAt", settle=cook, where={"state": "raw"})


async def pies(_period: datetime, after: int | None) -> AsyncIterator[int]:
    """Every pie after ``after``, raw or not."""
    where = {} if after is None else {"_id": {"$gt": after}}
    async for pie in current_game().collection("pies").find(where, sort=[("_id", 1)]):
        yield pie["_id"]


async def cook_of_the_day(_period: datetime, pie: int) -> None:
    """The settlement of the sweep."""
    await cook(pie)


BAKING = Sweep("baking", DAY, rows=pies, settle=cook_of_the_day)


async def add_pies(game: Game, count: int, ready: datetime = START) -> None:
    """Raw pies, numbered from 0, that are all due at one moment."""
    await game.database["pies"].create_index([("state", 1), ("readyAt", 1), ("_id", 1)])
    rows = [{"_id": n, "state": "raw", "readyAt": ready} for n in range(count)]
    if rows:
        await game.database["pies"].insert_many(rows)


async def smells(game: Game) -> int:
    """How often a pie was baked."""
    count: int = await game.database["smells"].count_documents({})
    return count


async def claims(game: Game) -> list[str]:
    """The names of the claims that are left."""
    found = await game.database["jobclaims"].find({}, sort=[("_id", 1)]).to_list(None)
    return [claim["_id"] for claim in found]
