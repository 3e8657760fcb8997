"""A small market for tests: people with money and goods, and a look at what they have."""

from typing import Any

from bson import ObjectId

from desperados.economy import service as economy
from desperados.engine.game import Game
from desperados.engine.transactions import transactional
from desperados.ledger.items import ledger as items
from desperados.ledger.items.documents import CraftedItem, Item
from desperados.ledger.items.holders import Holder, pack
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money.documents import Currency
from desperados.ops.audit import audit
from tests.economy.money_worlds import add_settler

MONEY = 1_000_000


async def add_item(code: str = "whiskey", **fields: Any) -> Item:
    """Content: an item. Extra fields may be given by their stored names."""
    values: dict[str, Any] = {
        "item_id": code,
        "name": code.replace("-", " ").title(),
        "type": "consumable",
        "rarity": "common",
        "stackable": True,
        "max_stack": 20,
        "value": 100,
        "weight": 0.1,
        **fields,
    }
    return await Item(**values).insert()


@transactional
async def give(character_id: ObjectId, code: str = "whiskey", quantity: int = 1) -> None:
    """Put pieces into a pack."""
    await items.enter(
        items.Line(code, quantity), to=pack(character_id), source=ItemSource.QUEST_REWARD
    )


@transactional
async def give_unique(character_id: ObjectId, code: str = "peacemaker") -> ObjectId:
    """Put a unique piece into a pack; returns its id."""
    crafted = CraftedItem(
        base_item_id=code, crafter_id=character_id, quality="fine", durability=73.5
    )
    await items.enter(items.Fresh(crafted), to=pack(character_id), source=ItemSource.CRAFTED)
    return crafted.id


async def add_trader(game: Game, whiskey: int = 0, dollars: int = MONEY) -> ObjectId:
    """A character with money and some bottles, old enough to part with them."""
    character_id = await add_settler(game, dollars=dollars)
    if whiskey:
        await give(character_id, quantity=whiskey)
    return character_id


async def count(holder: Holder, code: str = "whiskey") -> int:
    """How many pieces a holder has."""
    return (await items.contents(holder)).count(code)


async def carried(character_id: ObjectId, code: str = "whiskey") -> int:
    """How many pieces a character carries."""
    return await count(pack(character_id), code)


async def dollars_of(character_id: ObjectId) -> int:
    """What a character carries in dollars."""
    return (await economy.balance(character_id)).dollars


async def rewards_of(game: Game, character_id: ObjectId) -> tuple[int, int]:
    """Dollars and pieces that wait for a character."""
    rows = await game.database["pendingrewards"].find({"characterId": character_id}).to_list(None)
    money = sum(row["rewards"].get(Currency.DOLLARS.value, 0) for row in rows)
    pieces = sum(entry["quantity"] for row in rows for entry in row["rewards"].get("items", ()))
    return money, pieces


async def assert_sound() -> None:
    """The audit finds nothing, neither in the ledgers nor on the market."""
    report = await audit()
    assert report.clean, report.first
