"""Going to jail by one's own will, and out of it by money or because it is over."""

from __future__ import annotations

from typing import Annotated

from bson import ObjectId
from pydantic import Field

from desperados.characters.actor import itself
from desperados.characters.errors import CharacterNotFound
from desperados.characters.participant import (
    Participant,
    load_participant,
    load_participants,
)
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.storage.reads import alone, together
from desperados.engine.transactions import stage
from desperados.law.consequences import Charges, Sentence, changed, follow, served
from desperados.law.documents import BountyStatus, SentenceStatus
from desperados.law.errors import BailChanged, NoBail, NotAtOffice, NotJailed, NotWanted
from desperados.law.jails import office_at
from desperados.law.pricing import closed
from desperados.law.releasing import let_go, take
from desperados.law.rows import LawRows, sentence_of
from desperados.law.rules import Cause
from desperados.law.views import BailReceipt, SurrenderView
from desperados.law.wanted import wanted_of
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import wallet
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.sources import Source

MostPaid = Annotated[int, Field(ge=0, examples=[325])]


@command(queue=("actor", "prisoner_id"))
async def pay_bail(
    actor: ObjectId,
    prisoner_id: ObjectId,
    *,
    max_total: MostPaid | None = None,
    key: str | None = None,
) -> BailReceipt:
    """Pay for the freedom of a prisoner, who may be oneself.

    The bail falls by the minute: what is paid is the bail of the moment, if it is not above
    ``max_total``. What the law wants of the prisoner stays.

    Raises:
        NotJailed: the character serves no sentence.
        NoBail: for this deed nobody is let go for money.
        BailChanged: the bail is above ``max_total``.
        InsufficientFunds: the wallet holds less.
        CharacterUnavailable: the payer is dead; or cannot go about, and pays for somebody else.
        CharacterNotFound: there is no such payer or prisoner.
        KeyReused: the key was used with another request.
    """
    people = await load_participants([actor, prisoner_id])
    payer, prisoner = people[actor], people[prisoner_id]
    if actor == prisoner_id:
        payer.must_be_alive()
    else:
        payer.must_be_free()
    rows = LawRows([prisoner_id])
    await together(itself(prisoner), *rows.reads)
    now = clock.now()
    serving = rows.of(prisoner_id).serving(prisoner)
    if serving is None or serving.ends_at <= now:
        raise NotJailed(character=str(prisoner_id))
    price = serving.price(now)
    if price is None:
        raise NoBail(reason=serving.reason)
    if max_total is not None and price > max_total:
        raise BailChanged(price=price, path="maxTotal")
    posted = await ledger.post(
        [ledger.burn(wallet(actor), Currency.DOLLARS, price, Source.BAIL, reference=serving.id)],
        OperationKind.SPENDING,
    )
    let_go(prisoner, serving.ends_at, now)
    bailed = {
        "status": SentenceStatus.BAILED.value,
        "remainingMinutes": serving.remaining(now),
        "releasedBy": actor,
    }
    stage(changed(serving, bailed))
    return BailReceipt(
        operation=posted.operation,
        prisoner_id=prisoner_id,
        price=price,
        balance=posted.balances[wallet(actor), Currency.DOLLARS],
        at=posted.at,
    )


@command(queue="actor")
async def surrender(actor: ObjectId, *, key: str | None = None) -> SurrenderView:
    """Give oneself up at a sheriff's office: half of the sentence of an arrest, 15 minutes for each
    wanted level. The law wants nothing more then and takes its bounties back; those of players
    stay.

    Raises:
        NotAtOffice: there is no sheriff's office where the character is.
        NotWanted: the wanted level is 0.
        CharacterUnavailable: the character is dead, in jail, or busy with something else.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    person = await load_participant(actor)
    person.must_be_idle()
    office = await office_at(person.location_id)
    if office is None:
        raise NotAtOffice()
    now = clock.now()
    if wanted_of(person, now).value == 0:
        raise NotWanted()
    rows = LawRows([actor])
    await together(itself(person), *rows.reads)
    charges = Charges(jail=Sentence(Cause.SURRENDER))
    verdict = follow(person, rows.of(actor), charges, now, purse=0, jail=office.id)
    take(person, verdict.change, now)
    assert verdict.jailed_until is not None
    return SurrenderView(
        minutes=verdict.minutes, jailed_until=verdict.jailed_until, bounty=verdict.bounty
    )


@command
async def release(sentence: ObjectId) -> None:
    """Note that a sentence is over. The prisoner was free since its end, noted or not."""
    found, now = await alone(sentence_of(sentence)), clock.now()
    if found is None or found.status not in (SentenceStatus.SERVING.value, None):
        return
    if found.ends_at > now:
        return
    prisoner = await _prisoner(found.character_id)
    stage(served(found))
    # A newer sentence has a later end; what another program set has none.
    if prisoner is not None and (
        prisoner.jailed_until == found.ends_at or (found.status is None and prisoner.jailed)
    ):
        let_go(prisoner, found.ends_at, now)


async def _prisoner(character_id: ObjectId) -> Participant | None:
    try:
        return await load_participant(character_id)
    except CharacterNotFound:
        return None  # deleted meanwhile


async def wind_up(character: ObjectId) -> None:
    """Take back what the law pays for a character, inside the transaction that deletes it."""
    rows = LawRows([character])
    await alone(rows.prices)
    now = clock.now()
    for price in rows.prices_of(character).prices:
        if price.of_the_law:
            stage(closed(price, BountyStatus.CANCELLED, now, price.at(now)[0]))
