"""What the law makes of a deed: wanted levels, prices on heads, fines, jail. Pure.

``follow`` decides and returns; ``play.settle`` sets the fields in its one update of the character
and stages the other writes with its own. Everything here also changes the character, so that two
deeds at once meet there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
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
from desperados.law.documents import JailSentence, SentenceStatus
from desperados.law.pricing import NOTHING_SETTLED, Added, changed_prices
from desperados.law.rows import Held, Serving
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
    it has some of its own; ``by`` is the character that brought the prisoner in."""

    cause: Cause
    minutes: int | None = None
    bail: int | None = None
    by: ObjectId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charges:
    """What a deed brings before the law. ``wanted`` levels more or less; a ``fine`` of ``faction``,
    of which what is not paid becomes a bounty.

    Of who is in jail: ``freed`` is how the sentence ends with it, ``remission`` by how many minutes
    it becomes shorter. Neither means anything for who is not, or is sent there by the same deed.
    """

    wanted: int = 0
    bounty: LawBounty | None = None
    jail: Sentence | None = None
    fine: int = 0
    faction: str = THE_LAW
    freed: SentenceStatus | None = None
    remission: int = 0

    def __bool__(self) -> bool:
        return bool(
            self.wanted or self.bounty or self.jail or self.fine or self.freed or self.remission
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What really came of it.

    ``burn`` dollars of the fine are to be taken from the wallet. ``wanted`` is the level after it,
    and ``levels`` by how much it changed. ``minutes`` are those that the sentence grew by, negative
    where it became shorter.
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
    term = rules.TERMS[charges.jail.cause] if charges.jail else NOTHING_SETTLED
    by = charges.jail.by if charges.jail else None
    meter = Meter(0, now, 0, rules.MOST_WANTED_LEVEL) if term.settles else before
    is_crime = charges.wanted > 0 or charges.bounty is not None
    fields: dict[str, Any] = {}
    writes: list[StagedWrite] = []
    minutes, until = 0, person.jailed_until if person.jailed else None
    stay = _stay(person, held.serving(person), charges, before.value, now, jail)
    if stay is not None:
        minutes, until = stay.minutes, stay.until
        fields, writes = {**stay.fields}, [*stay.writes]
        meter = wanted.paused(meter, stay.pause)
    meter = _moved(meter, charges.wanted, now, crime=is_crime)
    if is_crime and until is not None:
        meter = replace(meter, at=max(meter.at, until))  # it falls again when the sentence is over
    heads = changed_prices(person.id, held.prices, _added(charges, unpaid), now, term, by)
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
    until: datetime | None  # None: free
    pause: timedelta  # for how long the wanted level stands still by it; negative: goes on sooner
    fields: Mapping[str, Any]
    writes: tuple[StagedWrite, ...]


def _stay(
    person: Participant,
    serving: Serving | None,
    charges: Charges,
    level: int,
    now: datetime,
    jail: ObjectId | None,
) -> _Stay | None:
    """What the charges make of the time in jail; None if nothing."""
    if charges.jail is not None:
        return _jailed(person, serving, charges.jail, level, now, jail)
    if serving is None or serving.ends_at <= now:
        return None
    if charges.freed is not None:
        return _freed(serving, charges.freed, now)
    if charges.remission > 0:
        return _shortened(serving, charges.remission, now)
    return None


def _freed(serving: Serving, how: SentenceStatus, now: datetime) -> _Stay:
    """The end of a sentence before its time, or at it."""
    left = serving.remaining(now)
    ended = {"status": how.value, "remainingMinutes": left}
    fields = {"isInJail": False, "jailedUntil": None}
    return _Stay(-left, None, now - serving.ends_at, fields, (changed(serving, ended),))


def _shortened(serving: Serving, minutes: int, now: datetime) -> _Stay:
    """A sentence that ends some minutes sooner; at once, if so many are not left."""
    until = serving.ends_at - minutes * rules.MINUTE
    if until <= now:
        stay = _freed(serving, SentenceStatus.SERVED, now)
        return replace(stay, writes=(served(serving),))
    shorter = {
        "status": SentenceStatus.SERVING.value,
        "sentenceMinutes": serving.minutes - minutes,
        "endsAt": until,
    }
    fields = {"isInJail": True, "jailedUntil": until}
    return _Stay(-minutes, until, until - serving.ends_at, fields, (changed(serving, shorter),))


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
        return _Stay(added, until, added * rules.MINUTE, fields, (changed(serving, longer),))
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
    return _Stay(minutes, until, until - now, fields, (*over, inserted))


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


def _added(charges: Charges, unpaid: int) -> Added:
    """What the charges add to the prices on the head."""
    added: dict[str | None, list[tuple[str, int]]] = {}
    if charges.bounty is not None and charges.bounty.dollars > 0:
        bounty = charges.bounty
        added.setdefault(bounty.faction, []).append((bounty.crime, bounty.dollars))
    if unpaid > 0:
        added.setdefault(charges.faction, []).append(("unpaid_fine", unpaid))
    return added
