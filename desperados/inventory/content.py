"""The content of inventory: what its files under ``seeds/`` hold beyond the document classes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from desperados.engine.manifest.content import Content, Kind, To
from desperados.ledger.items import documents
from desperados.vocabulary import (
    Level,
    Natural,
    Tag,
)


class Item(Content):
    """More of an item. ``sell_price`` is what shops pay at most; default 60% of the value."""

    description: str
    level_required: Level = 1
    equip_slot: Literal["weapon", "head", "body", "feet", "accessory", "mount"] | None = None
    weight: Annotated[float, Field(ge=0)]
    consumable: bool = False
    quest_item: bool = False
    bind_on: Literal["none", "pickup", "equip"] = "none"
    in_shop: bool = True
    sell_price: Natural | None = None
    tags: list[Tag]


CONTENT = (
    Kind(
        "items",
        ("itemId",),
        documents.Item,
        Item,
        (To("type", "item_types"), To("rarity", "rarities")),
    ),
)
