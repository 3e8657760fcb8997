"""What the lists of the API cost when there is a hundred times as much to list.

    python benchmarks/lists.py [--large 100000] [--rounds 5] [--only market]

Each list is read in a world with 1,000 rows and in one with 100,000, in memory: the first page and
the page after it. The rows are those of one character, where a list is a character's. What is
compared is the CPU time of a page. Exits with 1 if a list costs more than 1.5 times as much with
the many rows.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import hashlib
import re
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId
from samples import stored_character

import desperados
from desperados.characters import service as characters
from desperados.economy import rewards
from desperados.economy import service as economy
from desperados.economy.bank import exchange, investments
from desperados.economy.bank import service as bank
from desperados.economy.corrections import debts
from desperados.economy.market import queries as market
from desperados.economy.market import statistics as prices
from desperados.economy.market import turns
from desperados.economy.market.queries import ListingSort
from desperados.economy.trades import service as trades
from desperados.economy.watch import alarms
from desperados.embedded import EmbeddedServer
from desperados.engine.game import Game
from desperados.inventory import ground
from desperados.inventory import service as inventory
from desperados.world import service as content

SMALL = 1_000
BATCH = 5_000
PAGE = 10
OLD = 30  # so many rows, the eldest, are of a kind of their own
PAGES = 40  # pages read in a round
MOST_GROWTH = 1.5

Row = dict[str, Any]
Read = Callable[..., Awaitable[Any]]

NOW = datetime.now(UTC).replace(microsecond=0)
LATER = NOW + timedelta(days=300)
ME, USER, OTHER, HERE, ITEM = (ObjectId() for _ in range(5))


@dataclass(frozen=True)
class Rows:
    """Rows of one collection, by number, the eldest first; and the lists that show them."""

    collection: str
    row: Callable[[int], Row]
    lists: dict[str, Read]


def at(number: int) -> datetime:
    return NOW - timedelta(days=200) + timedelta(seconds=10 * number)


def share(number: int, what: int, *parts: tuple[float, Any]) -> Any:
    """One of the values, each for its share of the numbers; ``what`` tells draws apart."""
    mixed = hashlib.blake2b(f"{what} {number}".encode(), digest_size=4).digest()
    place = int.from_bytes(mixed, "big") / 2**32
    for part, value in parts:
        if place < part:
            return value
        place -= part
    return parts[-1][1]


def character(number: int) -> Row:
    return {
        **stored_character(),
        "_id": ObjectId(),
        "name": f"Jane {number}",
        "nameFolded": f"jane {number}",
        "userId": USER if number < 3 else ObjectId(),
    }


def wallet_row(number: int) -> Row:
    return {
        "_id": ObjectId(),
        "characterId": ME,
        "type": "earn",
        "currency": "gold" if number < OLD else "dollars",
        "amount": 5,
        "source": "quest_reward",
        "balanceBefore": 0,
        "balanceAfter": 5,
        "createdAt": at(number),
        "seq": number + 1,
        "operation": ObjectId(),
    }


def vault_row(number: int) -> Row:
    row = {**wallet_row(number), "account": f"vault:{ME}", "currency": "dollars"}
    del row["characterId"]
    return row


def listing(number: int) -> Row:
    auction = share(number, 1, (0.3, True), (0.7, False))
    return {
        "_id": ObjectId(),
        "sellerId": share(number, 2, (0.5, ME), (0.5, OTHER)),
        "itemId": ITEM,
        "quantity": 1,
        "price": 100 + number % 997,
        "isAuction": auction,
        "bids": [],
        "status": share(number, 3, (0.9, "active"), (0.1, "sold")),
        "expiresAt": LATER + timedelta(seconds=number % 5_000),
        "createdAt": at(number),
        "revision": 1,
        "itemCode": f"item-{share(number, 4, *((0.05, n) for n in range(20)))}",
        "itemSnapshot": {"name": "Old navy gun"},
        "rarity": share(number, 5, (0.6, "common"), (0.35, "rare"), (0.05, "legendary")),
        "category": share(number, 6, (0.5, "weapons"), (0.45, "tools"), (0.05, "horses")),
        "subcategory": share(number, 7, (0.9, "guns"), (0.1, "knives")),
        "terms": share(number, 21, (0.5, ["na", "nav", "navy", "ol", "old"]), (0.5, ["gu", "gun"])),
        "featured": share(number, 8, (0.05, True), (0.95, False)),
        "currentPrice": 100 + number % 997,
        "currentBid": 0,
        "bidCount": share(number, 9, (0.7, 0), (0.1, 1), (0.1, 2), (0.1, 3)),
        "soldQuantity": 0,
    }


def sale(number: int) -> Row:
    return {
        "_id": ObjectId(),
        "transactionType": "market_purchase",
        "sellerId": ME,
        "buyerId": ME,
        "items": [],
        "itemCode": "whiskey",
        "quantity": 1,
        "totalPrice": 10,
        "taxPaid": 1,
        "createdAt": at(number),
    }


def bid(number: int) -> Row:
    return {
        "_id": ObjectId(),
        "ownerId": ME,
        "purpose": share(number, 10, (0.7, "bid"), (0.3, "investment")),
        "reference": ObjectId(),
        "held": {"dollars": 0},
        "createdAt": at(number),
    }


def reward(number: int) -> Row:
    """Most of what ever waited was taken; of the rest some is money and some is goods."""
    waits = share(number, 11, (0.3, True), (0.7, False))
    goods = share(
        number,
        22,
        (0.5, [{"itemId": "whiskey", "quantity": 1, "acquiredAt": NOW, "entryId": ITEM}]),
        (0.5, []),
    )
    return {
        "_id": ObjectId(),
        "characterId": ME,
        "rewardType": "money",
        "rewards": {
            "dollars": 5 if waits and not goods else 0,
            "items": goods if waits else [],
        },
        "source": "quest_reward",
        "createdAt": at(number),
        "claimedAt": None if waits else at(number),
        "itemSeq": 1,
        "ledgerSeq": {"dollars": 1},
    }


def investment(number: int) -> Row:
    return {
        "_id": ObjectId(),
        "characterId": ME,
        "productType": "treasury_bond",
        "principal": 100,
        "interestRate": 5,
        "purchasedAt": at(number),
        "maturesAt": LATER,
        "status": "active",
    }


def rate(number: int) -> Row:
    return {
        "_id": ObjectId(),
        "currency": share(number, 12, (0.5, "gold"), (0.5, "silver")),
        "ratePerDollar": 0.01,
        "centsPerUnit": 10_000,
        "effectiveAt": at(number),
        "number": number,
        "slot": f"slot {number}",
    }


def metal_trade(number: int) -> Row:
    return {
        "_id": ObjectId(),
        "characterId": ME,
        "metal": "gold",
        "units": 1,
        "dollars": 100,
        "fee": 1,
        "centsPerUnit": 10_000,
        "operation": ObjectId(),
        "createdAt": at(number),
    }


def debt(number: int) -> Row:
    return {
        "_id": ObjectId(),
        "debtorId": ME,
        "currency": "dollars",
        "amount": 5,
        "owed": 5,
        "operation": ObjectId(),
        "status": "open",
        "createdAt": at(number),
    }


def trade(number: int) -> Row:
    return {
        "_id": ObjectId(),
        "initiatorId": ME,
        "recipientId": ME,
        "initiatorOffer": {},
        "recipientOffer": {},
        "version": 1,
        "pair": f"{number}",
        "status": "completed",
        "locationId": HERE,
        "createdAt": at(number),
        "expiresAt": LATER,
    }


def hour(number: int) -> Row:
    return {
        "_id": ObjectId(),
        "itemId": "whiskey",
        "price": 5,
        "recordedAt": at(number),
        "bucket": NOW - timedelta(hours=number % 90_000, milliseconds=number),
        **dict.fromkeys(("open", "high", "low", "close", "volume", "salesCount"), 5),
    }


def day(number: int) -> Row:
    return {
        "_id": f"{number:08}",
        **dict.fromkeys(("sales", "quantity", "turnover", "tax", "trades", "traders"), 5),
    }


def event(number: int) -> Row:
    return {
        "_id": ObjectId(),
        "eventType": "gold_rush",
        "name": "Gold rush",
        "status": share(number, 13, (0.5, "active"), (0.5, "expired")),
        "severity": 1,
        "startsAt": at(number),
        "endsAt": LATER,
    }


def movement(number: int) -> Row:
    return {
        "_id": ObjectId(),
        "holder": f"pack:{ME}",
        "seq": number + 1,
        "itemId": "coal" if number < OLD else "whiskey",
        "quantity": 1,
        "before": 0,
        "after": 1,
        "source": "quest_reward",
        "counterparty": "world",
        "operation": ObjectId(),
        "createdAt": at(number),
    }


def unique_item(_number: int) -> Row:
    return {
        "_id": ObjectId(),
        "baseItemId": "colt",
        "crafterId": ME,
        "quality": "fine",
        "holder": f"pack:{ME}",
        "ownerId": ME,
    }


def ground_item(number: int) -> Row:
    return {
        "_id": ObjectId(),
        "locationId": HERE,
        "itemId": ITEM,
        "quantity": 1,
        "droppedAt": at(number),
        "expiresAt": LATER,
        "rotsAt": LATER,
        "stack": {"itemId": "whiskey", "quantity": 1},
    }


def flag(number: int) -> Row:
    return {
        "_id": ObjectId(),
        "action": share(number, 14, (0.1, alarms.FLAG), (0.9, "login")),
        "details": {"pattern": "wealth", "amount": 5, "detail": "much"},
        "createdAt": at(number),
    }


def item(number: int) -> Row:
    return {
        "_id": ObjectId(),
        "itemId": f"item-{number:08}",
        "name": f"Item {number}",
        "type": "misc",
        "rarity": "common",
    }


def mine(function: Callable[..., Awaitable[Any]], **options: Any) -> Read:
    """The list of the character that the rows are of."""
    return lambda after=None: function(ME, limit=PAGE, after=after, **options)


def everybody(function: Callable[..., Awaitable[Any]], *given: Any, **options: Any) -> Read:
    return lambda after=None: function(*given, limit=PAGE, after=after, **options)


FILTERED_ORDERS = (ListingSort.NEWEST, ListingSort.CHEAPEST, ListingSort.MOST_BIDS)
# No index has these filters and orders: the order is read until enough is found, which with many
# rows takes as many as lie between so few, and with few rows there are not even so many.
READ_IN_ORDER = re.compile("search, .+, most_bids|search, (subcategory|featured|lowest), .+")


def searches() -> Iterator[tuple[str, Read]]:
    """Each order by itself, and each filter in the orders that people look at."""
    for sort in ListingSort:
        yield f"search, {sort}", everybody(market.search_listings, sort=sort)
    for name, value in (
        ("text", "navy"),
        ("item", "item-7"),
        ("category", "horses"),
        ("subcategory", "knives"),
        ("rarity", "legendary"),
        ("featured", True),
        ("kind", "auction"),
        ("lowest", 1_000),
    ):
        for sort in FILTERED_ORDERS:
            options = {name: value, "sort": sort}
            yield f"search, {name}, {sort}", everybody(market.search_listings, **options)


ALL = (
    Rows("characters", character, {"characters": lambda: characters.list_mine(USER)}),
    Rows(
        "goldtransactions",
        wallet_row,
        {
            "history": mine(economy.history),
            "history of gold": mine(economy.history, currency="gold"),
        },
    ),
    Rows("accountentries", vault_row, {"vault history": mine(bank.vault_history)}),
    Rows("resourceexchangerates", rate, {"rates": everybody(exchange.rate_history, "gold")}),
    Rows("metaltrades", metal_trade, {"metal trades": mine(exchange.metal_trades)}),
    Rows("investments", investment, {"investments": mine(investments.portfolio)}),
    Rows("debts", debt, {"debts": mine(debts.list_debts)}),
    Rows(
        "pendingrewards",
        reward,
        {"rewards": mine(rewards.list_rewards), "pending goods": mine(inventory.pending_items)},
    ),
    Rows(
        "marketlistings",
        listing,
        {
            **dict(searches()),
            "my listings": mine(market.my_listings),
            "my sold listings": mine(market.my_listings, status="sold"),
        },
    ),
    Rows("holds", bid, {"my bids": mine(market.my_bids)}),
    Rows(
        "traderecords",
        sale,
        {
            "my purchases": mine(market.my_purchases),
            "my sales": mine(market.my_sales),
        },
    ),
    Rows("pricehistories", hour, {"prices": everybody(prices.price_history, "whiskey")}),
    Rows("marketdays", day, {"market days": everybody(prices.market_days)}),
    Rows("worldevents", event, {"market events": everybody(turns.market_events)}),
    Rows(
        "tradesessions",
        trade,
        {
            "trades opened": mine(trades.trades_opened),
            "trades received": mine(trades.trades_received),
        },
    ),
    Rows(
        "itemmovements",
        movement,
        {
            "inventory history": mine(inventory.history),
            "inventory history of an item": mine(inventory.history, item="coal"),
        },
    ),
    Rows("crafteditems", unique_item, {"unique items": mine(inventory.unique_items)}),
    Rows("grounditems", ground_item, {"ground": mine(ground.ground_items)}),
    Rows("auditlogs", flag, {"flags": everybody(alarms.list_flags)}),
    Rows("items", item, {"content": everybody(content.list_content, content.ContentKind.ITEMS)}),
)


async def prepare() -> EmbeddedServer:
    """A world with the one character, where it stands, and two things."""
    async with desperados.connect() as game:
        database = game.database
        await database["users"].insert_one(
            {"_id": USER, "username": "jane", "email": "jane@example.org"}
        )
        await database["locations"].insert_one({"_id": HERE, "locationId": "gulch"})
        await database["characters"].insert_one(
            {**stored_character(), "_id": ME, "userId": USER, "currentLocationId": HERE}
        )
        for code in ("whiskey", "colt", "item-7"):
            await database["items"].insert_one(
                {"itemId": code, "name": code, "type": "misc", "rarity": "common", "value": 5}
            )
        world: EmbeddedServer = game.embedded
    return world


async def filled(game: Game, rows: Rows, size: int) -> None:
    for start in range(0, size, BATCH):
        batch = [rows.row(number) for number in range(start, min(start + BATCH, size))]
        await game.database[rows.collection].insert_many(batch)


async def pages(read: Read) -> list[Read]:
    """Reading the first page, and the one after it."""
    first = await read()
    following = first.next
    return [read] if following is None else [read, lambda: read(after=following)]


async def cost(game: Game, reads: list[Read]) -> float:
    """Microseconds of CPU time for a page."""
    with game.active():
        start = time.process_time()
        for _ in range(PAGES // len(reads)):
            for read in reads:
                await read()
        return (time.process_time() - start) / PAGES * 1e6


async def compare(world: EmbeddedServer, rows: Rows, large: int, rounds: int) -> bool:
    """Measure the lists of some rows, few and many in turns; whether all cost alike."""
    good = True
    async with (
        desperados.connect(embedded=world.fork()) as few,
        desperados.connect(embedded=world.fork()) as many,
    ):
        games = (few, many)
        for game, size in zip(games, (SMALL, large), strict=True):
            await filled(game, rows, size)
        gc.collect()
        for name, read in rows.lists.items():
            every = []
            for game in games:
                with game.active():
                    every.append(await pages(read))
            costs: list[list[float]] = [[], []]
            for _ in range(rounds):
                for place, game, reads in zip(costs, games, every, strict=True):
                    place.append(await cost(game, reads))
            one, other = map(statistics.median, costs)
            met = other <= MOST_GROWTH * one
            free = READ_IN_ORDER.fullmatch(name) is not None
            good &= met or free
            verdict = "read in order" if free else "met" if met else "MISSED"
            print(f"{name:34}{one:10.0f}{other:10.0f}{other / one:8.2f}   {verdict}", flush=True)
    return good


async def main(large: int, rounds: int, only: str) -> bool:
    """Measure and print; whether no list grew too much."""
    world = await prepare()
    gc.collect()
    gc.freeze()
    print(f"{'CPU time of a page, us':34}{SMALL:>10}{large:>10}{'ratio':>8}   <= {MOST_GROWTH}")
    return all(
        [await compare(world, rows, large, rounds) for rows in ALL if only in rows.collection]
    )


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--large", type=int, default=100_000, help="rows to compare with")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--only", default="", help="only the rows of collections with this in it")
    given = options.parse_args()
    sys.exit(not asyncio.run(main(given.large, given.rounds, given.only)))
