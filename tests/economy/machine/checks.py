"""What must hold after every step: a replay of the ledgers that goes on where it stopped.

The mirror knows each account and each holder only by the rows that were added. After a step it
reads the new rows, continues the chains, and compares what they say with what is stored. Everything
that it needs to look at is what the step touched, and what is open; ``ops.audit`` reads it all.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bson import ObjectId

from desperados.economy.bank.documents import VaultTier
from desperados.economy.bank.terms import CAPACITIES
from desperados.economy.market.rules import minimum_bid
from desperados.ledger.items.holders import Holder, HolderKind
from desperados.ledger.items.loading import load_contents
from desperados.ledger.items.sources import ItemFlow, ItemSource
from desperados.ledger.money.accounts import BOOKS, SEQUENCE, Account, AccountKind, cap
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.sources import Flow, Source
from desperados.ops.audit import audit
from tests.economy.machine.world import World

Row = dict[str, Any]
Place = tuple[str, str]  # (account, currency)


class Broken(AssertionError):
    """Something that must hold does not."""


def hold(condition: object, *said: object) -> None:
    """Complain with what is off."""
    if not condition:
        raise Broken(" ".join(map(str, said)))


@dataclass
class Seen:
    """The operations that a step has left, each with the sources of its rows."""

    money: dict[ObjectId, set[str]]
    items: dict[ObjectId, set[str]]


@dataclass
class Mirror:
    """The world as its rows tell it."""

    world: World
    balances: dict[Place, int] = field(default_factory=dict)
    sequences: dict[Place, int] = field(default_factory=dict)
    supply: Counter[str] = field(default_factory=Counter)
    pieces: Counter[tuple[str, str, ObjectId | None]] = field(default_factory=Counter)
    item_sequences: dict[str, int] = field(default_factory=dict)
    made: Counter[str] = field(default_factory=Counter)
    active: set[ObjectId] = field(default_factory=set)
    known: dict[str, set[ObjectId]] = field(default_factory=lambda: defaultdict(set))

    async def look(self) -> Seen:
        """Take in what the step has written, and compare it with what is stored.

        Raises:
            Broken: they differ, or a rule does not hold.
        """
        money_rows = self._new_rows("goldtransactions") + self._new_rows("accountentries")
        item_rows = self._new_rows("itemmovements")
        self._replay_money(money_rows)
        self._replay_items(item_rows)
        self._compare_wallets()
        self._compare_accounts({_account(row) for row in money_rows})
        await self._compare_holders({row["holder"] for row in item_rows})
        self._compare_uniques({row.get("craftedItemId") for row in item_rows} - {None})
        self._check_escrow()
        self._check_market()
        self._check_supply()
        return Seen(_operations(money_rows), _operations(item_rows))

    def _new_rows(self, name: str) -> list[Row]:
        """What was added since the last look. Rows are never taken away."""
        rows, known = self.world.stored(name), self.known[name]
        added = [row for row in rows if row["_id"] not in known]
        known.update(row["_id"] for row in added)
        hold(len(known) == len(rows), "rows of", name, "have vanished")
        return added

    # Replay

    def _replay_money(self, rows: list[Row]) -> None:
        sums: dict[tuple[ObjectId, str], int] = defaultdict(int)
        for row in sorted(rows, key=lambda row: int(row["seq"])):
            account, currency, where = _account(row), row["currency"], row["_id"]
            place = (account, currency)
            flow, amount = Source(row["source"]).flow, row["amount"]  # type: ignore[call-arg]
            hold(type(amount) is int and amount, where, "moves", amount)
            hold(
                row["seq"] == self.sequences.get(place, 0) + 1,
                f"row {row['seq']} of {account} follows {self.sequences.get(place, 0)}",
            )
            hold(
                row["balanceBefore"] == self.balances.get(place, 0),
                f"row {where} of {account} begins at {row['balanceBefore']}, not at "
                f"{self.balances.get(place, 0)}",
            )
            hold(row["balanceAfter"] == row["balanceBefore"] + amount, where, "does not add up")
            hold(row["balanceAfter"] >= 0, account, "goes below zero")
            if account.startswith(AccountKind.PENDING.value) and amount > 0:
                hold(row["seq"] == 1, account, "is filled a second time")
            if flow is Flow.TRANSFER:
                sums[row["operation"], currency] += amount
            else:
                hold((amount > 0) == (flow is Flow.FAUCET), where, "has the wrong sign")
                self.supply[currency] += amount
            self.sequences[place] = row["seq"]
            self.balances[place] = row["balanceAfter"]
        for (operation, currency), total in sums.items():
            hold(not total, f"operation {operation} moved {total:+} {currency} too many")

    def _replay_items(self, rows: list[Row]) -> None:
        sums: Counter[tuple[ObjectId, str, Any]] = Counter()
        for row in sorted(rows, key=lambda row: int(row["seq"])):
            holder, unique = row["holder"], row.get("craftedItemId")
            place = (holder, row["itemId"], unique)
            hold(
                row["seq"] == self.item_sequences.get(holder, 0) + 1,
                f"item row {row['seq']} of {holder} follows {self.item_sequences.get(holder, 0)}",
            )
            hold(row["before"] == self.pieces[place], f"{place} is not {row['before']} before")
            hold(row["after"] == row["before"] + row["quantity"], row["_id"], "does not add up")
            hold(row["after"] >= 0, holder, "holds less than nothing")
            flow = ItemSource(row["source"]).flow  # type: ignore[call-arg]
            if flow is ItemFlow.TRANSFER:
                sums[row["operation"], row["itemId"], unique] += row["quantity"]
            else:
                self.made[row["itemId"]] += row["quantity"]
            self.item_sequences[holder] = row["seq"]
            self.pieces[place] = row["after"]
        hold(not any(sums.values()), "an operation moves more items in than out:", sums)

    # Comparison

    def _check_supply(self) -> None:
        held: Counter[str] = Counter()
        for (_, currency), balance in self.balances.items():
            held[currency] += balance
        for currency in Currency:
            name = currency.value
            hold(
                held[name] == self.supply[name],
                f"accounts hold {held[name]} {name}, but {self.supply[name]} came into the world",
            )
        there: Counter[str] = Counter()
        for (_, code, _), count in self.pieces.items():
            there[code] += count
        hold(+there == +self.made, "pieces are", there, "but were made", self.made)

    def _compare_wallets(self) -> None:
        """All wallets, all vaults and the treasury: a coin may vanish without any row, too."""
        for kind in (AccountKind.WALLET, AccountKind.VAULT, AccountKind.TREASURY):
            book = BOOKS[kind]
            for document in self.world.stored(book.collection):
                self._compare(Account(kind, document[book.key]), document)
                if kind is AccountKind.VAULT:
                    most = CAPACITIES[VaultTier(document["tier"])]
                    hold(most is None or document["balance"] <= most, "a vault is too full")

    def _compare_accounts(self, touched: set[str]) -> None:
        for kind in (AccountKind.ESCROW, AccountKind.PENDING):
            book = BOOKS[kind]
            ids = {
                ObjectId(name.partition(":")[2])
                for name in touched
                if name.startswith(f"{kind.value}:")
            }
            if not ids:
                continue
            found = [row for row in self.world.stored(book.collection) if row["_id"] in ids]
            hold(len(found) == len(ids), "accounts with rows do not exist:", ids)
            for document in found:
                self._compare(Account(kind, document["_id"]), document)
                if kind is AccountKind.PENDING:
                    self._note_reward(document)

    def _compare(self, account: Account, document: Row) -> None:
        book = BOOKS[account.kind]
        for currency in book.fields:
            place = (str(account), currency.value)
            held = book.balance(document, currency)
            hold(
                held == self.balances.get(place, 0),
                f"{account} holds {held} {currency.value}, its rows say "
                f"{self.balances.get(place, 0)}",
            )
            hold(0 <= held <= cap(account.kind, currency), account, "holds", held)
            counted = (document.get(SEQUENCE) or {}).get(currency.value, 0)
            hold(counted == self.sequences.get(place, 0), account, "counts", counted, "rows")

    def _note_reward(self, document: Row) -> None:
        """What claims may ask for."""
        goods = document["rewards"].get("items") or document.get("uniqueCount")
        money = any(document["rewards"].get(currency.value) for currency in Currency)
        for waits, known in ((money, self.world.money_waits), (goods, self.world.goods_wait)):
            if waits:
                known[document["_id"]] = document["characterId"]
            else:
                known.pop(document["_id"], None)

    async def _compare_holders(self, touched: Iterable[str]) -> None:
        told_of: dict[str, Counter[str]] = defaultdict(Counter)
        for (name, code, unique), count in self.pieces.items():
            if unique is None and count:
                told_of[name][code] = count
        found = await load_contents([Holder.parse(name) for name in touched])
        for holder, contents in found.items():
            name = str(holder)
            told = told_of[name]
            stored: Counter[str] = Counter()
            for stack in contents.stacks:
                stored[stack.item_id] += stack.quantity
            hold(told == stored, f"{name} holds {stored}, its rows say {told}")
            most = contents.document.get("maxSlots")
            hold(most is None or contents.used_slots <= most, name, "is too full")
            if holder.kind is HolderKind.PENDING:
                self._note_reward(contents.document)

    def _compare_uniques(self, touched: set[ObjectId]) -> None:
        if not touched:
            return
        stored = {item["_id"]: item for item in self.world.stored("crafteditems")}
        for unique in touched:
            hold(unique in stored, "a unique item vanished")
            item = stored[unique]
            where = {w for (w, _, u), count in self.pieces.items() if u == unique and count}
            held = {item["holder"]} if item["holder"] else set()
            hold(held == where, f"{unique} is with {held}, its rows say {where}")
            hold(item["durability"] == 73.5, unique, "is not as good as it was")

    def _check_escrow(self) -> None:
        """Held money is that of the highest bids and of the investments, and of nothing else."""
        wanted: Counter[str] = Counter()
        for row in self.world.stored("marketlistings"):
            if row.get("currentBid"):
                wanted[f"escrow:{row['holdId']}"] = row["currentBid"]
        for row in self.world.stored("investments"):
            if row["status"] in ("active", "matured"):
                wanted[f"escrow:{row['holdId']}"] = row["principal"]
        held = {
            account: balance
            for (account, _), balance in self.balances.items()
            if balance and account.startswith("escrow:")
        }
        hold(held == wanted, f"in escrow are {held}, but due are {dict(wanted)}")

    def _check_market(self) -> None:
        """Listings hold what is left of them and nothing else; what is closed stays closed."""
        world, closed = self.world, []
        rows = []
        for row in world.stored("marketlistings"):
            if row["status"] == "active":
                rows.append(row)
            elif row["_id"] in self.active:
                closed.append(row)
        offered: Counter[str] = Counter()
        for row in rows:
            offered[f"listing:{row['_id']}"] = row["quantity"] - row["soldQuantity"]
            bids = [entry["amount"] for entry in row["bids"]]
            hold(bids == sorted(set(bids)), "bids do not rise:", bids)
        listed: Counter[str] = Counter()
        for (holder, _, _), count in self.pieces.items():
            if count and holder.startswith(("listing:", "trade:")):
                listed[holder] += count
        hold(listed == offered, f"offered are {offered}, in escrow are {listed}")
        active = {row["_id"] for row in rows}
        opened = active - self.active
        for identity in opened & set(world.sellers):
            raise Broken(f"listing {identity} was closed and is active again")
        hold(self.active <= active | {row["_id"] for row in closed}, "a listing has vanished")
        for row in closed:
            hold(row["currentBid"] == 0 and row.get("holdId") is None, "a bid on", row)
            sold = row["status"] == "sold"
            hold(sold == (row["soldQuantity"] == row["quantity"]), "sold or not:", row)
            hold(not sold or (row["finalPrice"] and row["taxPaid"]), "sold for nothing:", row)
        self.active = active
        world.sellers |= {row["_id"]: row["sellerId"] for row in rows}
        world.bids = {
            row["_id"]: minimum_bid(row["price"], row["currentBid"])
            for row in rows
            if row["isAuction"]
        }
        world.prices = {
            row["_id"]: (
                row.get("buyoutPrice") or row["price"],
                row["quantity"],
                row["quantity"] - row["soldQuantity"],
                row["isAuction"],
            )
            for row in rows
        }


async def whole_audit() -> None:
    """The audit of everything finds nothing."""
    report = await audit()
    hold(report.clean, report.first)


def _account(row: Row) -> str:
    return row["account"] if "account" in row else f"wallet:{row['characterId']}"


def _operations(rows: list[Row]) -> dict[ObjectId, set[str]]:
    found: dict[ObjectId, set[str]] = defaultdict(set)
    for row in rows:
        found[row["operation"]].add(row["source"])
    return found
