"""The wealth tax: once a day, a share of what a character has (``wealth``).

A sweep taxes every character in a transaction of its own, under a key of the day, so nobody is
taxed twice and one who cannot be taxed spares nobody else. A day on which nobody ran is not made
up.

The bands are those of an account: what its characters have together is taxed, and each pays its
share of that. The tax is taken from the wallet, then from the vault; what is put away in bids,
stakes, investments or metal cannot be taken, so its tax is owed, as a debt to the world. It is
collected from whatever comes back, however that comes to happen, and a debtor cannot be deleted.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bson import ObjectId

from desperados.characters.actor import Actor, load_actor
from desperados.characters.documents import Character
from desperados.characters.errors import CharacterNotFound
from desperados.characters.notices.writing import notify
from desperados.characters.rules import ALIVE, MOST_SLOTS
from desperados.economy.corrections import debts
from desperados.economy.events import TAXED, TaxCollected
from desperados.economy.taxes import WEALTH_TAX_AGE, WEALTH_TAX_FROM, share_of_tax
from desperados.economy.wealth import Wealth, wealth_of
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.live.events import push
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.streams import batches_by_id
from desperados.engine.views import Id, View
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import AccountKind, vault, wallet
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.sources import Source

BATCH = 500
MOST_CHARACTERS = 50  # of an account: ours has five at most, another program's may have more
DAY = timedelta(days=1)
AFTER_MIDNIGHT = timedelta(minutes=10)


class TaxReceipt(View):
    """What a day's tax took, and from where; ``owed`` could not be taken and became a debt.

    ``operation`` is null when nothing was taken.
    """

    character_id: Id
    wealth: int
    from_wallet: int
    from_vault: int
    owed: int
    operation: Id | None


class TaxProjection(View):
    """The wealth tax as it would be now, in dollars.

    ``wealth`` is what the character has: in wallet, vault, bids, stakes, investments and waiting
    rewards, and its metal at the base price. ``account_wealth`` is that of all characters of the
    account, which sets the bands. ``exempt_until`` is null for who is not exempt.
    """

    wealth: int
    in_wallet: int
    in_vault: int
    put_away: int
    waiting: int
    metal: int
    account_wealth: int
    tax: int
    exempt_until: datetime | None


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a character has and its account has, and the tax on it."""

    own: Wealth
    account: int
    tax: int
    exempt_until: datetime | None


async def wealthy(_period: datetime, after: ObjectId | None) -> AsyncIterator[ObjectId]:
    """Characters after ``after`` who may be taxed, for the sweep.

    Those are all who have so much that an account full of them would be above the untaxed part.
    """
    least = WEALTH_TAX_FROM // MOST_SLOTS
    async for batch in batches_by_id(
        Character.collection(), {}, {"deletedAt": 1}, after=after, size=BATCH
    ):
        living = [row["_id"] for row in batch if row.get("deletedAt") is None]
        for character_id, wealth in (await wealth_of(living)).items():
            if wealth.total > least:
                yield character_id


async def collect_for_day(period: datetime, character_id: ObjectId) -> None:
    """Tax a character for the day that ``period`` begins, for the sweep."""
    with contextlib.suppress(CharacterNotFound):  # deleted since the list was read
        await collect(f"wealth_tax:{period:%Y-%m-%d}", character_id, key=str(character_id))


@command(queue="character_id")
async def collect(assessment: str, character_id: ObjectId, *, key: str | None = None) -> TaxReceipt:
    """Take the tax of one day from a character: from the wallet, then from the vault. What is in
    neither is owed.

    The key belongs to the ``assessment`` ("wealth_tax:2030-01-31"), not to the character, whose
    own keys players choose.

    Raises:
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    assessed = await _assess(await load_actor(character_id))
    tax, dollars = assessed.tax, assessed.own.dollars
    from_wallet = min(tax, dollars[AccountKind.WALLET])
    from_vault = min(tax - from_wallet, dollars[AccountKind.VAULT])
    owed = tax - from_wallet - from_vault
    shares = {wallet(character_id): from_wallet, vault(character_id): from_vault}
    operation = None
    if from_wallet or from_vault:
        posted = await ledger.post(
            [
                ledger.burn(account, Currency.DOLLARS, share, Source.WEALTH_TAX, note=assessment)
                for account, share in shares.items()
                if share
            ],
            OperationKind.WEALTH_TAX,
        )
        operation = posted.operation
    if owed:
        await debts.owe_tax(character_id, owed)
    if tax:
        collected = TaxCollected(
            wealth=assessed.own.total,
            tax=tax,
            from_wallet=from_wallet,
            from_vault=from_vault,
            owed=owed,
        )
        push(collected, to=character_id)
        wealth = assessed.own.total
        notify(character_id, TAXED, wealth=wealth, tax=tax, owed=owed)
    return TaxReceipt(
        character_id=character_id,
        wealth=assessed.own.total,
        from_wallet=from_wallet,
        from_vault=from_vault,
        owed=owed,
        operation=operation,
    )


async def projected_wealth_tax(actor: ObjectId) -> TaxProjection:
    """What the wealth tax would take from a character now.

    Raises:
        CharacterNotFound: there is no such character.
    """
    assessed = await _assess(await load_actor(actor))
    dollars = assessed.own.dollars
    return TaxProjection(
        wealth=assessed.own.total,
        in_wallet=dollars[AccountKind.WALLET],
        in_vault=dollars[AccountKind.VAULT],
        put_away=dollars[AccountKind.ESCROW],
        waiting=dollars[AccountKind.PENDING],
        metal=assessed.own.metal,
        account_wealth=assessed.account,
        tax=assessed.tax,
        exempt_until=assessed.exempt_until,
    )


async def _assess(person: Actor) -> Assessment:
    """The tax on a character as it is now."""
    living = await find_all(
        Character.collection(),
        {"userId": person.user_id, **ALIVE},
        projection={"_id": 1},
        limit=MOST_CHARACTERS,
    )
    wealth = await wealth_of({person.id, *(row["_id"] for row in living)})
    own, account = wealth[person.id], sum(one.total for one in wealth.values())
    taxed_from = await _first_of(person) + WEALTH_TAX_AGE
    exempt_until = taxed_from if clock.now() < taxed_from else None
    tax = share_of_tax(own.total, account) if exempt_until is None else 0
    return Assessment(own, account, tax, exempt_until)


async def _first_of(person: Actor) -> datetime:
    """Since when the account of a character has one, deleted ones included.

    A new character of an old account is no newcomer; it would be a place to keep money for a week.
    """
    first = await find_all(
        Character.collection(),
        {"userId": person.user_id},
        projection={"createdAt": 1},
        sort=[("_id", 1)],
        limit=1,
    )
    came: list[datetime] = [row.get("createdAt") or row["_id"].generation_time for row in first]
    return min([person.created_at, *came])
