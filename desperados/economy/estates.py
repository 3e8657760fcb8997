"""What becomes of a character's goods and money when it leaves the world for good.

Listings are cancelled with their bids released, and whatever the character then holds leaves the
world through named sinks: wallet, vault and pack. Money and goods that wait as pending rewards stay
where they are; nobody can claim them, and the supply counts them.
"""

from __future__ import annotations

from bson import ObjectId

from desperados.economy import debts, ledger, market
from desperados.economy.accounts import Account, vault, wallet
from desperados.economy.documents import Currency, Hold
from desperados.economy.errors import CharacterNotFound, HoldsOpen
from desperados.economy.sources import Source
from desperados.inventory import items
from desperados.inventory.holders import pack
from desperados.inventory.movement import ALL
from desperados.inventory.sources import ItemSource


async def wind_up(character_id: ObjectId) -> None:
    """Empty everything that a character holds, inside the transaction that deletes it.

    Raises:
        CharacterNotFound: there is no such character.
        HoldsOpen: its money is in a bid, a stake or an investment.
        ItemLocked: something it carries cannot be taken off it now.
    """
    if await _has_open_holds(character_id):
        raise HoldsOpen
    await market.withdraw_listings(character_id)
    await debts.collect_from(character_id)
    await items.leave(
        ALL, from_=pack(character_id), source=ItemSource.CHARACTER_DELETED, actor=character_id
    )
    if await ledger.balances(wallet(character_id)) is None:
        raise CharacterNotFound
    burned = [
        ledger.burn(account, currency, amount, Source.CHARACTER_DELETED)
        for account in (wallet(character_id), vault(character_id))
        for currency, amount in (await _held(account)).items()
        if amount
    ]
    if burned:
        await ledger.post(burned)


async def _held(account: Account) -> dict[Currency, int]:
    return await ledger.balances(account) or {}


async def _has_open_holds(character_id: ObjectId) -> bool:
    held = [{f"held.{currency.value}": {"$gt": 0}} for currency in Currency]
    found = await Hold.collection().find_one({"ownerId": character_id, "$or": held}, {"_id": 1})
    return found is not None
