"""The wealth tax: once a day, a share of what a character has in wallet and vault.

Every character is taxed in a transaction of its own, under a key of the day, so a run that stopped
half-way is done again without taxing anybody twice. A day on which nobody ran is not made up.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import structlog
from bson import ObjectId
from pymongo.errors import PyMongoError

from desperados.characters.errors import CharacterNotFound
from desperados.economy.errors import TaxIncomplete
from desperados.economy.events import TaxCollected
from desperados.economy.taxes import WEALTH_TAX_AGE, WEALTH_TAX_FROM, wealth_tax
from desperados.engine import clock
from desperados.engine.collection import find_all
from desperados.engine.commands import command
from desperados.engine.errors import GameError
from desperados.engine.game import collection_of
from desperados.engine.live.events import push
from desperados.engine.views import Id, View
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import BOOKS, AccountKind, vault, wallet
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.sources import Source

BATCH = 500
DAY = timedelta(days=1)
AFTER_MIDNIGHT = timedelta(minutes=10)

log = structlog.get_logger(__name__)


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


async def collect_all(period: datetime) -> None:
    """Tax every character for the day that ``period`` begins.

    Raises:
        TaxIncomplete: some could not be taxed; the others were.
    """
    failed: list[str] = []
    async for character_id in _wealthy():
        try:
            await collect(f"wealth_tax:{period:%Y-%m-%d}", character_id, key=str(character_id))
        except CharacterNotFound:
            continue  # deleted since the list was read
        except (GameError, PyMongoError) as error:
            failed.append(str(character_id))
            log.warning("wealth_tax_failed", character=str(character_id), error=repr(error))
    if failed:
        raise TaxIncomplete(count=len(failed), first=failed[0])


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
            ]
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
    book = BOOKS[AccountKind.WALLET]
    character = await collection_of(book.collection).find_one(
        {"_id": character_id, **book.alive},
        {book.fields[Currency.DOLLARS]: 1, "createdAt": 1},
    )
    if character is None:
        raise CharacterNotFound()
    in_wallet = book.balance(character, Currency.DOLLARS)
    in_vault = (await ledger.balances(vault(character_id)) or {}).get(Currency.DOLLARS, 0)
    created_at: datetime = character["createdAt"]
    return in_wallet, in_vault, created_at


async def _wealthy() -> AsyncIterator[ObjectId]:
    """Characters whose wealth is above the untaxed part, in batches by id."""
    wallets, vaults = BOOKS[AccountKind.WALLET], BOOKS[AccountKind.VAULT]
    dollars = Currency.DOLLARS
    last = ObjectId("0" * 24)
    while True:
        batch = await find_all(
            collection_of(wallets.collection),
            {"_id": {"$gt": last}},
            projection={wallets.fields[dollars]: 1, "deletedAt": 1},
            sort=[("_id", 1)],
            limit=BATCH,
        )
        if not batch:
            return
        last = batch[-1]["_id"]
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
