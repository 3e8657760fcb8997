"""What must hold in a world, computed from the raw documents by somebody who knows only how they
are stored. It imports nothing of the package, so that no mistake of ours hides itself.

- **Chains**: the rows of each account and of each holder are numbered without a gap, each begins
  where the one before it ended, and the last ends at what lies there.
- **Supply**: what all accounts hold is what rows say was made less what was destroyed; what moves
  between accounts sums to zero in each operation; the same for pieces of items.
- **Places**: each unique piece is in exactly the one place that its rows say.
- **Escrow**: held money is that of the highest bids and of running investments, goods in escrow
  are what active listings still offer, and nothing else is held.
- **Deeds**: tallies are what the records of trade say, each happening is there once, it expires
  when all have applied it and not before, and goals stand where the tallies do.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bson.codec_options import CodecOptions, DatetimeConversion
from pymongo import MongoClient

Row = dict[str, Any]
Stored = Mapping[str, list[Row]]

CURRENCIES = ("dollars", "gold", "silver")
OPTIONS: CodecOptions[Row] = CodecOptions(datetime_conversion=DatetimeConversion.DATETIME_AUTO)
READ = (
    "characters", "bankaccounts", "gangs", "holds", "pendingrewards",
    "goldtransactions", "archivedtransactions", "accountentries", "archivedentries", "operations",
    "inventories", "grounditems", "crafteditems", "itemmovements",
    "marketlistings", "investments",
    "traderecords", "happenings", "tallies", "characterachievements",
)  # fmt: skip

SOLD, SENT = "trade%2Edone%2Esold", "trade%2Edone%2Esent#amount"
# What the world's achievements count, and how far they go.
GOALS = {"seller": (SOLD, 5), "giver": (SENT, 5_000)}

MONEY_ROWS = ("goldtransactions", "archivedtransactions", "accountentries", "archivedentries")

# Where the balances of each kind of account are stored.
ACCOUNTS = (
    ("wallet", "characters", "_id", {currency: currency for currency in CURRENCIES}),
    ("vault", "bankaccounts", "characterId", {"dollars": "balance"}),
    ("treasury", "gangs", "_id", {"dollars": "treasury"}),
    ("escrow", "holds", "_id", {currency: f"held.{currency}" for currency in CURRENCIES}),
    ("pending", "pendingrewards", "_id", {c: f"rewards.{c}" for c in CURRENCIES}),
)


def read_world(url: str, database: str = "desperados") -> Stored:
    """All that is needed, as it was at one moment."""
    with MongoClient(url, serverSelectionTimeoutMS=20_000) as client:
        world = client.get_database(database, codec_options=OPTIONS)
        with client.start_session(snapshot=True) as session:
            return {name: list(world[name].find({}, session=session)) for name in READ}


def problems_of(stored: Stored) -> list[str]:
    """Everything that does not hold, in words; nothing if all is well."""
    return [
        *_money(stored),
        *_operations(stored),
        *_goods(stored),
        *_escrow(stored),
        *_deeds(stored),
    ]


# Money


def _money(stored: Stored) -> Iterator[str]:
    rows = [
        {**row, "account": f"wallet:{row['characterId']}"}
        for name in ("goldtransactions", "archivedtransactions")
        for row in stored[name]
    ]
    rows += [*stored["accountentries"], *stored["archivedentries"]]  # fmt: skip
    ends: dict[tuple[str, str], Row] = {}
    made: Counter[str] = Counter()
    for row in sorted(rows, key=lambda row: int(row["seq"])):
        place = (row["account"], row["currency"])
        last = ends.get(place, {"seq": 0, "balanceAfter": 0})
        name = f"row {row['seq']} of {' '.join(place)}"
        if row["seq"] != last["seq"] + 1:
            yield f"chain: {name} follows row {last['seq']}"
        if row["balanceBefore"] != last["balanceAfter"]:
            yield f"chain: {name} begins at {row['balanceBefore']}, not {last['balanceAfter']}"
        if row["balanceAfter"] != row["balanceBefore"] + row["amount"] or row["balanceAfter"] < 0:
            yield f"chain: {name} ends at {row['balanceAfter']}"
        if row["type"] != "transfer":
            made[row["currency"]] += row["amount"]
            if (row["amount"] > 0) != (row["type"] == "earn"):
                yield f"supply: {name} is {row['type']!r}, but {row['amount']:+}"
        ends[place] = row
    held: Counter[str] = Counter()
    for kind, collection, key, fields in ACCOUNTS:
        for document in stored[collection]:
            for currency, field in fields.items():
                place = (f"{kind}:{document[key]}", currency)
                end = ends.pop(place, {"seq": 0, "balanceAfter": 0})
                balance = _at(document, field) or 0
                held[currency] += balance
                if balance != end["balanceAfter"]:
                    yield f"chain: {' '.join(place)} holds {balance}, not {end['balanceAfter']}"
                if (_at(document, f"ledgerSeq.{currency}") or 0) != end["seq"]:
                    yield f"chain: {' '.join(place)} does not count {end['seq']} rows"
    for account, currency in ends:
        yield f"chain: {account} has rows of {currency}, but is not there"
    for currency in CURRENCIES:
        if held[currency] != made[currency]:
            yield f"supply: {held[currency]} {currency} are held, but {made[currency]} were made"


def _operations(stored: Stored) -> Iterator[str]:
    sums: Counter[tuple[Any, str]] = Counter()
    legs: Counter[Any] = Counter()
    for name in MONEY_ROWS:
        for row in stored[name]:
            legs[row["operation"]] += 1
            if row["type"] == "transfer":
                sums[row["operation"], row["currency"]] += row["amount"]
    for (operation, currency), total in sums.items():
        if total:
            yield f"supply: operation {operation} moves {total:+} {currency} too many"
    posted = {row["_id"]: row["legs"] for row in stored["operations"]}
    for operation in legs.keys() | posted.keys():
        if legs[operation] != posted.get(operation):
            yield (
                f"supply: operation {operation} has {legs[operation]} rows, "
                f"not {posted.get(operation)}"
            )


# Goods


def _goods(stored: Stored) -> Iterator[str]:
    counted: dict[str, int] = defaultdict(int)
    pieces: Counter[tuple[str, str, Any]] = Counter()  # holder, item, unique piece or None
    made: Counter[str] = Counter()
    moved: Counter[tuple[Any, str, Any]] = Counter()
    for row in sorted(stored["itemmovements"], key=lambda row: int(row["seq"])):
        holder, unique = row["holder"], row.get("craftedItemId")
        place, name = (holder, row["itemId"], unique), f"item row {row['seq']} of {holder}"
        if row["seq"] != counted[holder] + 1:
            yield f"chain: {name} follows row {counted[holder]}"
        if row["before"] != pieces[place]:
            yield f"chain: {name} begins at {row['before']}, not {pieces[place]}"
        if row["after"] != row["before"] + row["quantity"] or row["after"] < 0:
            yield f"chain: {name} ends at {row['after']}"
        counted[holder], pieces[place] = row["seq"], row["after"]
        if row["counterparty"] == "world":
            made[row["itemId"]] += row["quantity"]
        else:
            moved[row["operation"], row["itemId"], unique] += row["quantity"]
    for (operation, item, _), total in moved.items():
        if total:
            yield f"supply: operation {operation} moves {total:+} of {item} too many"
    yield from _stacks(stored, pieces, counted, made)
    by_rows = {(unique, holder) for (holder, _, unique), n in pieces.items() if unique and n}
    by_itself = {(item["_id"], item["holder"]) for item in stored["crafteditems"] if item["holder"]}
    for unique, holder in sorted(by_rows ^ by_itself, key=str):
        whose = "its rows say" if (unique, holder) in by_rows else "it says"
        yield f"place: unique piece {unique} is at {holder}, {whose}"


def _stacks(
    stored: Stored, pieces: Counter[Any], counted: Mapping[str, int], made: Counter[str]
) -> Iterator[str]:
    """What lies in each holder is what its rows leave there."""
    told: dict[str, Counter[str]] = defaultdict(Counter)
    held: Counter[str] = Counter()
    for (holder, item, unique), count in pieces.items():
        if unique is None:
            told[holder][item] += count
        else:
            held[item] += count
    for holder, document, stacks in _holders(stored):
        lying: Counter[str] = Counter()
        for stack in stacks:
            lying[stack["itemId"]] += stack["quantity"]
        held += lying
        if +told.pop(holder, Counter()) != +lying:
            yield f"place: {holder} holds {dict(lying)}, which its rows do not say"
        if (document.get("itemSeq") or 0) != counted.get(holder, 0):
            yield f"chain: {holder} does not count {counted.get(holder, 0)} rows"
    for holder, counts in told.items():
        if +counts:
            yield f"place: {holder} is not there, but its rows leave {dict(+counts)} in it"
    for item in held.keys() | made.keys():
        if held[item] != made[item]:
            yield f"supply: there are {held[item]} of {item}, but {made[item]} were made"


def _holders(stored: Stored) -> Iterator[tuple[str, Row, list[Row]]]:
    for document in stored["inventories"]:
        yield document["_id"], document, document.get("items") or []
    for document in stored["pendingrewards"]:
        yield f"pending:{document['_id']}", document, _at(document, "rewards.items") or []
    for document in stored["grounditems"]:
        stack = document.get("stack")
        lying = [{**stack, "quantity": document["quantity"]}] if stack else []
        yield f"ground:{document['_id']}", document, lying


# Escrow


def _escrow(stored: Stored) -> Iterator[str]:
    due: Counter[Any] = Counter()
    offered: Counter[str] = Counter()
    for listing in stored["marketlistings"]:
        if listing["status"] == "active":
            left = listing["quantity"] - (listing.get("soldQuantity") or 0)
            offered[f"listing:{listing['_id']}"] = left
            if listing.get("currentBid"):
                due[listing["holdId"]] += listing["currentBid"]
        elif listing.get("currentBid") or listing.get("holdId"):
            yield f"escrow: listing {listing['_id']} is {listing['status']}, but has a bid"
    for investment in stored["investments"]:
        if investment["status"] in ("active", "matured"):
            due[investment["holdId"]] += investment["principal"]
    for hold in stored["holds"]:
        held = sum((hold.get("held") or {}).get(currency) or 0 for currency in CURRENCIES)
        if held != due.pop(hold["_id"], 0):
            yield f"escrow: hold {hold['_id']} for a {hold['purpose']} holds {held}"
    for identity, amount in due.items():
        yield f"escrow: {amount} are due from hold {identity}, which is not there"
    lying: Counter[str] = Counter()
    for holder, _, stacks in _holders(stored):
        if holder.startswith(("listing:", "trade:")):
            lying[holder] += sum(stack["quantity"] for stack in stacks)
    for item in stored["crafteditems"]:
        if (item["holder"] or "").startswith(("listing:", "trade:")):
            lying[item["holder"]] += 1
    for holder in lying.keys() | offered.keys():
        if lying[holder] != offered[holder]:
            yield f"escrow: {lying[holder]} pieces lie in {holder}, {offered[holder]} are offered"


# What was done


def _deeds(stored: Stored) -> Iterator[str]:
    living = {row["_id"] for row in stored["characters"] if not row.get("deletedAt")}
    tallies = {row["characterId"]: row for row in stored["tallies"]}
    sold: Counter[Any] = Counter(
        row["sellerId"]
        for row in stored["traderecords"]
        if row["transactionType"] in ("market_purchase", "auction")
    )
    told: Counter[Any] = Counter(row["actor"] for row in stored["happenings"])
    waiting = {row["actor"] for row in stored["happenings"] if row["waiting"]}
    for row in stored["happenings"]:
        if ("expiresAt" in row) != (row["waiting"] == []):
            yield f"deeds: happening {row['_id']} waits for {row['waiting']} and expires"
    for who in living | tallies.keys():
        counts = tallies.get(who, {}).get("counts", {})
        if who in living and counts.get(SOLD, 0) != sold[who]:
            yield f"deeds: {who} has sold {sold[who]} times, not {counts.get(SOLD, 0)}"
        followed = tallies.get(who, {}).get("followed", 0)
        if followed != told[who]:
            yield f"deeds: {who} has {told[who]} happenings, not {followed}"
    reached = {(row["characterId"], row["achievementId"]): row for row in stored[
        "characterachievements"]}  # fmt: skip
    for who in tallies.keys() - waiting:
        for goal, (counter, target) in GOALS.items():
            progress = min(target, tallies[who].get("counts", {}).get(counter, 0))
            row = reached.get((who, goal), {"progress": 0, "completed": False})
            if (row["progress"], row["completed"]) != (progress, progress >= target):
                yield f"deeds: {who} is at {progress} of {goal}, not {row['progress']}"


# What happened


def operations_in(stored: Stored) -> set[Any]:
    """Every operation that left a row."""
    return {row["operation"] for name in (*MONEY_ROWS, "itemmovements") for row in stored[name]}


def operations_of(stored: Stored, sources: Iterable[str]) -> Counter[str]:
    """How many operations left rows of money from each of these sources."""
    pairs = {(row["operation"], row["source"]) for name in MONEY_ROWS for row in stored[name]}
    return Counter(source for _, source in pairs if source in set(sources))


def _at(document: Row, path: str) -> Any:
    value: Any = document
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
