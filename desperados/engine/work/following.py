"""Following: how a worker finds the keys that have happenings for a follower, and what becomes of
a key whose happenings cannot be applied.

Keys are found by the oldest rows that wait. A key is one piece of work, and its claim keeps the
key. While it waits after a failure, its rows wait and hold up no other key. When it is set aside
they are set aside with it: they wait under another name, where nobody looks who looks for work,
until an operator revives the claim. So order holds for what failed, too, and a follower looks at no
more rows than it can do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, NamedTuple

from desperados.engine.game import collection_of
from desperados.engine.happenings.batches import BATCH, apply_batch, apply_rows
from desperados.engine.happenings.documents import Happening
from desperados.engine.transactions import transactional
from desperados.engine.work.claims import FOR_EVER, read_claims
from desperados.engine.work.documents import JobClaim
from desperados.engine.work.finding import pages
from desperados.engine.work.kinds import Follower, piece

SET_ASIDE = ":set-aside"
TOGETHER = 25  # keys in one transaction: the more, the likelier it is that one meets another


class Found(NamedTuple):
    """A key that has something to apply, and the ids of its first rows."""

    key: Any
    rows: list[Any]


class Keys(NamedTuple):
    """Keys of a page by the names of their claims: those that nobody has had in hand, and those
    that were set aside."""

    fresh: dict[str, Found]
    dead: dict[str, Found]


async def waiting_keys(follower: Follower) -> AsyncIterator[Keys]:
    """The keys that have something to apply, in pages, those of the oldest rows first. The rows of
    a fresh key are its oldest."""
    passed: set[str] = set()
    async for rows in pages(
        Happening.collection_name(),
        {"waiting": follower.name},
        "at",
        FOR_EVER,
        also=[follower.key],
        first=BATCH,
    ):
        keys: dict[str, Found] = {}
        for row in rows:
            key = row.get(follower.key)
            keys.setdefault(piece(follower, key), Found(key, [])).rows.append(row["_id"])
        claims = await read_claims(list(keys))
        # What was in somebody's hands a page ago may have older rows there.
        passed |= claims.keys()
        yield Keys(
            {name: found for name, found in keys.items() if name not in passed},
            {name: found for name, found in keys.items() if claims.get(name, {}).get("dead")},
        )


async def follow(follower: Follower, key: Any) -> int:
    """Apply a batch of a key. Returns how many happenings it had."""
    return await apply_batch(follower.name, follower.key, key, follower.apply)


async def follow_together(follower: Follower, keys: Sequence[Found]) -> None:
    """Apply what was found of several keys. If one of them fails, all of it does."""
    rows = [row for found in keys for row in found.rows]
    await apply_rows(follower.name, follower.key, rows, follower.apply)


async def follow_again(follower: Follower, key: Any) -> int:
    """Apply a batch of a key that failed before, or was left behind by a worker that died. Rows
    that were set aside come back first."""
    await _rename(follower.name + SET_ASIDE, follower.name, follower.key, key)
    return await follow(follower, key)


@transactional
async def set_aside(follower: Follower, claim: str, key: Any) -> None:
    """Set aside what waits of a key whose claim is dead.

    The claim is written as well: if an operator revives it meanwhile, the two meet at it, and the
    rows stay where the revived work finds them.
    """
    dead = await collection_of(JobClaim.collection_name()).update_one(
        {"_id": claim, "dead": True}, {"$inc": {"setAside": 1}}
    )
    if dead.matched_count:
        await _rename(follower.name, follower.name + SET_ASIDE, follower.key, key)


async def _rename(old: str, new: str, field: str, key: Any) -> None:
    """Let the rows of a key wait under another name."""
    await Happening.collection().update_many(
        {"waiting": old, field: key}, {"$set": {"waiting.$": new}}
    )
