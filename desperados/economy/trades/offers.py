"""What one side of a trade offers: read from a request, checked, stored and shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from bson import ObjectId
from pydantic import ConfigDict, Field

from desperados.economy.goods import read_goods
from desperados.economy.market.documents import TradeGoods
from desperados.economy.trades.documents import TradeOffer
from desperados.economy.transfers import MOST_AT_ONCE
from desperados.engine.errors import InvalidInput, LimitExceeded
from desperados.engine.storage.collection import find_all
from desperados.engine.views import Id, View, told
from desperados.ledger.items.documents import CraftedItem
from desperados.ledger.items.errors import InsufficientItems, ItemLocked, UnknownItem
from desperados.ledger.items.rules import Pieces, check_quantity
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.rules import CAPS, check_amount
from desperados.vocabulary import ItemCode

MOST_KINDS = 20


class Goods(View):
    """Pieces of an item, or one unique piece. Either ``item`` or ``crafted_item_id`` is given."""

    model_config = ConfigDict(extra="forbid", strict=True)

    item: ItemCode | None = None
    quantity: Pieces = 1
    crafted_item_id: Id | None = None


class Offer(View):
    """What one side gives: goods and whole coins."""

    model_config = ConfigDict(extra="forbid", strict=True)

    items: Annotated[list[Goods], Field(max_length=MOST_KINDS)] = Field(default_factory=list)
    dollars: Annotated[int, told(0, CAPS[Currency.DOLLARS])] = 0
    gold: Annotated[int, told(0, CAPS[Currency.GOLD])] = 0
    silver: Annotated[int, told(0, CAPS[Currency.SILVER])] = 0


async def checked_offer(offer: Offer) -> TradeOffer:
    """The offer as it is stored, if everything in it exists and may be traded.

    Raises:
        InvalidAmount: an amount is not a whole number of coins.
        LimitExceeded: more money than may be given at once.
        InvalidQuantity: a quantity is not a whole number from 1 to 9,999.
        InvalidInput: more than 20 kinds of goods, one named twice, or not named at all.
        UnknownItem: an item does not exist.
        InsufficientItems: there is no such unique piece.
        ItemLocked: an item is not to be traded.
    """
    if len(offer.items) > MOST_KINDS:
        raise InvalidInput(f"At most {MOST_KINDS} kinds of goods.", path="offer.items")
    for currency in Currency:
        amount = getattr(offer, currency.value)
        if amount == 0 and type(amount) is int:
            continue
        path = f"offer.{currency.value}"
        if check_amount(amount, currency, path=path) > MOST_AT_ONCE[currency]:
            raise LimitExceeded(limit=MOST_AT_ONCE[currency], path=path)
    return TradeOffer(
        items=await _checked_goods(offer.items),
        dollars=offer.dollars,
        gold=offer.gold,
        silver=offer.silver,
    )


async def _checked_goods(offered: Sequence[Goods]) -> list[TradeGoods]:
    uniques = await _unique_codes([g.crafted_item_id for g in offered if g.crafted_item_id])
    checked: list[TradeGoods] = []
    for index, goods in enumerate(offered):
        place = f"offer.items.{index}"
        quantity = check_quantity(goods.quantity, path=f"{place}.quantity")
        if (goods.item is None) == (goods.crafted_item_id is None):
            raise InvalidInput("Name an item or a unique piece.", path=place)
        if goods.crafted_item_id is None:
            assert goods.item is not None
            checked.append(TradeGoods(item_id=goods.item, quantity=quantity))
            continue
        if goods.crafted_item_id not in uniques or quantity != 1:
            raise InsufficientItems(
                unique=str(goods.crafted_item_id), path=f"{place}.craftedItemId"
            )
        code = uniques[goods.crafted_item_id]
        checked.append(TradeGoods(item_id=code, crafted_item_id=goods.crafted_item_id))
    named = [goods.crafted_item_id or goods.item_id for goods in checked]
    if len(set(named)) != len(named):
        raise InvalidInput("Name each kind of goods once.", path="offer.items")
    known = await read_goods([goods.item_id for goods in checked])
    for index, named_goods in enumerate(checked):
        found, path = known.get(named_goods.item_id), f"offer.items.{index}.item"
        if found is None:
            raise UnknownItem(path=path, item=named_goods.item_id)
        if not found.tradeable:
            raise ItemLocked(path=path, item=named_goods.item_id)
    return checked


async def _unique_codes(ids: list[ObjectId]) -> dict[ObjectId, str]:
    if not ids:
        return {}
    rows = await find_all(
        CraftedItem.collection(),
        {"_id": {"$in": ids}},
        projection={"baseItemId": 1},
        limit=len(ids),
    )
    return {row["_id"]: row["baseItemId"] for row in rows}


def coins(offer: TradeOffer) -> dict[Currency, int]:
    """The money in an offer, without what is not there."""
    amounts = {currency: int(getattr(offer, currency.value) or 0) for currency in Currency}
    return {currency: amount for currency, amount in amounts.items() if amount}


def is_empty(offer: TradeOffer) -> bool:
    """Whether nothing is offered."""
    return not offer.items and not coins(offer)


def offer_view(offer: TradeOffer) -> Offer:
    """The offer as it is shown."""
    return Offer(
        items=[
            Goods(
                item=goods.item_id if goods.crafted_item_id is None else None,
                quantity=goods.quantity,
                crafted_item_id=goods.crafted_item_id,
            )
            for goods in offer.items
        ],
        dollars=offer.dollars,
        gold=offer.gold,
        silver=offer.silver,
    )
