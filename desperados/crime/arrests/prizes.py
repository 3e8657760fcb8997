"""What is to be had for an outlaw: of the law, once in a day, and of players, to the last coin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from desperados.crime.arrests import rules
from desperados.engine.allowances import Usage
from desperados.law.rows import Held, Price
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import Account, escrow
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.movement import Movement
from desperados.ledger.money.sources import Source


@dataclass(frozen=True, slots=True)
class Prize:
    """What an arrest brings: dollars of the law, and prices of players that stand."""

    of_the_law: int
    of_players: tuple[Price, ...]

    @classmethod
    def on(cls, held: Held, usage: Usage, outlaw: ObjectId, now: datetime) -> Prize:
        """What is on a head; the law pays once in a day."""
        pays = usage.before(rules.PAID, outlaw) == 0
        standing = [(price, price.at(now)[0]) for price in held.prices]
        of_the_law = sum(dollars for price, dollars in standing if price.of_the_law)
        of_players = tuple(price for price, dollars in standing if price.of_a_player and dollars)
        return cls(of_the_law if pays else 0, of_players)

    @property
    def holds(self) -> list[Account]:
        """Where that lies."""
        return [escrow(price.hold) for price in self.of_players if price.hold is not None]

    @property
    def dollars(self) -> int:
        """What players pay in all."""
        return sum(price.stored for price in self.of_players)

    def paid_to(self, account: Account) -> list[Movement]:
        """What players pay, out of its holds and onto an account; the holds are then ``captured``
        (``settle(closed=...)``)."""
        return [
            movement
            for price in self.of_players
            if price.hold is not None
            for movement in ledger.move(
                escrow(price.hold),
                account,
                Currency.DOLLARS,
                price.stored,
                Source.BOUNTY_COLLECTED,
                price.id,
            )
        ]
