"""What trade must know of an item: what it is worth, who may use it, which prices it follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from desperados.economy.errors import BoughtBefore
from desperados.engine.storage.content import Content
from desperados.ledger.items.documents import Item, ItemMovement
from desperados.ledger.items.errors import UnknownItem
from desperados.ledger.items.holders import pack
from desperados.ledger.items.sources import ItemSource


@dataclass(frozen=True, slots=True)
class Goods:
    """An item, as trade sees it. ``value`` is in dollars; ``most_paid`` what shops pay at most."""

    id: ObjectId
    code: str
    name: str
    type: str
    rarity: str
    value: int
    level: int
    tags: tuple[str, ...]
    most_paid: int | None
    tradeable: bool
    sellable: bool
    once: bool = False

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Goods:
        """The goods in a stored ``Item``. What content does not forbid is allowed."""
        most_paid = stored.get("sellPrice")
        return cls(
            stored["_id"],
            stored["itemId"],
            stored.get("name", stored["itemId"]),
            stored.get("type", "misc"),
            stored.get("rarity", "common"),
            max(0, int(stored.get("value") or 0)),
            int(stored.get("levelRequired") or 1),
            tuple(stored.get("tags") or ()),
            None if most_paid is None else int(most_paid),
            stored.get("isTradeable") is not False,
            stored.get("isSellable") is not False,
            bool(stored.get("oncePerCharacter")),
        )


_GOODS = Content(Item, "itemId", Goods.of)


async def read_goods(codes: Iterable[str]) -> dict[str, Goods]:
    """The goods with these codes; unknown codes are left out."""
    return await _GOODS.read(code for code in codes if isinstance(code, str))


async def read_good(code: str, *, path: str = "item") -> Goods:
    """The goods with this code.

    Raises:
        UnknownItem: there is no such item.
    """
    for found in (await read_goods([code])).values():
        return found
    raise UnknownItem(path=path)


async def require_first(buyer: ObjectId, good: Goods, quantity: int) -> None:
    """Refuse the second piece of what a character buys once in its life.

    The history of its pack says whether it did. Two purchases at once meet at the wallet: one looks
    again.

    Raises:
        BoughtBefore: it did, or wants several at once.
    """
    if not good.once:
        return
    bought = await ItemMovement.collection().find_one(
        {
            "holder": str(pack(buyer)),
            "itemId": good.code,
            "source": {"$in": [ItemSource.SHOP_PURCHASE.value, ItemSource.MERCHANT_PURCHASE.value]},
        },
        {"_id": 1},
    )
    if bought is not None or quantity > 1:
        raise BoughtBefore(item=good.code)
