"""Crews: a leader and those who have agreed, who act as one: all of them, or nothing happens.

Members agree by offers of one kind and subject (``offers``), and step back until the crew sets out.
``muster`` takes their consent, once, in the transaction in which they act; what all pay is one
posting (``pay_together``), and what they win is shared to the last coin (``shares_of``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bson import ObjectId

from desperados.characters.actor import Actor, find_actors, load_actor
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import wallet
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.sources import Source
from desperados.play.shapes.documents import Offer
from desperados.play.shapes.errors import CrewIncomplete
from desperados.play.shapes.offers import accepted_offers, use
from desperados.play.shapes.rules import split


@dataclass(frozen=True, slots=True)
class Crew:
    """Who acts together: the leader first, then the members in the order of their offers."""

    leader: Actor
    members: tuple[Actor, ...]
    consents: tuple[Offer, ...]

    @property
    def people(self) -> tuple[Actor, ...]:
        """All of them, the leader first."""
        return (self.leader, *self.members)


async def muster(
    leader: ObjectId,
    kind: str,
    subject: str,
    *,
    least: int,
    most: int,
    able: Callable[[Actor], None] = Actor.must_be_idle,
) -> Crew:
    """Set out with everybody who has agreed, inside the open transaction.

    The consent of each member is used here. Who has left the world counts as having stepped back.
    ``least`` and ``most`` (2 or more) count the leader, too. ``able`` refuses who cannot act now.

    Raises:
        CrewIncomplete: fewer than ``least`` have agreed.
        CharacterNotFound: the leader is not there.
        CharacterUnavailable: one of them cannot act now; with who it is.
        OfferClosed: one has stepped back at this moment.
    """
    consents = await accepted_offers(kind, subject, most=most - 1)
    consents = [consent for consent in consents if consent.from_id == leader]
    boss = await load_actor(leader)
    found = await find_actors(consent.to_id for consent in consents) if consents else {}
    consents = [consent for consent in consents if consent.to_id in found]
    if 1 + len(consents) < least:
        raise CrewIncomplete(agreed=1 + len(consents), least=least)
    crew = Crew(boss, tuple(found[consent.to_id] for consent in consents), tuple(consents))
    for person in crew.people:
        able(person)
    for consent in consents:
        use(consent)
    return crew


async def pay_together(
    crew: Crew, amount: int, source: Source, *, currency: Currency = Currency.DOLLARS
) -> None:
    """Each of the crew pays ``amount`` coins, in one posting: all of them, or none.

    Raises:
        InsufficientFunds: one of them carries less.
    """
    await ledger.post(
        [ledger.burn(wallet(person.id), currency, amount, source) for person in crew.people],
        OperationKind.SPENDING,
    )


def shares_of(
    crew: Crew, total: int, weights: Mapping[ObjectId, int] | None = None
) -> dict[ObjectId, int]:
    """``total`` coins for the crew, to the last coin; the leader has what cannot be divided.

    ``weights`` are those who have more or less than one part.
    """
    people: Sequence[Actor] = crew.people
    parts = split(total, [(weights or {}).get(person.id, 1) for person in people])
    return {person.id: part for person, part in zip(people, parts, strict=True)}
