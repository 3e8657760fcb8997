"""Small worlds with goods in them, and the audit of items by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bson import ObjectId

from desperados.engine.game import Game
from desperados.engine.manifest.auditing import Check
from desperados.engine.transactions import transactional
from desperados.ledger.items import ledger as items
from desperados.ledger.items.audit import check_items
from desperados.ledger.items.documents import BindOn, CraftedItem, Item
from desperados.ledger.items.holders import Holder, pack
from desperados.ledger.items.ledger import Fresh, Good, Line, Moved, Overflow
from desperados.ledger.items.sources import ItemSource
from tests.worlds import add_character

WHISKEY, COAL, COLT, LETTER, MEDAL = "whiskey", "coal", "colt", "sealed-letter", "medal"


async def define_items() -> None:
    """Whiskey (20 in a slot), coal (heavy), a colt (one in a slot), a quest item, a bound one."""
    for item in (
        thing(WHISKEY, stackable=True, max_stack=20, weight=1),
        thing(COAL, stackable=True, max_stack=200, weight=2.5),
        thing(COLT, weight=3),
        thing(LETTER, quest_item=True, weight=0.2),
        thing(MEDAL, stackable=True, max_stack=10, bind_on=BindOn.PICKUP, weight=0.1),
    ):
        await item.insert()


def thing(code: str, **facts: Any) -> Item:
    """An item with some name."""
    return Item(item_id=code, name=code.title(), type="misc", rarity="common", **facts)


async def add_carrier(game: Game, *goods: Good) -> ObjectId:
    """A character who carries ``goods``."""
    character = await add_character(game)
    if goods:
        await give(character, *goods)
    return character


@transactional
async def give(character: ObjectId, *goods: Good, **options: Any) -> Moved:
    """Make goods for a character."""
    return await items.enter(goods, to=pack(character), source=ItemSource.QUEST_REWARD, **options)


@transactional
async def move(
    goods: Sequence[Good] | Good,
    from_: Holder,
    to: Holder,
    source: ItemSource = ItemSource.GIFT,
    overflow: Overflow = Overflow.FAIL,
) -> Moved:
    """A movement in a transaction of its own."""
    return await items.move(goods, from_=from_, to=to, source=source, overflow=overflow)


@transactional
async def leave(
    goods: Sequence[Good] | Good, from_: Holder, source: ItemSource = ItemSource.USED
) -> Moved:
    """A loss in a transaction of its own."""
    return await items.leave(goods, from_=from_, source=source)


def revolver(maker: ObjectId | None = None, **facts: Any) -> Fresh:
    """A colt that exists once."""
    return Fresh(
        CraftedItem(base_item_id=COLT, crafter_id=maker or ObjectId(), quality="fine", **facts)
    )


async def count(holder: Holder, code: str) -> int:
    """How many pieces of an item a holder has."""
    return (await items.contents(holder)).count(code)


async def world_count(game: Game, code: str) -> int:
    """How many stacked pieces of an item there are anywhere, counted without our own code."""
    total = 0
    for name, path in (("inventories", ["items"]), ("pendingrewards", ["rewards", "items"])):
        for row in await game.database[name].find({}).to_list(None):
            entries: Any = row
            for part in path:
                entries = entries.get(part, {})
            total += sum(entry["quantity"] for entry in entries if entry["itemId"] == code)
    for row in await game.database["grounditems"].find({}).to_list(None):
        if row.get("stack", {}).get("itemId") == code:
            total += row["quantity"]
    return total


async def place_of(unique: ObjectId) -> str | None:
    """The holder of a unique item."""
    found = await CraftedItem.load_one({"_id": unique})
    assert found is not None
    return found.holder


async def problems() -> list[str]:
    """What the audit of items finds."""
    check = Check("items")
    await check_items(check, lambda _name, _examined: None)
    return [f"{finding.where}: {finding.problem}" for finding in check.findings]


def lines(**quantities: int) -> list[Line]:
    """``lines(coal=3)`` is three pieces of coal."""
    return [Line(code, quantity) for code, quantity in quantities.items()]
