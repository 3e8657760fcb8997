"""The history of money, and where it lies besides wallets, treasuries and listings."""

from enum import StrEnum

from pydantic import Field
from pymongo import IndexModel

from desperados.engine.clock import now
from desperados.engine.storage.documents import (
    CodedDocument,
    Document,
    Embedded,
    index,
    ttl,
    unique,
)
from desperados.engine.storage.fields import Date, Id, Integer, Mixed, Money, Number
from desperados.engine.storage.indexes import HAS_ID, HAS_NUMBER
from desperados.references import CharacterId

KEPT_SECONDS = 90 * 24 * 60 * 60


def holding(*balances: str) -> tuple[IndexModel, ...]:
    """Indexes of the accounts that hold something, where most hold nothing any more."""
    return tuple(index(balance, where={balance: {"$gt": 0}}) for balance in balances)


class TransactionType(StrEnum):
    """What kind of movement a row records."""

    EARN = "earn"
    SPEND = "spend"
    TRANSFER = "transfer"
    TAX = "tax"


class Currency(StrEnum):
    """The three kinds of money."""

    DOLLARS = "dollars"
    GOLD = "gold"
    SILVER = "silver"


class GoldTransaction(Document):
    """One change of one wallet's balance. Rows are only ever added, by the ledger.

    The rows of a wallet and currency form a chain: each ``balance_before`` is the ``balance_after``
    of the row before. ``seq`` counts them from 1; rows written before it was introduced lack it.
    """

    character_id: CharacterId
    type: TransactionType
    currency: Currency
    amount: Money
    source: str
    reference: Id | None = None
    balance_before: Money
    balance_after: Money
    created_at: Date = Field(default_factory=now)
    seq: Integer | None = None
    # The account on the other side, where there is one.
    counterparty: str | None = None
    # Groups the rows of one posting.
    operation: Id | None = None
    # What the sender of a transfer wrote.
    note: str | None = None
    # What explains the amount: the base and the factors of a reward that was boosted.
    metadata: Mixed | None = None

    class Settings:
        name = "goldtransactions"
        indexes = (
            index("characterId"),
            index("createdAt"),
            index("type"),
            index("characterId", "createdAt"),
            unique("characterId", "currency", "seq", where={"seq": HAS_NUMBER}),
            index("operation"),
            index("characterId", "createdAt", "_id"),
            index("characterId", "currency", "createdAt", "_id"),
        )


class AccountEntry(Document):
    """One change of the balance of an account that is not a wallet. Added only, by the ledger.

    ``account`` is the kind and the id of the account: "pending:65f0...". The first row of a reward
    and the rows of a hold say whose it is (``owner``). The rest is as in GoldTransaction.
    """

    account: str
    type: TransactionType
    currency: Currency
    amount: Money
    source: str
    reference: Id | None = None
    balance_before: Money
    balance_after: Money
    created_at: Date = Field(default_factory=now)
    seq: Integer
    counterparty: str | None = None
    operation: Id
    owner: Id | None = None
    metadata: Mixed | None = None

    class Settings:
        name = "accountentries"
        indexes = (
            unique("account", "currency", "seq"),
            index("account", "createdAt", "_id"),
            index("createdAt"),
            index("operation"),
        )


class ArchivedTransaction(GoldTransaction):
    """A row of a wallet that is older than a year. It left the history that players see."""

    class Settings:
        name = "archivedtransactions"
        indexes = (
            unique("characterId", "currency", "seq"),
            index("createdAt"),
            index("operation"),
        )


class ArchivedEntry(AccountEntry):
    """A row of another account that is older than a year."""

    class Settings:
        name = "archivedentries"
        indexes = (
            unique("account", "currency", "seq"),
            index("createdAt"),
            index("operation"),
        )


class Operation(Document):
    """What one posting was: the document that explains its rows. See ``operations``.

    ``id`` is the ``operation`` of the rows, ``legs`` their number and ``digest`` what identifies
    them. ``details`` says what was agreed, where the amounts alone do not.
    """

    kind: str
    legs: Integer
    digest: str
    details: Mixed | None = None
    # The operation that this one undid, and the one that undid this.
    reverses: Id | None = None
    reversed_by: Id | None = None
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "operations"
        # Of the few that were undone, or undid another.
        indexes = (
            index("kind", "_id", where={"kind": "reversal"}),
            index("reversedBy", where={"reversedBy": HAS_ID}),
        )


class SourceSum(Embedded):
    """What the rows of one currency and source add up to, and how many they are."""

    currency: Currency
    source: str
    amount: Money
    rows: Integer


class LedgerCheckpoint(CodedDocument):
    """What all rows of the ledger before a moment add up to. ``id`` is that moment as text.

    A claim, made so that nobody adds up the whole history every day; the audit proves it.
    """

    until: Date
    sums: list[SourceSum]
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "ledgercheckpoints"
        indexes = (unique("until"),)


class HoldPurpose(StrEnum):
    """What money is held for."""

    BID = "bid"
    STAKE = "stake"
    TRADE = "trade"
    INVESTMENT = "investment"
    POOL = "pool"
    CHEST = "chest"
    BOUNTY = "bounty"
    MAIL = "mail"
    TREATY = "treaty"
    BOND = "bond"


class HoldOwner(StrEnum):
    """The kinds of owner that a hold may have."""

    CHARACTER = "character"
    GANG = "gang"
    CONTEST = "contest"  # the pool of all who take part


class HoldStatus(StrEnum):
    """Where a hold stands. An open one becomes one of the others, once."""

    OPEN = "open"
    RELEASED = "released"  # it went back to its owner
    CAPTURED = "captured"  # it went to somebody else
    LAPSED = "lapsed"  # it left the world


class Hold(Document):
    """Money taken from an owner and kept until something is decided. See ``holds``.

    It is open while ``held`` is above zero, and holds value: then it never expires. What closes it
    sets ``expires_at``, after which it vanishes. Older rows have neither ``owner_kind`` (then a
    character's) nor ``status`` (then what is held says whether it is open).
    """

    owner_kind: HoldOwner = HoldOwner.CHARACTER
    owner_id: Id
    purpose: HoldPurpose
    # What it is held for: the listing, the wager, the trade.
    reference: Id
    held: dict[str, Money] = Field(default_factory=dict)
    status: HoldStatus | None = None
    ledger_seq: dict[str, Integer] | None = None
    created_at: Date = Field(default_factory=now)
    updated_at: Date | None = None
    closed_at: Date | None = None
    expires_at: Date | None = None

    class Settings:
        name = "holds"
        indexes = (
            index("ownerId", "createdAt"),
            index("ownerId", "status"),
            index("reference"),
            index("ownerId", "purpose", "createdAt", "_id"),
            *holding("held.dollars", "held.gold", "held.silver"),
            ttl("expiresAt"),
        )


class PendingReward(Document):
    """Money or goods that wait for a character to make room for them."""

    character_id: Id
    reward_type: str
    rewards: Mixed = Field(default_factory=dict)
    source: str
    created_at: Date = Field(default_factory=now)
    expires_at: Date | None = None
    # Set when all of it was taken. A row of ours vanishes then, some time later.
    claimed_at: Date | None = None
    vanishes: bool | None = None
    # Kept by the ledger and the inventory, which count what lies in it.
    ledger_seq: dict[str, Integer] | None = None
    item_seq: Integer | None = None
    unique_count: Integer | None = None
    unique_weight: Number | None = None

    class Settings:
        name = "pendingrewards"
        indexes = (
            index("characterId"),
            index("characterId", "claimedAt", "createdAt", "_id"),
            index("claimedAt", "_id"),
            ttl("claimedAt", KEPT_SECONDS, where={"vanishes": True}),
            *holding("rewards.dollars", "rewards.gold", "rewards.silver"),
        )
