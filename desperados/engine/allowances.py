"""Limits on money per time, counted in the transaction of what they limit.

A counter in Redis may be lost, and counts what was rolled back; a limit that protects money must do
neither. So each is a document that changes with the command: what is refused does not count, and
what was answered before (the same key again) does not count twice.

What is limited at a time, not per time, takes one of a number of places and gives it back
(``Places``). Counting what is there would not do: two transactions that count at once both see room
for one more, and as neither writes what the other has read, both go through.

A window is fixed. It starts with the first use and is not extended by later ones, or, for limits
of the day, at midnight UTC.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from bson import ObjectId

from desperados.engine import clock
from desperados.engine.errors import Contention, GameError, LimitExceeded, RateLimited
from desperados.engine.staging import StagedUpdate
from desperados.engine.storage.documents import CodedDocument, ttl
from desperados.engine.storage.fields import Date, Integer
from desperados.engine.storage.reads import Read, alone
from desperados.engine.transactions import stage

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` in each ``window``. ``error`` is what passing it raises.

    ``daily`` limits begin at midnight UTC. A RateLimited error says when to come back.
    """

    name: str
    most: int
    window: timedelta
    error: type[GameError] = RateLimited
    daily: bool = False

    def begin(self, now: datetime) -> datetime:
        """When a window that is first used at ``now`` began."""
        return datetime.combine(now.date(), time(), UTC) if self.daily else now


def per_day(name: str, most: int) -> Limit:
    """A limit of the UTC day."""
    return Limit(name, most, DAY, LimitExceeded, daily=True)


@dataclass(slots=True)
class _Counter:
    limit: Limit
    since: datetime
    used: int


class Usage:
    """The counters of one command: read at once, then used, then written with its other writes.

    ``before`` says how much of a limit was used, ``use`` takes some, ``write`` stages the counters.
    Write after the posting: two first uses at once then meet at the wallet, which runs one of them
    again, and not at the new counter.
    """

    def __init__(self, counters: Mapping[str, _Counter], now: datetime) -> None:
        self._counters = counters
        self._now = now
        self._changed: set[str] = set()

    def before(self, limit: Limit, whose: ObjectId) -> int:
        """How much of ``limit`` is used in the current window."""
        return self._counters[_name(limit, whose)].used

    def free_at(self, limit: Limit, whose: ObjectId) -> datetime | None:
        """When one more may be used, if none may now."""
        counter = self._counters[_name(limit, whose)]
        return counter.since + limit.window if counter.used >= limit.most else None

    def use(self, limit: Limit, whose: ObjectId, amount: int = 1) -> None:
        """Use ``amount`` of ``limit``.

        Raises:
            GameError: the limit's own error, when less is left.
        """
        name = _name(limit, whose)
        counter = self._counters[name]
        if counter.used + amount > limit.most:
            raise self._refusal(counter)
        counter.used += amount
        self._changed.add(name)

    def write(self) -> None:
        """Stage the counters that were used."""
        for write in self.writes():
            stage(write)

    def writes(self) -> list[StagedUpdate]:
        """The counters that were used, for whoever stages them with other writes."""
        return [
            _update(name, {"$set": {"since": c.since, "used": c.used, "expiresAt": self._kept(c)}})
            for name, c in ((name, self._counters[name]) for name in sorted(self._changed))
        ]

    @staticmethod
    def _kept(counter: _Counter) -> datetime:
        return counter.since + counter.limit.window + clock.SKEW

    def _refusal(self, counter: _Counter) -> GameError:
        limit = counter.limit
        wait = (counter.since + limit.window - self._now).total_seconds()
        facts: dict[str, Any] = {
            "limit": limit.most,
            "used": counter.used,
            "retry_after": max(1, math.ceil(wait)),
            "policy": (limit.name, limit.most, int(limit.window.total_seconds())),
        }
        if limit.error is RateLimited:
            return RateLimited(
                f"At most {limit.most} of these in {limit.window.total_seconds():.0f} s.", **facts
            )
        return limit.error(**facts)


async def read_usage(*limits: tuple[Limit, ObjectId]) -> Usage:
    """The state of these limits, each of the character or user that it belongs to."""
    return await alone(usage_of(*limits))


def usage_of(*limits: tuple[Limit, ObjectId]) -> Read[Usage]:
    """The state of these limits, as a read that may leave with others."""
    names = {_name(limit, whose): limit for limit, whose in limits}
    return Read(
        Allowance,
        {"_id": {"$in": list(names)}},
        lambda rows: _usage(names, rows),
        limit=max(1, len(names)),
    )


def _usage(names: Mapping[str, Limit], found: list[dict[str, Any]]) -> Usage:
    now = clock.now()
    stored = {document["_id"]: document for document in found}
    counters = {}
    for name, limit in names.items():
        counter = _Counter(limit, limit.begin(now), 0)
        known = stored.get(name)
        if known is not None and now < known["since"] + limit.window:
            counter = _Counter(limit, known["since"], int(known["used"]))
        counters[name] = counter
    return Usage(counters, now)


@dataclass(frozen=True, slots=True)
class Places:
    """At most ``most`` at a time. ``error`` is what one more raises."""

    name: str
    most: int
    error: type[GameError]

    async def find(self, whose: ObjectId, count: Callable[[], Awaitable[int]]) -> Place:
        """A free place, to be taken with the command's other writes.

        ``count`` says how many are taken in truth. It is asked where no counter is, or one that is
        full: so it begins right in a world that was there before it, and what another program has
        ended counts no longer than until then.

        Raises:
            GameError: all places are taken; the error of the places.
        """
        row = await Allowance.load_one({"_id": _name(self, whose)})
        if row is None or row.expires_at <= clock.now():
            place = Place(self, whose, await count(), None)
        elif row.used >= self.most:
            place = Place(self, whose, await count(), row.expires_at)
        else:
            place = Place(self, whose, row.used, row.expires_at)
        if place.used >= self.most:
            raise self.error(most=self.most)
        return place

    def give_back(self, whose: ObjectId) -> None:
        """Give a place back. A place that was taken before there was a counter was not counted."""
        now = clock.now()
        _stage(
            _name(self, whose),
            {"$inc": {"used": -1}, "$setOnInsert": {"since": now, "expiresAt": now}},
        )


@dataclass(frozen=True, slots=True)
class Place:
    """One that is free, of which ``used`` are taken."""

    of: Places
    whose: ObjectId
    used: int
    counted_until: datetime | None

    def take(self, until: datetime) -> None:
        """Take it. It is given back by ``until``, or counted again from then on."""
        kept = until if self.counted_until is None else max(until, self.counted_until)
        _stage(
            _name(self.of, self.whose),
            {"$set": {"since": clock.now(), "used": self.used + 1, "expiresAt": kept}},
        )


def _stage(name: str, change: dict[str, Any]) -> None:
    """Stage a change of a counter, which is made where it is missing."""
    stage(_update(name, change))


def _update(name: str, change: dict[str, Any]) -> StagedUpdate:
    return StagedUpdate(
        Allowance.collection_name(),
        {"_id": name},
        change,
        otherwise=Contention(retry_after=1),
        upsert=True,
    )


def _name(limit: Limit | Places, whose: ObjectId) -> str:
    return f"{limit.name}:{whose}"


class Allowance(CodedDocument):
    """How much of a limit is used in its current window, or how many places are taken. ``id`` is
    "<limit>:<whose>".

    Written in the transaction of what it counts, so that a limit on money holds whatever happens.
    The counter of a limit expires some time after its window: the database's clock decides when,
    and must not end a window that is not over by the clock of the host that counts.
    """

    since: Date
    used: Integer
    expires_at: Date

    class Settings:
        name = "allowances"
        indexes = (ttl("expiresAt"),)
