"""What a character is worth in money, wherever that money lies.

Money is in accounts and nowhere else, so two tables decide: whose wealth lies in each kind of
account, and for holds, whether what is kept for a purpose is still its owner's. What somebody could
have back tomorrow counts: a bid that may be outbid, a stake, a letter that was not taken. What has
become others' does not: a pot is shared by who wins, a gang's money is the gang's.

Metal counts at its base price, whatever the exchange asks for it today: it is money that was put
away, and nobody is taxed more for a rate that others have moved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from bson import ObjectId

from desperados.economy.bank.documents import ExchangedResource, Investment, InvestmentStatus
from desperados.economy.bank.rates import RULES
from desperados.engine import clock
from desperados.engine.game import collection_of
from desperados.engine.storage.streams import sliced
from desperados.ledger.money.accounts import BOOKS, AccountKind
from desperados.ledger.money.documents import Currency, HoldOwner, HoldPurpose
from desperados.ledger.rewards import RewardState, state_of

OWNERS: Mapping[AccountKind, str | None] = {
    AccountKind.WALLET: "_id",
    AccountKind.VAULT: "characterId",
    AccountKind.TREASURY: None,
    AccountKind.ESCROW: "ownerId",
    AccountKind.PENDING: "characterId",
}
"""The field that says whose wealth an account of this kind is; None: of no character."""

KEPT_FOR_OWNER: Mapping[HoldPurpose, bool] = {
    HoldPurpose.BID: True,
    HoldPurpose.STAKE: True,
    HoldPurpose.TRADE: True,
    HoldPurpose.INVESTMENT: True,
    HoldPurpose.POOL: False,
    HoldPurpose.CHEST: True,
    HoldPurpose.BOUNTY: True,
    HoldPurpose.MAIL: True,
    HoldPurpose.TREATY: True,
    HoldPurpose.BOND: True,
}
"""Whether what is held for a purpose is the wealth of the hold's owner."""

DOLLARS_OF: Mapping[Currency, int] = {
    Currency.DOLLARS: 1,
    Currency.GOLD: RULES[ExchangedResource.GOLD].base // 100,
    Currency.SILVER: RULES[ExchangedResource.SILVER].base // 100,
}
"""What a coin counts, in dollars."""


@dataclass(slots=True)
class Wealth:
    """Dollars of a character by where they lie, and what its metal counts."""

    dollars: dict[AccountKind, int] = field(default_factory=lambda: defaultdict(int))
    metal: int = 0

    @property
    def total(self) -> int:
        """All of it, in dollars."""
        return sum(self.dollars.values()) + self.metal

    def add(self, kind: AccountKind, held: Mapping[Currency, int]) -> None:
        """Count what an account holds."""
        for currency, amount in held.items():
            if currency is Currency.DOLLARS:
                self.dollars[kind] += amount
            else:
                self.metal += amount * DOLLARS_OF[currency]


def owner_of(kind: AccountKind, account: Mapping[str, Any]) -> ObjectId | None:
    """Whose wealth is in a stored account; None where it is no character's."""
    name = OWNERS[kind]
    if name is None:
        return None
    if kind is AccountKind.ESCROW:
        of_gang = account.get("ownerKind") == HoldOwner.GANG.value
        if of_gang or not KEPT_FOR_OWNER[HoldPurpose(account["purpose"])]:
            return None
    if kind is AccountKind.PENDING and state_of(account, clock.now()) is not RewardState.WAITING:
        return None
    owner: ObjectId = account[name]
    return owner


async def wealth_of(characters: Collection[ObjectId]) -> dict[ObjectId, Wealth]:
    """The wealth of each of these characters; of one who was deleted, without its wallet."""
    found = {character: Wealth() for character in characters}
    for kind, name in OWNERS.items():
        if name is None:
            continue
        book = BOOKS[kind]
        where = {name: {"$in": list(found)}, **book.alive, **book.holding}
        if kind is AccountKind.PENDING:
            where["claimedAt"] = None
        async for account in sliced(collection_of(book.collection).find(where)):
            owner = owner_of(kind, account)
            if owner is not None:
                held = {currency: book.balance(account, currency) for currency in book.fields}
                found[owner].add(kind, held)
    await _add_foreign_investments(found)
    return found


async def _add_foreign_investments(found: dict[ObjectId, Wealth]) -> None:
    """The principal of investments that another program sold is in no account."""
    standing = [InvestmentStatus.ACTIVE.value, InvestmentStatus.MATURED.value]
    where = {
        "characterId": {"$in": list(found)},
        "status": {"$in": standing},
        "holdId": None,
    }
    async for row in sliced(Investment.collection().find(where)):
        principal = {Currency.DOLLARS: int(row["principal"])}
        found[row["characterId"]].add(AccountKind.ESCROW, principal)
