"""Claims: who has which piece of work in hand, and what becomes of a piece that fails.

Correctness never rests on a claim: work is settled by commands whose guarded writes let only one
settlement through. A claim keeps workers from doing the same work twice in vain, counts attempts,
and sets aside what keeps failing (a dead letter), so that the rest goes on.

A claim runs out after ``CLAIM_SECONDS`` unless its worker renews it; then anybody takes the work
on. Contention and a database that is away say nothing about the work: it is postponed, and the
attempt does not count. An attempt whose worker died without a word does count, and so work that
kills its workers is set aside as well.
"""

from __future__ import annotations

import traceback
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from pymongo import ReturnDocument
from pymongo.errors import BulkWriteError, ConnectionFailure, DuplicateKeyError, PyMongoError

from desperados.engine import clock
from desperados.engine.ambient import is_transient, is_unknown_commit, storage_failure
from desperados.engine.errors import Unavailable
from desperados.engine.game import collection_of
from desperados.engine.staging import DUPLICATE_KEY
from desperados.engine.storage.collection import find_all
from desperados.engine.work.documents import JobClaim

CLAIM_SECONDS = 60
RENEW_SECONDS = 20
MOST_ATTEMPTS = 8
BACKOFF_START = 2.0
BACKOFF_LIMIT = 3600.0
POSTPONED_SECONDS = 5.0
LONGEST_ERROR = 500
FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)

Row = dict[str, Any]

log = structlog.get_logger(__name__)


class Claims:
    """What one worker has in hand. ``worker`` is its name."""

    def __init__(self, worker: str) -> None:
        self.worker = worker
        self.held: set[str] = set()

    async def take(self, job: str, name: str, **fields: Any) -> Row | None:
        """Take a piece of work in hand; returns its claim, or None if it is not to be had.

        ``fields`` are kept with the claim. Outcomes of the update: a new claim; an old one whose
        time is over, taken on; a duplicate key, when another worker holds it or it is dead.
        """
        now = clock.now()
        taken = {"job": job, "worker": self.worker, "until": _end(now), **fields}
        try:
            claim: Row = await _claims().find_one_and_update(
                {"_id": name, "until": {"$lte": now}, "dead": {"$ne": True}},
                {
                    "$set": taken,
                    "$inc": {"attempts": 1},
                    "$setOnInsert": {"createdAt": now},
                },
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:
            return None
        if claim["attempts"] > MOST_ATTEMPTS:
            error = claim.get("error") or "its workers ended before they could say why"
            await self._let_go(name, {"dead": True, "error": error, "until": FOR_EVER})
            log.error("work_set_aside", claim=name, error=error)
            return None
        self.held.add(name)
        return claim

    async def take_new(self, job: str, rows: dict[str, Row]) -> set[str]:
        """Take pieces of work that nobody has had in hand, in one round trip; returns which.

        ``rows`` are the names with what is kept with each claim. Outcomes of the inserts: a new
        claim; a duplicate key, when somebody has it in hand or it has failed before.
        """
        now = clock.now()
        mine = {"job": job, "worker": self.worker, "until": _end(now), "attempts": 1}
        documents = [
            {"_id": name, **mine, "createdAt": now, **fields} for name, fields in rows.items()
        ]
        taken = set(rows)
        try:
            if documents:
                await _claims().insert_many(documents, ordered=False)
        except BulkWriteError as error:
            failures = error.details["writeErrors"]
            if any(failure["code"] != DUPLICATE_KEY for failure in failures):
                raise
            taken -= {documents[failure["index"]]["_id"] for failure in failures}
        self.held |= taken
        return taken

    async def renew(self) -> None:
        """Hold everything in hand for longer, but for what was lost to somebody else."""
        names = list(self.held)
        if not names:
            return
        mine = {"_id": {"$in": names}, "worker": self.worker}
        result = await _claims().update_many(mine, {"$set": {"until": _end(clock.now())}})
        if result.matched_count == len(names):
            return
        kept = {row["_id"] for row in await find_all(_claims(), mine, {"_id": 1}, limit=len(names))}
        # What was finished meanwhile is neither there nor held any more.
        if lost := (set(names) - kept) & self.held:
            self.held -= lost
            log.warning("claims_lost", claims=sorted(lost))

    async def finish(self, names: Collection[str]) -> None:
        """Forget the claims of work that is done."""
        if names:
            self.held.difference_update(names)
            await _claims().delete_many({"_id": {"$in": list(names)}, "worker": self.worker})

    async def move_on(self, name: str, position: Any) -> bool:
        """Note how far a sweep has come. Returns whether it still is in hand.

        Who gets on is not failing: its attempts are counted anew.
        """
        fields = {"position": position, "attempts": 1, "until": _end(clock.now())}
        result = await _claims().update_one(
            {"_id": name, "worker": self.worker}, {"$set": fields, "$unset": {"error": ""}}
        )
        return bool(result.matched_count)

    async def release(self, name: str) -> None:
        """Leave work to others that was begun and is in order; the attempt does not count."""
        await self._let_go(name, {"until": clock.now()}, attempts=-1)

    async def give_back(self, name: str, error: BaseException) -> bool:
        """Note why a piece of work was not done. Returns whether that counts as a failure.

        After a failure it waits, longer each time; after the last it is set aside.
        """
        said = f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
        if is_passing(error):
            until = clock.now() + timedelta(seconds=POSTPONED_SECONDS)
            await self._let_go(name, {"until": until}, attempts=-1)
            log.warning("work_postponed", claim=name, error=said)
            return False
        known = await _claims().find_one({"_id": name}, {"attempts": 1})
        attempts = int(known["attempts"]) if known else 1
        wait = min(BACKOFF_LIMIT, BACKOFF_START * 2 ** (attempts - 1))
        dead = attempts >= MOST_ATTEMPTS
        until = FOR_EVER if dead else clock.now() + timedelta(seconds=wait)
        await self._let_go(name, {"error": said, "dead": dead, "until": until})
        log.error(
            "work_failed",
            claim=name,
            attempts=attempts,
            dead=dead,
            error=said,
            at=place_of(error),
        )
        return True

    async def _let_go(self, name: str, fields: Row, attempts: int = 0) -> None:
        """Change a claim of this worker's and hold it no more.

        Outcomes: changed; not matched, when it ran out and somebody else has taken it on.
        """
        self.held.discard(name)
        change: Row = {"$set": fields}
        if attempts:
            change["$inc"] = {"attempts": attempts}
        await _claims().update_one({"_id": name, "worker": self.worker}, change)


def is_passing(error: BaseException) -> bool:
    """Whether the same may well succeed a little later, because nothing is wrong with the work."""
    if isinstance(error, BaseExceptionGroup):
        return all(is_passing(inner) for inner in error.exceptions)
    if isinstance(error, PyMongoError):
        return (
            isinstance(error, ConnectionFailure)
            or is_transient(error)
            or is_unknown_commit(error)
            or storage_failure(error) is not None
        )
    return isinstance(error, Unavailable)


def place_of(error: BaseException) -> str | None:
    """Where an error was raised, for the log: a whole traceback of each of many would be slow."""
    place = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        place = f"{frame.f_code.co_filename}:{line}"
    return place


def is_held(claim: Row | None) -> bool:
    """Whether a piece of work is in somebody's hands, waits after a failure, or was set aside."""
    return claim is not None and (bool(claim.get("dead")) or claim["until"] > clock.now())


async def read_claims(names: list[str]) -> dict[str, Row]:
    """The claims that there are of these pieces of work, by name."""
    if not names:
        return {}
    fields = {"until": 1, "dead": 1}
    found = await find_all(_claims(), {"_id": {"$in": names}}, fields, limit=len(names))
    return {claim["_id"]: claim for claim in found}


async def dead_letters(limit: int = 100) -> list[JobClaim]:
    """The work that was set aside, the oldest first."""
    return await JobClaim.load_many({"dead": True}, sort=[("createdAt", 1)], limit=limit)


async def revive(claim: str) -> bool:
    """Give a dead letter another round of attempts. Returns whether it was one."""
    result = await _claims().update_one(
        {"_id": claim, "dead": True},
        {"$set": {"dead": False, "attempts": 0, "until": clock.now()}},
    )
    return bool(result.modified_count)


def _claims() -> Any:
    return collection_of(JobClaim.collection_name())


def _end(now: datetime) -> datetime:
    return now + timedelta(seconds=CLAIM_SECONDS)
