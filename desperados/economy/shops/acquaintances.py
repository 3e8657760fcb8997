"""How well wandering merchants know a character. It grows with their trades."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from desperados.economy.shops import pricing
from desperados.economy.shops.documents import CharacterMerchantDiscovery
from desperados.engine import clock, dice
from desperados.engine.errors import Contention
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.storage.reads import Read
from desperados.engine.transactions import stage


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """How well a merchant knows a character. ``stored`` is the row, if there is one."""

    merchant: str
    trades: int
    spent: int
    discovered: bool
    stored: dict[str, Any] | None

    @property
    def trust(self) -> int:
        """How well, 0 to 5."""
        return pricing.trust_level(self.trades, self.spent)


def acquaintances(actor: ObjectId, *merchants: str) -> Read[dict[str, Acquaintance]]:
    """How well merchants know a character, by their codes."""

    def made(rows: list[dict[str, Any]]) -> dict[str, Acquaintance]:
        stored = {row["merchantId"]: row for row in rows}
        return {code: _acquaintance(code, stored.get(code)) for code in merchants}

    return Read(
        CharacterMerchantDiscovery,
        {"characterId": actor, "merchantId": {"$in": list(merchants)}},
        made,
        limit=max(1, len(merchants)),
    )


def _acquaintance(merchant: str, row: dict[str, Any] | None) -> Acquaintance:
    known = row or {}
    return Acquaintance(
        merchant,
        int(known.get("trades") or 0),
        int(known.get("spent") or 0),
        bool(known.get("discovered")),
        row,
    )


def note_trades(actor: ObjectId, known: Acquaintance, *, trades: int, spent: int) -> None:
    """Stage what the merchant now knows of the character.

    Outcomes: written; not found or a write conflict, when another trade of the same character was
    quicker (the transaction runs again).
    """
    fields = {
        "trades": trades,
        "spent": spent,
        "discovered": True,
        "trustLevel": pricing.trust_level(trades, spent),
    }
    if known.stored is None:
        row = {
            "_id": dice.new_id(),
            "characterId": actor,
            "merchantId": known.merchant,
            "discoveredAt": clock.now(),
            **fields,
        }
        stage(StagedInsert(CharacterMerchantDiscovery.collection_name(), row))
        return
    stage(
        StagedUpdate(
            CharacterMerchantDiscovery.collection_name(),
            {"_id": known.stored["_id"], "trades": known.stored.get("trades")},
            {"$set": fields},
            otherwise=Contention(retry_after=1),
        )
    )
