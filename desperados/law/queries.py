"""What the law has on somebody, for the one and for all."""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId

from desperados.characters.actor import Actor, find_actors
from desperados.characters.effects import Stat
from desperados.characters.participant import Participant, participant_of
from desperados.engine import clock
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.reads import alone, together
from desperados.law.documents import Bounty, BountyStatus, BountyType, WantedRank
from desperados.law.errors import NotJailed
from desperados.law.rows import LawRows, Serving
from desperados.law.rules import ARRESTABLE_FROM
from desperados.law.views import BailQuote, LawStatus, PriceView, SentenceView, WantedPoster
from desperados.law.wanted import falling, wanted_of

POSTERS = 10
# A row of each faction for each, and as many again for those who sit or were deleted.
_ROWS_FOR_POSTERS = 2 * 6 * POSTERS


async def status(actor: ObjectId) -> LawStatus:
    """What the law has on a character: how much it is wanted, its sentence, prices on its head.

    Raises:
        CharacterNotFound: there is no such character.
    """
    mine = participant_of(actor)
    rows = LawRows([actor])
    await together(mine, *rows.reads)
    now, person, held = clock.now(), mine.result, rows.of(actor)
    wanted = wanted_of(person, now)
    bounties = [
        PriceView(
            faction=price.faction,
            amount=price.at(now)[0],
            crimes=[str(crime["name"]) for crime in price.crimes],
        )
        for price in held.prices
        if price.of_the_law and price.at(now)[0] > 0
    ]
    return LawStatus(
        wanted=wanted.value,
        shown=max(0, wanted.value - person.points(Stat.DISGUISE)),
        arrestable=wanted.value >= ARRESTABLE_FROM,
        falls_at=_falls_at(person, now),
        rank=WantedRank(held.rank(now)),
        bounty=held.total(now),
        bounties=bounties,
        sentence=_sentence(held.serving(person), now),
    )


async def bail_quote(prisoner_id: ObjectId) -> BailQuote:
    """Why a prisoner sits, how long, and what its freedom costs now.

    Raises:
        NotJailed: the character serves no sentence.
        CharacterNotFound: there is no such character.
    """
    theirs = participant_of(prisoner_id)
    rows = LawRows([prisoner_id])
    await together(theirs, *rows.reads)
    sentence = _sentence(rows.of(prisoner_id).serving(theirs.result), clock.now())
    if sentence is None:
        raise NotJailed(character=str(prisoner_id))
    return BailQuote(character_id=prisoner_id, name=theirs.result.name, sentence=sentence)


async def most_wanted() -> list[WantedPoster]:
    """For whom the law pays most, of those who are at large; 10 at most.

    All its bounties fall by the same rule, so that which lasts longest is the highest now, and the
    order needs nobody who ticks. What players pay is added to the sum, and makes no poster.
    """
    now = clock.now()
    highest = await find_all(
        Bounty.collection(),
        {
            "status": BountyStatus.ACTIVE.value,
            "bountyType": BountyType.CRIME.value,
            "expiresAt": {"$gt": now},
        },
        {"characterId": 1},
        sort=[("expiresAt", -1)],
        limit=_ROWS_FOR_POSTERS,
    )
    heads = list(dict.fromkeys(row["characterId"] for row in highest))
    people = await find_actors(heads)
    at_large = [who for who in heads if who in people and not _is_held(people[who])]
    at_large = at_large[: 2 * POSTERS]  # the sum may order them otherwise than their highest
    if not at_large:
        return []
    rows = LawRows(at_large)
    await alone(rows.prices)
    held = {who: rows.prices_of(who) for who in at_large}
    posters = [
        WantedPoster(
            character_id=who,
            name=people[who].name,
            rank=WantedRank(held[who].rank(now)),
            bounty=held[who].total(now),
        )
        for who in at_large
    ]
    return sorted(posters, key=lambda poster: -poster.bounty)[:POSTERS]


def _is_held(person: Actor) -> bool:
    return person.jailed or person.dead


def _sentence(serving: Serving | None, now: datetime) -> SentenceView | None:
    """What is left of a sentence; None of one that is over, noted or not."""
    if serving is None or serving.ends_at <= now:
        return None
    return SentenceView(
        reason=serving.reason,
        minutes=serving.minutes,
        remaining_minutes=serving.remaining(now),
        ends_at=serving.ends_at,
        bail=serving.price(now),
    )


def _falls_at(person: Participant, now: datetime) -> datetime | None:
    """When the wanted level falls by one."""
    meter = wanted_of(person, now)
    if meter.value == 0:
        return None
    return meter.reaches(meter.value - 1, now, falling(person, meter.at))
