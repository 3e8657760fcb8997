"""What the money of contests adds up to, whatever happens."""

from __future__ import annotations

from bson import ObjectId

from desperados.engine.game import Game
from desperados.ledger.money.sources import Source
from desperados.play.shapes.documents import Contest, ContestEntry


async def held_in(contest_id: ObjectId) -> int:
    """What lies in the holds and the pool of a contest, as its own rows say; and its places fit."""
    contest = await Contest.load_one({"_id": contest_id})
    assert contest is not None
    entries = await ContestEntry.load_many({"contestId": contest_id}, limit=1_000)
    inside = [entry for entry in entries if entry.status.value in ("entered", "gathered")]
    assert len({entry.user_id for entry in inside}) == len(inside) <= contest.capacity
    held = sum(entry.paid for entry in inside if entry.status == "entered")
    return held + contest.gathered - contest.paid_out


async def made_and_burned(game: Game) -> int:
    """What the world has added to contests, less what it has taken of them."""
    rows = (
        await game.database["accountentries"]
        .find({"source": {"$in": [Source.CONTEST_SUBSIDY.value, Source.CONTEST_REMAINDER.value]}})
        .to_list(None)
    )
    return sum(row["amount"] for row in rows)
