"""What the tests of bank, exchange, investments and transfers share."""

from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from desperados.economy.bank.documents import InvestmentProduct
from desperados.engine import clock
from desperados.engine.game import Game
from desperados.engine.storage.content import content_changed
from desperados.ops.audit import audit
from tests.worlds import add_character

NO_AMOUNTS: list[Any] = [
    -1,
    0,
    0.5,
    5.0,
    float("nan"),
    float("inf"),
    1e309,
    True,
    "10",
    None,
    {"$gt": 0},
    2**63,
    10**400,
]


async def add_settler(game: Game, **money: int) -> ObjectId:
    """A character who is old enough for everything."""
    settler = await add_character(game, **money)
    await change(game, settler, createdAt=clock.now() - timedelta(days=30))
    return settler


async def change(game: Game, character: ObjectId, **fields: Any) -> None:
    """Set fields of a character that are no business of the economy."""
    await game.database["characters"].update_one({"_id": character}, {"$set": fields})


async def place_of(game: Game, character: ObjectId, **fields: Any) -> None:
    """Set fields of the place where a character is."""
    found = await game.database["characters"].find_one({"_id": character})
    await game.database["locations"].update_one(
        {"_id": found["currentLocationId"]}, {"$set": fields}
    )
    await content_changed()


async def add_products(game: Game) -> None:
    """The three products of the catalogue, and one that always fails."""
    for product_type, low, high, days, least, most, penalty, default in (
        ("treasury_bond", 2, 4, 7, 100, 10_000, 5, 0),
        ("railroad_share", 5, 10, 14, 500, 50_000, 15, 0),
        ("mining_share", 0, 20, 21, 1_000, 100_000, 25, 10),
        ("moon_railway", 50, 90, 1, 1, 1_000_000, 50, 100),
    ):
        await InvestmentProduct(
            product_type=product_type,
            name=product_type.replace("_", " ").title(),
            min_return=low,
            max_return=high,
            term_days=days,
            min_amount=least,
            max_amount=most,
            early_penalty=penalty,
            default_chance=default,
        ).insert()


async def money_of(game: Game, character: ObjectId) -> dict[str, int]:
    """What a character carries, as stored."""
    found = await game.database["characters"].find_one({"_id": character})
    return {currency: found[currency] for currency in ("dollars", "gold", "silver")}


async def assert_sound() -> None:
    """The audit finds nothing."""
    report = await audit()
    assert report.clean, report.first


async def mark_deleted(game: Game, character: ObjectId, when: datetime | None = None) -> None:
    """Leave a character as its deletion does, without winding it up."""
    result = await game.database["characters"].update_one(
        {"_id": character},
        {
            "$set": {"deletedAt": when or clock.now(), "formerName": f"Rider {character}"},
            "$unset": {"nameFolded": ""},
        },
    )
    assert result.matched_count == 1


async def findings(*names: str) -> list[tuple[str, str]]:
    """Where and what the whole audit finds, or only the checks of these names."""
    report = await audit()
    return [
        (found.where, found.problem)
        for check in report.checks
        for found in check.findings
        if not names or check.name in names
    ]
