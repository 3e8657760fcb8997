"""Who has a part in a listing. A party may be gone by now: what it is owed then waits for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from desperados.characters.errors import CharacterNotFound, CharacterUnavailable
from desperados.economy.errors import SelfTrade
from desperados.economy.market.documents import MarketListing
from desperados.engine.collection import find_all
from desperados.engine.game import collection_of
from desperados.inventory.people import TRADE_LOCK, require_unlocked
from desperados.ledger.money.accounts import BOOKS, AccountKind


@dataclass(frozen=True, slots=True)
class Party:
    """A character on one side of a listing; ``alive`` is whether it was not deleted."""

    id: ObjectId
    user_id: ObjectId | None
    alive: bool
    dead: bool
    locked_until: datetime | None = None


async def read_parties(listing: MarketListing, *more: ObjectId) -> dict[ObjectId, Party]:
    """The seller, the highest bidder and ``more`` characters, in one query."""
    ids = {listing.seller_id, *more}
    if listing.current_bidder_id is not None:
        ids.add(listing.current_bidder_id)
    return await parties_of(ids)


async def parties_of(ids: Iterable[ObjectId]) -> dict[ObjectId, Party]:
    """Characters as far as the market must know them; one that never was counts as gone."""
    wanted = list(ids)
    found = await find_all(
        collection_of(BOOKS[AccountKind.WALLET].collection),
        {"_id": {"$in": wanted}},
        projection={"userId": 1, "deletedAt": 1, "isDead": 1, TRADE_LOCK: 1},
        limit=len(wanted),
    )
    parties = {identity: Party(identity, None, False, False) for identity in wanted}
    for row in found:
        parties[row["_id"]] = Party(
            row["_id"],
            row["userId"],
            row.get("deletedAt") is None,
            bool(row.get("isDead")),
            row.get(TRADE_LOCK),
        )
    return parties


def require_customer(actor: Party, seller: Party) -> None:
    """Refuse who cannot deal with this seller.

    Raises:
        CharacterNotFound: there is no such character.
        CharacterUnavailable: the character is dead.
        SelfTrade: the seller is the same character, or one of the same account.
        TradeLocked: the staff bar the character from trade.
    """
    require_trader(actor)
    if actor.id == seller.id or actor.user_id == seller.user_id:
        raise SelfTrade()


def require_trader(actor: Party) -> None:
    """Refuse who is gone or dead, or whom the staff bar from trade.

    Raises:
        CharacterNotFound: there is no such character.
        CharacterUnavailable: the character is dead.
        TradeLocked: the staff bar the character from trade.
    """
    require_living(actor)
    require_unlocked(actor.id, actor.locked_until)


def require_living(actor: Party) -> None:
    """Refuse who is gone or dead.

    Raises:
        CharacterNotFound: there is no such character.
        CharacterUnavailable: the character is dead.
    """
    if not actor.alive:
        raise CharacterNotFound()
    if actor.dead:
        raise CharacterUnavailable("The dead trade nothing.")
