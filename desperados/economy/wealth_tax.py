"""The wealth tax: once a day, a share of what a character has in wallet and vault.

A sweep taxes every character in a transaction of its own, under a key of the day, so nobody is
taxed twice and one who cannot be taxed spares nobody else. A day on which nobody ran is not made
up.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from bson import ObjectId

from desperados.characters.actor import load_actor
from desperados.characters.errors import CharacterNotFound
from desperados.economy.events import TaxCollected
from desperados.economy.taxes import WEALTH_TAX_AGE, WEALTH_TAX_FROM, wealth_tax
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.game import collection_of
from desperados.engine.live.events import push
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.streams import batches_by_id
from desperados.engine.views import Id, View
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import BOOKS, AccountKind, vault, wallet
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.sources import Source

BATCH = 500
DAY = timedelta(days=1)
AFTER_MIDNIGHT = timedelta(minutes=10)


class TaxReceipt(View):
    """What a day's tax took, and from where. ``operation`` is null when nothing was due."""

    character_id: Id
    wealth: int
    from_wallet: int
    from_vault: int
    operation: Id | None


class TaxProjection(View):
    """The wealth tax as it would be now. ``exempt_until`` is null for who is not exempt."""

    wealth: int
    tax: int
    exempt_until: datetime | None


async def wealthy(_period: datetime, after: ObjectId | None) -> AsyncIterator[ObjectId]:
    """Characters after ``after`` whose wealth is above the untaxed part, for the sweep."""
    wallets, vaults = BOOKS[AccountKind.WALLET], BOOKS[AccountKind.VAULT]
    dollars = Currency.DOLLARS
    fields = {wallets.fields[dollars]: 1, "deletedAt": 1}
    async for batch in batches_by_id(
        collection_of(wallets.collection), {}, fields, after=after, size=BATCH
    ):
        held = {
            document["_id"]: wallets.balance(document, dollars)
            for document in batch
            if document.get("deletedAt") is None
        }
        boxes = await find_all(
            collection_of(vaults.collection),
            {vaults.key: {"$in": list(held)}},
            projection={vaults.key: 1, vaults.fields[dollars]: 1},
            limit=BATCH,
        )
        for box in boxes:
            held[box[vaults.key]] += vaults.balance(box, dollars)
        for character_id, wealth in held.items():
            if wealth > WEALTH_TAX_FROM:
                yield character_id


async def collect_for_day(period: datetime, character_id: ObjectId) -> None:
    """Tax a character for the day that ``period`` begins, for the sweep."""
    with contextlib.suppress(CharacterNotFound):  # deleted since the list was read
        await collect(f"wealth_tax:{period:%Y-%m-%d}", character_id, key=str(character_id))


@command(queue="character_id")
async def collect(assessment: str, character_id: ObjectId, *, key: str | None = None) -> TaxReceipt:
    """Take the tax of one day from a character: from the wallet, then from the vault.

    The key belongs to the ``assessment`` ("wealth_tax:2030-01-31"), not to the character, whose
    own keys players choose.

    Raises:
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    in_wallet, in_vault, created_at = await _holdings(character_id)
    wealth = in_wallet + in_vault
    tax = wealth_tax(wealth) if clock.now() >= created_at + WEALTH_TAX_AGE else 0
    from_wallet = min(tax, in_wallet)
    shares = {wallet(character_id): from_wallet, vault(character_id): tax - from_wallet}
    operation = None
    if tax:
        posted = await ledger.post(
            [
                ledger.burn(account, Currency.DOLLARS, share, Source.WEALTH_TAX, note=assessment)
                for account, share in shares.items()
                if share
            ],
            OperationKind.WEALTH_TAX,
        )
        operation = posted.operation
        collected = TaxCollected(
            wealth=wealth, tax=tax, from_wallet=from_wallet, from_vault=tax - from_wallet
        )
        push(collected, to=character_id)
    return TaxReceipt(
        character_id=character_id,
        wealth=wealth,
        from_wallet=from_wallet,
        from_vault=tax - from_wallet,
        operation=operation,
    )


async def projected_wealth_tax(actor: ObjectId) -> TaxProjection:
    """What the wealth tax would take from a character now.

    Raises:
        CharacterNotFound: there is no such character.
    """
    in_wallet, in_vault, created_at = await _holdings(actor)
    taxed_from = created_at + WEALTH_TAX_AGE
    exempt = clock.now() < taxed_from
    wealth = in_wallet + in_vault
    return TaxProjection(
        wealth=wealth,
        tax=0 if exempt else wealth_tax(wealth),
        exempt_until=taxed_from if exempt else None,
    )


async def _holdings(character_id: ObjectId) -> tuple[int, int, datetime]:
    """Dollars in the wallet and in the vault, and since when there is such a character."""
    owner = await load_actor(character_id)
    in_vault = (await ledger.balances(vault(character_id)) or {}).get(Currency.DOLLARS, 0)
    return owner.dollars, in_vault, owner.created_at
