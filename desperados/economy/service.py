"""The everyday postings: earn, spend, transfer; balances and history.

Limits on what a player may send (per day, by age of the account) are commands on top of these.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.characters.actor import itself
from desperados.characters.errors import CharacterNotFound
from desperados.characters.participant import load_participant
from desperados.economy.errors import RecipientNotFound, SelfTransfer
from desperados.engine.commands import command
from desperados.engine.storage.paging import read_page
from desperados.engine.storage.reads import together
from desperados.engine.views import Cursor, Id, Limit, Page, View
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import wallet
from desperados.ledger.money.documents import Currency, GoldTransaction, TransactionType
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.rules import (
    check_amount,
    check_currency,
    check_source,
    check_unreserved,
)
from desperados.ledger.money.sources import Flow, Source
from desperados.play.multiplier_rules import check_boostable
from desperados.play.multipliers import Multiplier, Multipliers
from desperados.world.places import read_place


class Receipt(View):
    """What a posting did to one wallet. ``parked`` coins wait as a pending reward: the wallet is
    full. ``base`` is what a reward was before its boost, where there was one."""

    operation: Id
    currency: Currency
    amount: int
    balance: int
    parked: int = 0
    base: int | None = None
    at: datetime


class BalanceView(View):
    """What a character carries, in whole coins."""

    dollars: int
    gold: int
    silver: int


class EntryView(View):
    """One row of a wallet's history. ``amount`` is signed; ``base`` is what a reward was before
    world events, prestige or a newcomer's stake changed it."""

    id: Id
    type: TransactionType
    currency: Currency
    amount: int
    base: int | None = None
    source: str
    reference: Id | None = None
    counterparty: str | None = None
    note: str | None = None
    balance_before: int
    balance_after: int
    created_at: datetime


@command(queue="character_id")
async def earn(
    character_id: ObjectId,
    amount: int,
    *,
    source: Source,
    currency: Currency = Currency.DOLLARS,
    reference: ObjectId | None = None,
    boostable: bool = False,
    key: str | None = None,
) -> Receipt:
    """Make ``amount`` coins for a character, through a faucet.

    ``boostable``: dollars earned by play, on which world events, prestige, effects and the stake of
    a newcomer (50%) count: added up, a half to three times. The result is rounded down, and at
    least 1.

    Raises:
        NotBoostable: ``boostable``, and this is metal or the source is no reward for play.
        InvalidAmount: the amount is not a whole number from 1 to the currency's cap.
        UnknownSource: ``source`` is no faucet, or one of the ledger's own.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    currency = check_currency(currency)
    amount = check_amount(amount, currency)
    faucet = check_source(source, Flow.FAUCET)
    check_unreserved(faucet)
    account = wallet(character_id)
    base, metadata = None, None
    if boostable:
        check_boostable(faucet, currency)
        boost = await _multiplier(character_id)
        if metadata := boost.metadata(amount):
            base, amount = amount, boost.of(amount)
    movement = ledger.mint(
        account, currency, amount, faucet, reference=reference, metadata=metadata
    )
    posted = await ledger.post(
        [movement], OperationKind.INCOME, missing={account: CharacterNotFound()}
    )
    return receipt(posted, character_id, currency, amount, base)


async def _multiplier(character_id: ObjectId) -> Multiplier:
    """What multiplies the dollars that a character earns by play now."""
    character = await load_participant(character_id)
    multipliers = Multipliers(character, await read_place(character.location_id))
    await together(itself(character), *multipliers.reads)
    return multipliers.dollars()


@command(queue="character_id")
async def spend(
    character_id: ObjectId,
    amount: int,
    *,
    source: Source,
    currency: Currency = Currency.DOLLARS,
    reference: ObjectId | None = None,
    key: str | None = None,
) -> Receipt:
    """Take ``amount`` coins from a character, into a sink.

    Raises:
        InsufficientFunds: the character holds less.
        InvalidAmount: the amount is not a whole number from 1 to the currency's cap.
        UnknownSource: ``source`` is no sink, or one of the ledger's own.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    currency = check_currency(currency)
    amount = check_amount(amount, currency)
    sink = check_source(source, Flow.SINK, Flow.TAX)
    check_unreserved(sink)
    account = wallet(character_id)
    movement = ledger.burn(account, currency, amount, sink, reference=reference)
    posted = await ledger.post(
        [movement], OperationKind.SPENDING, missing={account: CharacterNotFound()}
    )
    return receipt(posted, character_id, currency, -amount)


@command(queue=("sender_id", "recipient_id"))
async def transfer(
    sender_id: ObjectId,
    recipient_id: ObjectId,
    amount: int,
    *,
    currency: Currency = Currency.DOLLARS,
    key: str | None = None,
) -> Receipt:
    """Carry ``amount`` coins from one character to another.

    The plain posting, without the limits of what a player may send.

    Raises:
        InsufficientFunds: the sender holds less.
        InvalidAmount: the amount is not a whole number from 1 to the currency's cap.
        SelfTransfer: sender and recipient are the same.
        CharacterNotFound: there is no such sender.
        RecipientNotFound: there is no such recipient.
        KeyReused: the key was used with another request.
    """
    currency = check_currency(currency)
    amount = check_amount(amount, currency)
    if sender_id == recipient_id:
        raise SelfTransfer(path="recipientId")
    sender, recipient = wallet(sender_id), wallet(recipient_id)
    posted = await ledger.post(
        ledger.move(sender, recipient, currency, amount, Source.PLAYER_TRANSFER),
        OperationKind.TRANSFER,
        missing={sender: CharacterNotFound(), recipient: RecipientNotFound(path="recipientId")},
    )
    return receipt(posted, sender_id, currency, -amount)


async def balance(character_id: ObjectId) -> BalanceView:
    """What a character carries.

    Raises:
        CharacterNotFound: there is no such character.
    """
    held = await ledger.balances(wallet(character_id))
    if held is None:
        raise CharacterNotFound()
    return BalanceView(**{currency.value: amount for currency, amount in held.items()})


async def history(
    character_id: ObjectId,
    *,
    currency: Currency | None = None,
    limit: Limit = 50,
    after: Cursor | None = None,
) -> Page[EntryView]:
    """The movements of a character's wallet, newest first.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    where: dict[str, Any] = {"characterId": character_id}
    if currency is not None:
        where["currency"] = check_currency(currency).value
    return await read_page(
        GoldTransaction.collection(),
        where,
        sort="-createdAt",
        limit=limit,
        after=after,
        view=_entry,
    )


def receipt(
    posted: ledger.Posted,
    character_id: ObjectId,
    currency: Currency,
    amount: int,
    base: int | None = None,
) -> Receipt:
    """What ``posted`` did to the wallet of a character."""
    place = (wallet(character_id), currency)
    return Receipt(
        operation=posted.operation,
        currency=currency,
        amount=amount,
        balance=posted.balances[place],
        parked=posted.parked.get(place, 0),
        base=base,
        at=posted.at,
    )


def _entry(row: dict[str, Any]) -> EntryView:
    boost = (row.get("metadata") or {}).get("boost") or {}
    return EntryView.model_validate({**row, "id": row["_id"], "base": boost.get("base")})
