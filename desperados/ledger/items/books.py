"""How the contents of each kind of holder are stored, and the guarded write that changes them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from desperados.engine.errors import GameError
from desperados.engine.staging import StagedInsert, StagedUpdate, StagedWrite
from desperados.ledger.items.contents import SEQUENCE, Contents, Stack
from desperados.ledger.items.errors import ContentsMoved
from desperados.ledger.items.holders import FILLED_ONCE, Holder, HolderKind
from desperados.ledger.items.rules import thousandths
from desperados.ledger.rewards import REWARDS

LINGERS = timedelta(days=1)  # what holds nothing any more, until it vanishes


class _Containers:
    """Holders with a document of their own in ``inventories``.

    Those that are filled once vanish some time after they are empty: their rows stay, and prove
    that nothing is left.
    """

    collection = "inventories"

    @staticmethod
    def key(holder: Holder) -> Any:
        return str(holder)

    @staticmethod
    def read(holder: Holder, document: dict[str, Any]) -> Contents:
        return Contents(
            holder,
            document,
            stacks=[Stack.of(entry) for entry in document.get("items", ())],
            uniques=int(document.get("uniqueCount", 0)),
            unique_weight=thousandths(document.get("uniqueWeight", 0)),
        )

    @staticmethod
    def _counts(contents: Contents) -> dict[str, Any]:
        return {
            "usedSlots": contents.used_slots,
            "usedWeight": contents.used_weight / 1000,
            "uniqueCount": contents.uniques,
            "uniqueWeight": contents.unique_weight / 1000,
        }

    @classmethod
    def whole(cls, contents: Contents) -> dict[str, Any]:
        items = [stack.to_mongo() for stack in contents.stacks]
        whole = {"items": items, **cls._counts(contents)}
        if cls._is_over(contents):
            whole["expiresAt"] = contents.document["createdAt"] + LINGERS
        return whole

    @classmethod
    def change(cls, contents: Contents, now: datetime) -> tuple[dict[str, Any], list[str]]:
        changed = {**contents.changed_entries("items"), **cls._counts(contents), "updatedAt": now}
        if cls._is_over(contents):
            return {**changed, "expiresAt": now + LINGERS}, []
        return changed, ["expiresAt"] if "expiresAt" in contents.document else []

    @staticmethod
    def _is_over(contents: Contents) -> bool:
        empty = not contents.stacks and not contents.uniques
        return empty and contents.holder.kind in FILLED_ONCE


class _Rewards:
    """Pending rewards: the goods lie in the reward itself, beside its money."""

    collection = REWARDS

    @staticmethod
    def key(holder: Holder) -> Any:
        return holder.id

    @staticmethod
    def read(holder: Holder, document: dict[str, Any]) -> Contents:
        contents = Contents(
            holder,
            document,
            uniques=int(document.get("uniqueCount", 0)),
            unique_weight=thousandths(document.get("uniqueWeight", 0)),
        )
        if contents.sequence_before is not None:
            stored = (document.get("rewards") or {}).get("items", ())
            contents.stacks = [Stack.of(entry) for entry in stored]
        return contents

    @staticmethod
    def whole(contents: Contents) -> dict[str, Any]:
        rewards = contents.document.get("rewards") or {}
        return {
            "rewards": {**rewards, "items": [stack.to_mongo() for stack in contents.stacks]},
            "uniqueCount": contents.uniques,
            "uniqueWeight": contents.unique_weight / 1000,
        }

    @staticmethod
    def change(contents: Contents, now: datetime) -> tuple[dict[str, Any], list[str]]:
        changed: dict[str, Any] = {
            "rewards.items": [stack.to_mongo() for stack in contents.stacks],
            "uniqueCount": contents.uniques,
            "uniqueWeight": contents.unique_weight / 1000,
        }
        rewards = contents.document.get("rewards") or {}
        money = any(rewards.get(currency) for currency in ("dollars", "gold", "silver"))
        if not contents.stacks and not contents.uniques and not money:
            changed["claimedAt"] = now
        return changed, []


class _Ground:
    """Ground items: one stack or one unique item, whose quantity is a field of the row."""

    collection = "grounditems"

    @staticmethod
    def key(holder: Holder) -> Any:
        return holder.id

    @staticmethod
    def read(holder: Holder, document: dict[str, Any]) -> Contents:
        contents = Contents(holder, document)
        quantity = int(document.get("quantity") or 0)
        if contents.sequence_before is not None and quantity > 0:
            if document.get("craftedItemId") is not None:
                contents.add_unique(thousandths(document.get("uniqueWeight") or 0))
            else:
                contents.stacks = [Stack.of({**document["stack"], "quantity": quantity})]
        return contents

    @staticmethod
    def whole(contents: Contents) -> dict[str, Any]:
        if len(contents.stacks) + contents.uniques != 1:
            raise GameError("A ground item is one stack or one unique item.")
        if contents.stacks:
            (stack,) = contents.stacks
            return {"quantity": stack.quantity, "stack": stack.to_mongo()}
        return {"quantity": 1, "uniqueWeight": contents.unique_weight / 1000}

    @classmethod
    def change(cls, contents: Contents, now: datetime) -> tuple[dict[str, Any], list[str]]:
        if contents.stacks or contents.uniques:
            return cls.whole(contents), []
        # Nothing is lost when this row goes, so now it may.
        return {"quantity": 0, "expiresAt": now + LINGERS}, ["rotsAt"]


_BOOKS: dict[HolderKind, Any] = {HolderKind.PENDING: _Rewards, HolderKind.GROUND: _Ground}


def collection_of_holder(holder: Holder) -> str:
    """The collection that keeps the contents of ``holder``."""
    name: str = _BOOKS.get(holder.kind, _Containers).collection
    return name


def key_of(holder: Holder) -> str | ObjectId:
    """The ``_id`` of the document that keeps the contents of ``holder``."""
    key: str | ObjectId = _BOOKS.get(holder.kind, _Containers).key(holder)
    return key


def read_contents(holder: Holder, document: dict[str, Any]) -> Contents:
    """The contents that are stored in ``document``."""
    contents: Contents = _BOOKS.get(holder.kind, _Containers).read(holder, document)
    return contents


def write_of(contents: Contents, now: datetime) -> StagedWrite | None:
    """The write that stores what changed, if anything did.

    Outcomes of an update: changed; not found, when somebody outside the inventory wrote the
    contents meanwhile (``ContentsMoved``); a write conflict, when another movement did (the
    transaction runs again).
    """
    if not contents.changed:
        return None
    book = _BOOKS.get(contents.holder.kind, _Containers)
    if contents.new:
        return StagedInsert(book.collection, whole_document(contents))
    changed, removed = book.change(contents, now)
    change: dict[str, Any] = {"$set": {**changed, SEQUENCE: contents.sequence}}
    if removed:
        change["$unset"] = dict.fromkeys(removed, "")
    return StagedUpdate(
        book.collection,
        {"_id": contents.document["_id"], SEQUENCE: contents.sequence_before},
        change,
        otherwise=ContentsMoved(holder=str(contents.holder), retry_after=1),
    )


def whole_document(contents: Contents) -> dict[str, Any]:
    """The document of a new holder."""
    book = _BOOKS.get(contents.holder.kind, _Containers)
    return {**contents.document, **book.whole(contents), SEQUENCE: contents.sequence}
