"""What the shapes of play keep in collections of their own."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, Embedded, index, ttl, unique
from desperados.engine.storage.fields import Date, Id, Integer, Mixed, Money
from desperados.ledger.money.documents import Currency, HoldPurpose
from desperados.references import CharacterId, UserId

A_MONTH = 30 * 24 * 60 * 60


class QuestionStatus(StrEnum):
    """Where a question stands."""

    OPEN = "open"
    ANSWERED = "answered"
    DEFAULTED = "defaulted"  # its time was over
    LAPSED = "lapsed"  # whoever was asked has left the world


class QuestionOption(Embedded):
    """One answer that may be given: what is sent, and what it says."""

    code: str
    text: str


class Question(Document):
    """Something that a character is to decide, and what happens by itself at ``expires_at``.

    ``kind`` names what is called with the answer, ``subject`` what it is about, for that. A month
    after it was settled it vanishes.
    """

    character_id: CharacterId
    kind: str
    text: str
    subject: dict[str, Mixed] = Field(default_factory=dict)
    options: list[QuestionOption]
    default: str
    status: QuestionStatus = QuestionStatus.OPEN
    answer: str | None = None
    created_at: Date = Field(default_factory=now)
    expires_at: Date
    closed_at: Date | None = None

    class Settings:
        name = "questions"
        indexes = (
            index("characterId", "status", "expiresAt", "_id"),
            index("status", "expiresAt", "_id"),
            ttl("closedAt", A_MONTH),
        )


class OfferStatus(StrEnum):
    """Where an offer stands. Pending and accepted ones are open: their money is held."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    USED = "used"  # what was agreed has come about
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


OPEN_OFFERS = [OfferStatus.PENDING.value, OfferStatus.ACCEPTED.value]


class Offer(Document):
    """Something that one character proposes to another, which consents or does not.

    ``kind`` names what is called when it is accepted, ``subject`` what it is for: the same is
    offered to the same character once at a time. ``amount`` of ``currency`` lies in the hold
    ``hold_id`` while the offer is open. A month after it was closed it vanishes.
    """

    kind: str
    from_id: CharacterId
    to_id: CharacterId
    subject: str
    text: str
    terms: dict[str, Mixed] = Field(default_factory=dict)
    currency: Currency | None = None
    amount: Money = 0
    hold_purpose: HoldPurpose | None = None
    hold_id: Id | None = None
    status: OfferStatus = OfferStatus.PENDING
    created_at: Date = Field(default_factory=now)
    expires_at: Date
    closed_at: Date | None = None

    class Settings:
        name = "offers"
        indexes = (
            unique("kind", "subject", "toId", where={"status": {"$in": OPEN_OFFERS}}),
            index("kind", "subject", "status", "_id"),
            index("toId", "closedAt", "createdAt", "_id"),
            index("fromId", "closedAt", "createdAt", "_id"),
            index("closedAt", "expiresAt", "_id"),
            ttl("closedAt", A_MONTH),
        )


class ContestStage(StrEnum):
    """Where a contest stands."""

    OPEN = "open"  # it takes entries
    GATHERING = "gathering"  # it has begun, and fees go into the pool
    RUNNING = "running"
    PAYING = "paying"  # it is decided, and prizes go out
    REFUNDING = "refunding"  # it was called off, and fees go back
    COMPLETE = "complete"
    CANCELLED = "cancelled"


class Prize(Embedded):
    """What somebody has won. ``place`` counts from 1; those who share it have the same."""

    character_id: CharacterId
    place: Integer
    amount: Money


class Contest(Document):
    """The money and the places of a contest; what is contended in it is its domain's.

    ``kind`` names how it is run, ``ref_id`` the domain's own document. ``least`` must take part.
    ``due_at`` is when the next step is due; it is missing while nothing is. ``gathered`` and
    ``paid_out`` count what went into the pool and out of it.
    """

    kind: str
    ref_id: Id
    currency: Currency = Currency.DOLLARS
    fee: Money = Field(default=0, ge=0)
    capacity: Integer = Field(ge=1)
    least: Integer = 2
    entered: Integer = 0
    stage: ContestStage = ContestStage.OPEN
    pool_id: Id | None = None
    gathered: Money = 0
    paid_out: Money = 0
    prizes: list[Prize] = Field(default_factory=list)
    created_at: Date = Field(default_factory=now)
    starts_at: Date
    due_at: Date | None = None
    closed_at: Date | None = None

    class Settings:
        name = "contests"
        indexes = (
            index("dueAt", "_id"),
            unique("kind", "refId"),
        )


class EntryStatus(StrEnum):
    """Where an entry stands."""

    ENTERED = "entered"  # its fee is held
    GATHERED = "gathered"  # its fee is in the pool
    REFUNDED = "refunded"


class ContestEntry(Document):
    """A place in a contest, of which an account has one. ``paid`` is what was paid for it, and what
    is given back."""

    contest_id: Id
    character_id: CharacterId
    user_id: UserId
    status: EntryStatus = EntryStatus.ENTERED
    paid: Money
    hold_id: Id | None = None
    place: Integer | None = None
    prize: Money = 0
    paid_at: Date | None = None
    entered_at: Date = Field(default_factory=now)

    class Settings:
        name = "contestentries"
        indexes = (
            unique(
                "contestId",
                "userId",
                where={"status": {"$in": [EntryStatus.ENTERED.value, EntryStatus.GATHERED.value]}},
            ),
            index("contestId", "characterId", "status"),
            index("contestId", "status", "_id"),
            index("characterId", "enteredAt", "_id"),
        )
