"""The treasury of a gang: the two postings that its commands stand on.

A treasury is a hot account: a whole gang pays into one document at once. Both functions queue by
the gang, so that nobody works in vain (see ``engine.queues``). Who may deposit and withdraw, and
the gang's own book, are the business of the gangs domain, whose commands queue by the gang too.
"""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId

from desperados.characters.actor import load_actor
from desperados.characters.errors import CharacterNotFound
from desperados.engine.commands import command
from desperados.engine.views import Id, View
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import treasury, wallet
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.errors import AccountNotFound
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.rules import check_amount
from desperados.ledger.money.sources import Source


class TreasuryReceipt(View):
    """What lies where after a payment into a treasury or out of it. ``parked`` dollars wait as a
    pending reward, for the wallet is full."""

    operation: Id
    amount: int
    wallet: int
    treasury: int
    parked: int
    at: datetime


@command(queue="gang_id")
async def deposit(
    actor: ObjectId, gang_id: ObjectId, amount: int, *, key: str | None = None
) -> TreasuryReceipt:
    """Carry dollars from a wallet into a gang's treasury.

    Raises:
        InvalidAmount: the amount is not a whole number from 1 to the cap of dollars.
        InsufficientFunds: the wallet holds less.
        AccountFull: the treasury cannot hold that much.
        AccountNotFound: there is no such gang.
        CharacterUnavailable: the character is dead.
        TradeLocked: the staff bar the character from trade.
        TooNew: the character is younger than 24 hours.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    (await load_actor(actor)).must_be_able_to_give()
    return await _carry(actor, gang_id, amount, into_treasury=True)


@command(queue="gang_id")
async def withdraw(
    actor: ObjectId, gang_id: ObjectId, amount: int, *, key: str | None = None
) -> TreasuryReceipt:
    """Carry dollars from a gang's treasury into a wallet.

    Raises:
        InvalidAmount: the amount is not a whole number from 1 to the cap of dollars.
        InsufficientFunds: the treasury holds less.
        AccountNotFound: there is no such gang.
        CharacterUnavailable: the character is dead.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    (await load_actor(actor)).must_be_alive()
    return await _carry(actor, gang_id, amount, into_treasury=False)


async def _carry(
    actor: ObjectId, gang_id: ObjectId, amount: int, *, into_treasury: bool
) -> TreasuryReceipt:
    amount = check_amount(amount, Currency.DOLLARS)
    pocket, chest = wallet(actor), treasury(gang_id)
    giver, receiver = (pocket, chest) if into_treasury else (chest, pocket)
    source = Source.TREASURY_DEPOSIT if into_treasury else Source.TREASURY_WITHDRAWAL
    posted = await ledger.post(
        ledger.move(giver, receiver, Currency.DOLLARS, amount, source, reference=gang_id),
        OperationKind.TREASURY,
        missing={pocket: CharacterNotFound(), chest: AccountNotFound("There is no such gang.")},
    )
    return TreasuryReceipt(
        operation=posted.operation,
        amount=amount,
        wallet=posted.balances[pocket, Currency.DOLLARS],
        treasury=posted.balances[chest, Currency.DOLLARS],
        parked=posted.parked.get((pocket, Currency.DOLLARS), 0),
        at=posted.at,
    )
