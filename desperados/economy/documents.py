"""Debts, and what was reversed."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, index
from desperados.engine.storage.fields import Date, Id, Money
from desperados.ledger.money.documents import Currency
from desperados.references import CharacterId


class Reversal(Document):
    """A posting that staff undid by a counter-posting. ``id`` is the operation that was undone."""

    by: Id
    # The counter-posting; there is none if nothing was left to take.
    operation: Id | None = None
    reason: str
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "reversals"


class DebtStatus(StrEnum):
    """What became of a debt. A void one is of somebody who is gone, or to somebody who is."""

    OPEN = "open"
    REPAID = "repaid"
    FORGIVEN = "forgiven"
    VOID = "void"


class Debt(Document):
    """What could not be taken: back by a forced reversal, or as tax. ``owed`` is what is left of
    ``amount``.

    ``operation`` is the one that was undone; of a tax there is none, and ``source`` is that of the
    tax. Without a creditor it is owed to the world. What was repaid is in the rows of the ledger
    that refer to the debt.
    """

    debtor_id: CharacterId
    creditor_id: CharacterId | None = None
    currency: Currency
    amount: Money
    owed: Money
    operation: Id | None = None
    source: str | None = None
    status: DebtStatus = DebtStatus.OPEN
    created_at: Date = Field(default_factory=now)
    closed_at: Date | None = None

    class Settings:
        name = "debts"
        indexes = (
            index("status", "_id"),
            index("debtorId", "status"),
            index("debtorId", "createdAt", "_id"),
            index("operation"),
        )
