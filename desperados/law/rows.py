"""What the law has on somebody: the sentence that is being served, and the prices on the head.

Read first, in company: ``rows = LawRows([id])``, then ``rows.reads`` leave with others, and
``rows.of(id)`` is what they found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.characters.actor import Actor
from desperados.engine import clock
from desperados.engine.storage.reads import Read
from desperados.law.documents import Bounty, BountyStatus, BountyType, JailSentence, SentenceStatus
from desperados.law.rules import (
    BAIL_PER_MINUTE,
    bail_price,
    decayed,
    rank_of,
    remaining_minutes,
)

MOST_ROWS = 20
"""So many prices lie on one head at most: those of the law, one for each faction, and others."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Serving:
    """A sentence that was not ended, as stored."""

    id: ObjectId
    character_id: ObjectId
    reason: str
    minutes: int
    ends_at: datetime
    bail: int
    bail_per_minute: int
    no_bail: bool
    status: str | None
    escapes: int = 0
    labours: int = 0

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Serving:
        """The sentence in a stored row; what Mongoose wrote costs by the minute."""
        per_minute = row.get("bailPerMinute")
        return cls(
            row["_id"],
            row["characterId"],
            str(row.get("reason") or ""),
            int(row.get("sentenceMinutes") or 0),
            row["endsAt"],
            int(row.get("bail") or 0),
            BAIL_PER_MINUTE if per_minute is None else int(per_minute),
            bool(row.get("noBail")),
            row.get("status"),
            int(row.get("escapeAttempts") or 0),
            int(row.get("labours") or 0),
        )

    def remaining(self, now: datetime) -> int:
        """The minutes that are left."""
        return remaining_minutes(self.ends_at, now)

    def price(self, now: datetime) -> int | None:
        """What freedom costs; None where it is not for sale."""
        if self.no_bail:
            return None
        return bail_price(self.bail, self.bail_per_minute, self.remaining(now))


@dataclass(frozen=True, slots=True)
class Price:
    """An active price on a head. ``stored`` dollars as of ``since``; of the law it falls. That of a
    player lies in a hold, to the last coin."""

    id: ObjectId
    kind: BountyType
    faction: str | None
    stored: int
    since: datetime
    expires_at: datetime | None
    rank: str
    crimes: tuple[Row, ...]
    status: str | None
    issuer: ObjectId | None = None
    hold: ObjectId | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Price:
        """The price in a stored row; one without a type is the law's, of no faction."""
        return cls(
            row["_id"],
            BountyType(row.get("bountyType") or BountyType.CRIME),
            row.get("issuerFaction"),
            int(row.get("amount") or 0),
            row.get("decayedAt") or row["lastCrimeAt"],
            row.get("expiresAt"),
            str(row.get("wantedRank") or ""),
            tuple(row.get("crimes") or ()),
            row.get("status"),
            row.get("issuerId"),
            row.get("holdId"),
        )

    @property
    def of_the_law(self) -> bool:
        """Whether it falls by itself and is settled by an arrest."""
        return self.kind is BountyType.CRIME

    @property
    def of_a_player(self) -> bool:
        """Whether a player has paid it in; it lies in ``hold``."""
        return self.kind is BountyType.PLAYER and self.hold is not None

    def at(self, now: datetime) -> tuple[int, datetime]:
        """The dollars at ``now``, and up to when they count; 0 when it is over."""
        if self.expires_at is not None and self.expires_at <= now:
            return 0, now
        return decayed(self.stored, self.since, now) if self.of_the_law else (self.stored, now)


@dataclass(frozen=True, slots=True)
class Held:
    """What the law has on one character."""

    sentence: Serving | None = None
    prices: tuple[Price, ...] = ()

    def serving(self, person: Actor) -> Serving | None:
        """The sentence that ``person`` serves. That of another program counts while it holds the
        prisoner: it had no way to write that one was freed before the end."""
        found = self.sentence
        return None if found is None or (found.status is None and not person.jailed) else found

    def total(self, now: datetime) -> int:
        """The sum of all prices on the head."""
        return sum(price.at(now)[0] for price in self.prices)

    def rank(self, now: datetime) -> str:
        """The rank that the sum makes."""
        return rank_of(self.total(now)).value


class LawRows:
    """What the law has on one or two characters, as reads that may leave with others."""

    def __init__(self, ids: Sequence[ObjectId]) -> None:
        people = list(dict.fromkeys(ids))
        now = clock.now()
        self._sentences = Read(
            JailSentence,
            {
                "characterId": {"$in": people},
                # One of ours is open until it is ended; one of another program, until its date.
                "$or": [
                    {"status": SentenceStatus.SERVING.value},
                    {"status": None, "endsAt": {"$gt": now}},
                ],
            },
            lambda rows: [Serving.of(row) for row in rows],
            limit=4 * len(people),
        )
        self.prices = Read(
            Bounty,
            {"characterId": {"$in": people}, "status": {"$in": [BountyStatus.ACTIVE.value, None]}},
            _by_character,
            limit=MOST_ROWS * len(people),
            sort={"amount": -1},
        )

    @property
    def reads(self) -> tuple[Read[Any], ...]:
        """To be sent before ``of``."""
        return (self._sentences, self.prices)

    def of(self, character_id: ObjectId) -> Held:
        """What the law has on one of them."""
        sentences = [s for s in self._sentences.result if s.character_id == character_id]
        sentences.sort(key=lambda s: (s.status is not None, s.ends_at), reverse=True)
        return replace(self.prices_of(character_id), sentence=sentences[0] if sentences else None)

    def prices_of(self, character_id: ObjectId) -> Held:
        """The prices alone, for who sent no other read."""
        return Held(None, self.prices.result.get(character_id, ()))


def sentence_of(sentence_id: ObjectId) -> Read[Serving | None]:
    """One sentence, as a read that may leave with others."""
    return Read(
        JailSentence,
        {"_id": sentence_id},
        lambda rows: Serving.of(rows[0]) if rows else None,
    )


def _by_character(rows: list[Row]) -> dict[ObjectId, tuple[Price, ...]]:
    found: dict[ObjectId, tuple[Price, ...]] = {}
    for row in rows:
        whose = row["characterId"]
        found[whose] = (*found.get(whose, ()), Price.of(row))
    return found
