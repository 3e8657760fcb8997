"""What one player may send another: the limits and the tax on top of the plain transfer.

Limits: a character sends nothing in its first 24 hours, at most 1,000,000 dollars or 10,000 units
of metal at once and 3,000,000 dollars in a UTC day; an account makes ten transfers in an hour.
Dollars beyond the first 1,000 of a day are taxed with one percent, which the sender pays on top.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, NamedTuple

from bson import ObjectId
from pydantic import ConfigDict, Field

from desperados.characters import happenings
from desperados.characters.actor import (
    Actor,
    actors_of,
    banned_of,
    giver_of,
    itself,
    load_actor,
    refuse_blocked,
    refuse_those,
)
from desperados.characters.errors import CharacterUnavailable
from desperados.characters.happenings import Happened
from desperados.characters.ownership import keep_owner, kept_owners
from desperados.economy.corrections import debts
from desperados.economy.errors import RecipientNotFound, SelfTransfer, TooManyPayments
from desperados.economy.rewards import tell_waiting
from desperados.economy.taxes import transfer_tax
from desperados.engine.allowances import Limit, Usage, per_day, read_usage, usage_of
from desperados.engine.commands import command
from desperados.engine.errors import Contention, InvalidInput, LimitExceeded
from desperados.engine.storage.reads import Read, together
from desperados.engine.views import Id, View
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import wallet
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.errors import InsufficientFunds
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.rules import Coins, check_amount, check_currency
from desperados.ledger.money.sources import Source
from desperados.social.blocks import blocks_between

LONGEST_NOTE = 200
MOST_PAYMENTS = 100
MOST_AT_ONCE = {Currency.DOLLARS: 1_000_000, Currency.GOLD: 10_000, Currency.SILVER: 10_000}
MOST_DOLLARS_A_DAY = 3_000_000

DOLLARS_SENT = per_day("sent", MOST_DOLLARS_A_DAY)
TRANSFERS = Limit("transfers", 10, timedelta(hours=1))

Note = Annotated[str, Field(max_length=LONGEST_NOTE, examples=["For the mule."])]


class Payment(View):
    """One recipient of a batch, and how much."""

    model_config = ConfigDict(extra="forbid", strict=True)

    recipient_id: Id
    amount: Coins


class SendReceipt(View):
    """What was sent. ``tax`` was paid on top; ``parked`` coins wait for a full recipient."""

    operation: Id
    currency: Currency
    amount: int
    tax: int
    parked: int
    balance: int
    at: datetime


@command(queue=("actor", "recipient_id"))
async def send(
    actor: ObjectId,
    recipient_id: ObjectId,
    amount: Coins,
    *,
    currency: Currency = Currency.DOLLARS,
    note: Note | None = None,
    key: str | None = None,
) -> SendReceipt:
    """Send money to another player's character.

    At most 1,000,000 dollars or 10,000 units of metal at once, 3,000,000 dollars in a UTC day, and
    ten transfers of an account in an hour. Of what goes beyond the first 1,000 dollars of a day
    one percent (rounded up) is taken as tax, on top. What a full wallet cannot take waits for the
    recipient as a pending reward.

    Raises:
        InsufficientFunds: the sender holds less than the amount and its tax.
        InvalidAmount: the amount is not a whole number from 1 to the currency's cap.
        LimitExceeded: more than may be sent at once, or than is left of the day's limit.
        RateLimited: the account made ten transfers in the last hour.
        SelfTransfer: sender and recipient are the same character.
        TooNew: the sender is younger than 24 hours (in production).
        CharacterUnavailable: one of the two is dead, the recipient is banned, or blocked by the
            sender.
        TradeLocked: the staff bar the character from trade.
        CharacterNotFound: there is no such sender.
        RecipientNotFound: there is no such recipient, or it has blocked the sender.
        UnknownCurrency: there is no such currency.
        InvalidInput: the note is longer than 200 characters or holds control characters.
        KeyReused: the key was used with another request.
    """
    currency = check_currency(currency)
    _check_note(note)
    shares = [_Share(recipient_id, amount, "")]
    _check_shares(actor, shares, currency)
    return await _send(actor, shares, currency, note)


@command(queue="actor")
async def send_many(
    actor: ObjectId,
    payments: Annotated[Sequence[Payment], Field(min_length=1, max_length=MOST_PAYMENTS)],
    *,
    currency: Currency = Currency.DOLLARS,
    note: Note | None = None,
    key: str | None = None,
) -> SendReceipt:
    """Send money to up to 100 characters: all of them get theirs, or nobody does.

    The limits of ``send`` hold: that of one transfer for each payment, that of the day for their
    sum. A batch counts as one transfer of the hour.

    Raises:
        TooManyPayments: no payment, more than 100, or one recipient twice.
        InsufficientFunds: the sender holds less than the sum and its tax.
        InvalidAmount: an amount is not a whole number from 1 to the currency's cap.
        LimitExceeded: more than may be sent at once, or than is left of the day's limit.
        RateLimited: the account made ten transfers in the last hour.
        SelfTransfer: one recipient is the sender.
        TooNew: the sender is younger than 24 hours (in production).
        CharacterUnavailable: the sender or a recipient is dead, or a recipient is banned, or
            blocked by the sender.
        TradeLocked: the staff bar the character from trade.
        CharacterNotFound: there is no such sender.
        RecipientNotFound: one recipient does not exist, or has blocked the sender.
        UnknownCurrency: there is no such currency.
        InvalidInput: the note is longer than 200 characters or holds control characters.
        KeyReused: the key was used with another request.
    """
    currency = check_currency(currency)
    _check_note(note)
    recipients = {payment.recipient_id for payment in payments}
    if not 1 <= len(payments) <= MOST_PAYMENTS or len(recipients) != len(payments):
        raise TooManyPayments(path="payments", most=MOST_PAYMENTS)
    shares = [
        _Share(payment.recipient_id, payment.amount, f"payments.{index}.")
        for index, payment in enumerate(payments)
    ]
    _check_shares(actor, shares, currency)
    await _check_sender(actor, sum(share.amount for share in shares), currency)
    return await _send(actor, shares, currency, note)


class _Share(NamedTuple):
    """What one recipient gets; ``where`` is where the request says so."""

    recipient: ObjectId
    amount: int
    where: str


async def _send(
    actor: ObjectId, shares: list[_Share], currency: Currency, note: str | None
) -> SendReceipt:
    sender, usage, owed = await _check_people(actor, shares)
    total = sum(share.amount for share in shares)
    usage.use(TRANSFERS, sender.user_id)
    tax = _take_from_day(usage, actor, total) if currency is Currency.DOLLARS else 0
    await debts.collect_first(owed)
    movements = [
        movement
        for recipient, amount, _ in shares
        for movement in ledger.move(
            wallet(actor), wallet(recipient), currency, amount, Source.PLAYER_TRANSFER, note=note
        )
    ]
    if tax:
        movements.append(ledger.burn(wallet(actor), currency, tax, Source.TRANSFER_TAX))
    posted = await ledger.post(movements, OperationKind.TRANSFER)
    usage.write()
    happenings.note(
        sender,
        Happened.TRADE_DONE,
        "sent",
        other=shares[0].recipient if len(shares) == 1 else None,
        amount=total if currency is Currency.DOLLARS else 0,
        reference=posted.operation,
    )
    tell_waiting(posted, actor)
    return SendReceipt(
        operation=posted.operation,
        currency=currency,
        amount=total,
        tax=tax,
        parked=sum(posted.parked.values()),
        balance=posted.balances[wallet(actor), currency],
        at=posted.at,
    )


def _take_from_day(usage: Usage, actor: ObjectId, total: int) -> int:
    """Count ``total`` against the day's limit; returns the tax on it."""
    tax = transfer_tax(total, usage.before(DOLLARS_SENT, actor))
    usage.use(DOLLARS_SENT, actor, total)
    return tax


async def _check_sender(actor: ObjectId, total: int, currency: Currency) -> None:
    """Refuse a batch for what its sender may not or cannot give, before a hundred recipients are
    looked up for it."""
    sender = await load_actor(actor)
    sender.must_be_able_to_give()
    usage = await read_usage((DOLLARS_SENT, actor), (TRANSFERS, sender.user_id))
    usage.use(TRANSFERS, sender.user_id)
    tax = _take_from_day(usage, actor, total) if currency is Currency.DOLLARS else 0
    had = (await ledger.balances(wallet(actor)) or {}).get(currency, 0)
    if had < total + tax:
        raise InsufficientFunds(
            account=str(wallet(actor)), currency=currency.value, had=had, needed=total + tax
        )


async def _check_people(
    actor: ObjectId, shares: list[_Share]
) -> tuple[Actor, Usage, Read[list[ObjectId]]]:
    """The sender, if it may send and all recipients may receive; what was sent before, and what
    the sender owes. One round trip; two where this process has not met all of them before."""
    paths = {share.recipient: f"{share.where}recipientId" for share in shares}
    unknown = {recipient: RecipientNotFound(path=path) for recipient, path in paths.items()}
    sender, others = giver_of(actor), actors_of(paths, unknown)
    people: tuple[Read[Any], ...] = (sender, others)
    owners = kept_owners([actor, *paths])
    if len(owners) <= len(paths):
        await together(*people)
        owners = _keep_owners(sender, others)
        people = (itself(sender.result),)
    usage = usage_of((DOLLARS_SENT, actor), (TRANSFERS, owners[actor]))
    owed, blocks = debts.owed_by(actor), blocks_between(actor, list(paths))
    banned = banned_of(owners[recipient] for recipient in paths)
    await together(*people, banned, blocks, usage, owed)
    if _keep_owners(sender, others) != owners:
        raise Contention(retry_after=1)  # another program gave one away; now it is kept right
    recipients = {path: others.result[recipient] for recipient, path in paths.items()}
    for path, recipient in recipients.items():
        if recipient.dead:
            raise CharacterUnavailable("The recipient is dead.", state="dead", path=path)
    refuse_those(banned.result, recipients)
    refuse_blocked(blocks.result, recipients, unknown)
    return sender.result, usage.result, owed


def _keep_owners(
    sender: Read[Actor], others: Read[dict[ObjectId, Actor]]
) -> dict[ObjectId, ObjectId]:
    """Keep whose these characters are; returns it."""
    people = [sender.result, *others.result.values()]
    for person in people:
        keep_owner(person.id, person.user_id)
    return {person.id: person.user_id for person in people}


def _check_shares(actor: ObjectId, shares: list[_Share], currency: Currency) -> None:
    most = MOST_AT_ONCE[currency]
    for recipient, amount, where in shares:
        if check_amount(amount, currency, path=f"{where}amount") > most:
            raise LimitExceeded(
                f"At most {most:,} {currency.value} in one transfer.",
                limit=most,
                path=f"{where}amount",
            )
        if recipient == actor:
            raise SelfTransfer(path=f"{where}recipientId")


def _check_note(note: str | None) -> None:
    if note is not None and (
        not isinstance(note, str) or len(note) > LONGEST_NOTE or not note.isprintable()
    ):
        raise InvalidInput(
            f"A note has at most {LONGEST_NOTE} characters, none of them control characters.",
            path="note",
        )
