"""What the law makes of a deed: wanted levels, prices on heads, fines, jail. Pure.

``follow`` decides and returns; ``play.settle`` sets the fields in its one update of the character
and stages the other writes with its own. Everything here also changes the character, so that two
deeds at once meet there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.characters.changes import Change
from desperados.characters.effects import Stat
from desperados.characters.participant import Participant
from desperados.engine import dice
from desperados.engine.errors import Contention
from desperados.engine.meters import Meter
from desperados.engine.staging import StagedInsert, StagedUpdate, StagedWrite
from desperados.law import rules, wanted
from desperados.law.documents import Bounty, BountyStatus, BountyType, JailSentence, SentenceStatus
from desperados.law.rows import Held, Price, Serving
from desperados.law.rules import Cause

THE_LAW = "settler_alliance"
"""Whose law holds where no faction has one of its own."""


@dataclass(frozen=True, slots=True)
class LawBounty:
    """A price that a faction puts on the head for a crime: 1 dollar or more; 10 count at least."""

    faction: str
    dollars: int
    crime: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A stay in jail. ``minutes`` and ``bail`` are the base and the fixed bail of the case, where
    it has some of its own."""

    cause: Cause
    minutes: int | None = None
    bail: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charges:
    """What a deed brings before the law. ``wanted`` levels more or less; a ``fine`` of ``faction``,
    of which what is not paid becomes a bounty."""

    wanted: int = 0
    bounty: LawBounty | None = None
    jail: Sentence | None = None
    fine: int = 0
    faction: str = THE_LAW

    def __bool__(self) -> bool:
        return bool(self.wanted or self.bounty or self.jail or self.fine)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What really came of it.

    ``burn`` dollars of the fine are to be taken from the wallet. ``wanted`` is the level after it,
    and ``levels`` by how much it changed. ``minutes`` are those that the sentence grew by.
    ``collected`` dollars were on the head of whoever was arrested, from the law. ``bounty`` is the
    sum of what is on the head now.
    """

    change: Change
    burn: int
    unpaid: int
    wanted: int
    levels: int
    minutes: int
    jailed_until: datetime | None
    collected: int
    bounty: int
    rank: str


def follow(
    person: Participant,
    held: Held,
    charges: Charges,
    now: datetime,
    *,
    purse: int,
    jail: ObjectId | None = None,
) -> Verdict:
    """What follows of ``charges`` against ``person``, of whom the law has ``held``.

    ``purse`` is what the wallet has when the fine is due. ``jail`` is where prisoners are taken
    (``jails.jail_near``); without one they stay where they are. Levels and bounties of an arrest
    are settled first, so what the same deed adds is there after it.
    """
    before = wanted.wanted_of(person, now)
    paid, unpaid = rules.split_fine(charges.fine, purse)
    settles = rules.TERMS[charges.jail.cause].settles if charges.jail else None
    meter = Meter(0, now, 0, rules.MOST_WANTED_LEVEL) if settles else before
    is_crime = charges.wanted > 0 or charges.bounty is not None
    meter = _moved(meter, charges.wanted, now, crime=is_crime)
    fields: dict[str, Any] = {}
    writes: list[StagedWrite] = []
    minutes, until = 0, person.jailed_until if person.jailed else None
    if charges.jail is not None:
        stay = _jailed(person, held.serving(person), charges.jail, before.value, now, jail)
        minutes, until = stay.minutes, stay.until
        fields, writes = {**stay.fields}, [*stay.writes]
        meter = wanted.paused(meter, stay.until - (stay.from_ or now))
    if is_crime and until is not None:
        meter = replace(meter, at=max(meter.at, until))  # it falls again when the sentence is over
    heads = _prices(person, held.prices, charges, unpaid, now, settles)
    last = now if is_crime else wanted.last_crime_of(person)
    fields["wanted"] = wanted.stored(meter, last)
    return Verdict(
        change=Change(fields, [*writes, *heads.writes]),
        burn=paid,
        unpaid=unpaid,
        wanted=meter.value,
        levels=meter.value - before.value,
        minutes=minutes,
        jailed_until=until,
        collected=heads.collected,
        bounty=heads.total,
        rank=rules.rank_of(heads.total).value,
    )


def _moved(meter: Meter, by: int, now: datetime, *, crime: bool) -> Meter:
    """The level after a deed; a crime makes the time until it falls begin again."""
    moved = meter.changed(by)
    return replace(moved, at=max(now, moved.at)) if crime or moved.value == 0 else moved


@dataclass(frozen=True, slots=True)
class _Stay:
    minutes: int
    until: datetime
    from_: datetime | None  # up to when the prisoner was to stay already
    fields: Mapping[str, Any]
    writes: tuple[StagedWrite, ...]


def _jailed(
    person: Participant,
    serving: Serving | None,
    sentence: Sentence,
    level: int,
    now: datetime,
    jail: ObjectId | None,
) -> _Stay:
    """A sentence, or a longer one for who serves one already (1,440 minutes at most in all)."""
    effects = person.percent(Stat.JAIL_TIME)
    minutes = rules.sentence(sentence.cause, level, sentence.minutes, jail_time_percent=effects)
    fixed, per_minute = _bail(sentence, level)
    no_bail = not rules.TERMS[sentence.cause].bail
    if serving is not None and serving.ends_at > now:
        added = max(0, min(minutes, rules.LONGEST - serving.minutes))
        until = serving.ends_at + added * rules.MINUTE
        longer = {
            "status": SentenceStatus.SERVING.value,
            "sentenceMinutes": serving.minutes + added,
            "endsAt": until,
            "bail": serving.bail + fixed,
            "bailPerMinute": max(serving.bail_per_minute, per_minute),
            "noBail": serving.no_bail or no_bail,
        }
        fields = {"isInJail": True, "jailedUntil": until}
        return _Stay(added, until, serving.ends_at, fields, (changed(serving, longer),))
    until = now + minutes * rules.MINUTE
    row: dict[str, Any] = {
        "_id": dice.new_id(),
        "characterId": person.id,
        "reason": sentence.cause.value,
        "sentenceMinutes": minutes,
        "remainingMinutes": minutes,
        "escapeAttempts": 0,
        "startedAt": now,
        "endsAt": until,
        "status": SentenceStatus.SERVING.value,
        "jailId": jail,
        "bail": fixed,
        "bailPerMinute": per_minute,
        "noBail": no_bail,
    }
    fields = {"isInJail": True, "jailedUntil": until}
    if jail is not None:
        fields["currentLocationId"] = jail
    inserted = StagedInsert(JailSentence.collection_name(), row)
    over = () if serving is None else (served(serving),)
    return _Stay(minutes, until, None, fields, (*over, inserted))


def served(serving: Serving) -> StagedUpdate:
    """That a sentence came to its end."""
    return changed(serving, {"status": SentenceStatus.SERVED.value, "remainingMinutes": 0})


def changed(serving: Serving, change: Mapping[str, Any]) -> StagedUpdate:
    """A change of a sentence that nobody has changed meanwhile."""
    return StagedUpdate(
        JailSentence.collection_name(),
        {"_id": serving.id, "status": serving.status, "endsAt": serving.ends_at},
        {"$set": dict(change)},
        otherwise=Contention(retry_after=1),
    )


def _bail(sentence: Sentence, level: int) -> tuple[int, int]:
    """The fixed part of the bail, and that of each minute: of the case, else of the level."""
    if sentence.bail is not None:
        return sentence.bail, 0
    return level * rules.BAIL_PER_LEVEL, rules.BAIL_PER_MINUTE


@dataclass(frozen=True, slots=True)
class _Heads:
    total: int
    collected: int
    writes: tuple[StagedWrite, ...]


def _prices(
    person: Participant,
    prices: Iterable[Price],
    charges: Charges,
    unpaid: int,
    now: datetime,
    settles: BountyStatus | None,
) -> _Heads:
    """The prices on the head after the deed: closed, raised, new, and each with the rank of all."""
    added = _added(charges, unpaid)
    collected = 0
    kept: list[tuple[Price, dict[str, Any]]] = []
    ended: list[StagedWrite] = []
    for price in prices:
        amount, since = price.at(now)
        of_law = price.of_the_law
        more = added.pop(price.faction, None) if of_law and settles is None else None
        if of_law and settles is not None and amount > 0:
            collected += amount
            ended.append(closed(price, settles, now, amount))
        elif of_law and more is None and amount == 0:
            ended.append(closed(price, BountyStatus.EXPIRED, now, 0))
        elif more is not None:
            kept.append((price, _raised(price, amount, since, more, now)))
        elif of_law and price.status is None:
            kept.append((price, _adopted(price, amount, since)))
        else:
            kept.append((price, {"amount": amount}))
    new = [_new(person.id, faction, more, now) for faction, more in added.items()]
    total = sum(row["amount"] for _, row in kept) + sum(row["amount"] for row in new)
    rank = rules.rank_of(total).value
    writes = [_ranked(price, row, rank) for price, row in kept if _differs(price, row, rank)]
    inserts = [StagedInsert(Bounty.collection_name(), {**row, "wantedRank": rank}) for row in new]
    return _Heads(total, collected, (*ended, *writes, *inserts))


def _added(charges: Charges, unpaid: int) -> dict[str | None, list[tuple[str, int]]]:
    """What each faction adds to its price: (for what, dollars)."""
    added: dict[str | None, list[tuple[str, int]]] = {}
    if charges.bounty is not None and charges.bounty.dollars > 0:
        bounty = charges.bounty
        added.setdefault(bounty.faction, []).append((bounty.crime, bounty.dollars))
    if unpaid > 0:
        added.setdefault(charges.faction, []).append(("unpaid_fine", unpaid))
    return added


def _raised(
    price: Price, amount: int, since: datetime, more: list[tuple[str, int]], now: datetime
) -> dict[str, Any]:
    since = since if amount > 0 else now
    raised = max(rules.LEAST_BOUNTY, amount + sum(dollars for _, dollars in more))
    return {
        "amount": raised,
        "decayedAt": since,
        "expiresAt": rules.gone_at(raised, since),
        "lastCrimeAt": now,
        "crimes": [*price.crimes, *_told(more, now)][-rules.MOST_CRIMES_TOLD :],
    }


def _adopted(price: Price, amount: int, since: datetime) -> dict[str, Any]:
    """A price that another program wrote, as one of ours. It ends no later than it would have."""
    end = rules.gone_at(amount, since)
    return {
        "amount": amount,
        "decayedAt": since,
        "expiresAt": end if price.expires_at is None else min(end, price.expires_at),
        "status": BountyStatus.ACTIVE.value,
        "bountyType": BountyType.CRIME.value,
    }


def _new(
    character_id: ObjectId, faction: str | None, more: list[tuple[str, int]], now: datetime
) -> dict[str, Any]:
    amount = max(rules.LEAST_BOUNTY, sum(dollars for _, dollars in more))
    return {
        "_id": dice.new_id(),
        "characterId": character_id,
        "amount": amount,
        "reason": more[0][0],
        "lastCrimeAt": now,
        "expiresAt": rules.gone_at(amount, now),
        "status": BountyStatus.ACTIVE.value,
        "bountyType": BountyType.CRIME.value,
        "issuerFaction": faction,
        "crimes": _told(more, now),
        "decayedAt": now,
    }


def _told(more: list[tuple[str, int]], now: datetime) -> list[dict[str, Any]]:
    return [{"name": name, "at": now, "amount": dollars} for name, dollars in more]


def _differs(price: Price, change: Mapping[str, Any], rank: str) -> bool:
    return "decayedAt" in change or price.rank != rank


def _ranked(price: Price, change: Mapping[str, Any], rank: str) -> StagedUpdate:
    """The new rank, and what was added. What a day took stays with its moment: both or none."""
    changed = dict(change) if "decayedAt" in change else {}
    return _update(price, {**changed, "wantedRank": rank})


def closed(price: Price, status: BountyStatus, now: datetime, amount: int) -> StagedUpdate:
    """That a price of ``amount`` came to its end."""
    return _update(price, {"status": status.value, "closedAt": now, "amount": amount})


def _update(price: Price, change: Mapping[str, Any]) -> StagedUpdate:
    return StagedUpdate(
        Bounty.collection_name(),
        {"_id": price.id, "status": price.status, "amount": price.stored},
        {"$set": dict(change)},
        otherwise=Contention(retry_after=1),
    )
