"""The audit of those who left the world: they were wound up, and nothing is theirs any more."""

from __future__ import annotations

from datetime import UTC, datetime

from desperados.characters.documents import Character
from desperados.economy.bank.documents import BankAccount
from desperados.economy.market.documents import MarketListing, MarketListingStatus
from desperados.engine.manifest.auditing import Check, Progress
from desperados.engine.manifest.reading import Row, batches, by_id, rows_by
from desperados.ledger.items.documents import Inventory
from desperados.ledger.items.holders import bank_box, pack
from desperados.ledger.money.documents import Currency

_EVER = {"deletedAt": {"$gt": datetime(1970, 1, 1, tzinfo=UTC)}}


async def check_estates(check: Check, tell: Progress) -> None:
    """A deleted character was deleted by the command, and holds neither money nor goods."""
    async for batch in batches(Character.collection_name(), _EVER):
        check.examined += len(batch)
        tell(check.name, check.examined)
        ids = [character["_id"] for character in batch]
        vaults = await rows_by([BankAccount.collection_name()], "characterId", ids)
        places = [str(holder) for who in ids for holder in (pack(who), bank_box(who))]
        containers = await by_id(Inventory.collection_name(), places)
        offered = await rows_by(
            [MarketListing.collection_name()],
            "sellerId",
            ids,
            {"status": MarketListingStatus.ACTIVE.value},
        )
        for character in batch:
            who = character["_id"]
            where = f"characters/{who}"
            if not character.get("formerName") or character.get("nameFolded"):
                check.report(where, "was marked as deleted by hand")
            held = {c.value: int(character[c.value]) for c in Currency if character.get(c.value)}
            if coins := sum(int(vault.get("balance") or 0) for vault in vaults[who]):
                held["vault"] = coins
            for holder in (pack(who), bank_box(who)):
                if pieces := _pieces(containers.get(str(holder))):
                    held[holder.kind.value] = pieces
            if offered[who]:
                held["listings"] = len(offered[who])
            if held:
                check.report(where, f"was deleted, but holds {held}")


def _pieces(container: Row | None) -> int:
    found = container or {}
    stacked = sum(int(entry["quantity"]) for entry in found.get("items", ()))
    return stacked + int(found.get("uniqueCount") or 0)
