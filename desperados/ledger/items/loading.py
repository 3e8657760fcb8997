"""Reads everything that a movement touches: one query for each kind of thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from desperados.engine import clock
from desperados.engine.game import current_game
from desperados.engine.storage.collection import find_all
from desperados.ledger.items.books import collection_of_holder, key_of, read_contents
from desperados.ledger.items.contents import Contents, Stack
from desperados.ledger.items.definitions import Definition, definitions, definitions_by_id
from desperados.ledger.items.documents import CraftedItem
from desperados.ledger.items.errors import HolderNotFound, UnknownItem, UnreadableReward
from desperados.ledger.items.holders import OWNED_BY_CHARACTER, Holder, HolderKind
from desperados.ledger.items.movement import All, Fresh, Line, Transfer, Unique
from desperados.ledger.items.rules import Allowance, level_bonus
from desperados.ledger.items.uniques import FIELDS, UniqueItem

MOST_UNIQUES = 1000  # in one holder, when all of it moves

_CREATED_BY_THEIR_OWN = {HolderKind.PENDING, HolderKind.GROUND}


@dataclass(slots=True)
class Loaded:
    """What a movement works on. ``adopted`` holders have stacks that no row tells of yet."""

    contents: dict[Holder, Contents]
    uniques: dict[ObjectId, UniqueItem]
    definitions: dict[str, Definition]
    adopted: list[Contents]


async def load(transfers: Sequence[Transfer], opened: Mapping[Holder, dict[str, Any]]) -> Loaded:
    """Read the holders, unique items and definitions of a movement.

    Raises:
        HolderNotFound: a holder does not exist, and is none that is made at its first use; or it
            was closed.
        UnknownItem: an item that would come into the world is not defined.
        UnreadableReward: a pending reward of another program is in an unknown form.
    """
    holders = {
        holder
        for transfer in transfers
        for holder in (transfer.giver, transfer.receiver)
        if holder is not None
    }
    contents = {holder: Contents(holder, document, new=True) for holder, document in opened.items()}
    contents |= await load_contents(holders - set(contents))
    for found in contents.values():
        found.require_open()
    known = await definitions(_entering(transfers))
    adopted = [found for found in contents.values() if _is_foreign(found)]
    for found in adopted:
        await _adopt(found)
    return Loaded(contents, await _uniques(transfers), known, adopted)


async def load_contents(holders: Iterable[Holder]) -> dict[Holder, Contents]:
    """The contents of ``holders``; those that are made at their first use are new and empty.

    Raises:
        HolderNotFound: a holder does not exist, and is none of those.
    """
    by_collection: dict[str, dict[Any, Holder]] = defaultdict(dict)
    for holder in holders:
        by_collection[collection_of_holder(holder)][key_of(holder)] = holder
    found: dict[Holder, Contents] = {}
    for collection, keys in by_collection.items():
        for document in await find_all(
            current_game().collection(collection), {"_id": {"$in": list(keys)}}, limit=len(keys)
        ):
            holder = keys[document["_id"]]
            found[holder] = read_contents(holder, document)
    absent = [h for keys in by_collection.values() for h in keys.values() if h not in found]
    for holder in absent:
        if holder.kind in _CREATED_BY_THEIR_OWN:
            raise HolderNotFound(holder=str(holder))
    return found | await _new_containers(absent)


async def _new_containers(holders: Sequence[Holder]) -> dict[Holder, Contents]:
    """Empty containers for holders that have none yet; only a character's must have its owner."""
    if not holders:
        return {}
    owners = {holder.id for holder in holders if holder.kind in OWNED_BY_CHARACTER}
    characters = (
        await find_all(
            current_game().collection("characters"),
            {"_id": {"$in": list(owners)}, "deletedAt": None},
            projection={"skills": 1},
            limit=len(owners),
        )
        if owners
        else []
    )
    levels = {character["_id"]: _total_level(character) for character in characters}
    for holder in holders:
        if holder.kind in OWNED_BY_CHARACTER and holder.id not in levels:
            raise HolderNotFound(holder=str(holder))
    return {
        holder: Contents(holder, new_container(holder, levels.get(holder.id, 0)), new=True)
        for holder in holders
    }


def new_container(holder: Holder, total_level: int = 0) -> dict[str, Any]:
    """The document of a container that is made at its first use."""
    now = clock.now()
    bonuses = {}
    if holder.kind is HolderKind.PACK and (bonus := level_bonus(total_level)) != Allowance(0, 0):
        bonuses["levels"] = {"slots": bonus.slots, "weight": bonus.weight}
    return {
        "_id": str(holder),
        "ownerType": holder.kind.value,
        "ownerId": holder.id,
        **limits(holder, bonuses),
        "bonuses": bonuses,
        "createdAt": now,
        "updatedAt": now,
    }


def limits(holder: Holder, bonuses: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The limits of a container with ``bonuses``, as they are stored."""
    base = holder.limits
    slots = sum(int(bonus.get("slots", 0)) for bonus in bonuses.values())
    weight = sum(bonus.get("weight", 0) for bonus in bonuses.values())
    return {
        "maxSlots": None if base.slots is None else base.slots + slots,
        "maxWeight": None if base.weight is None else base.weight + weight,
    }


def _total_level(character: Mapping[str, Any]) -> int:
    skills = character.get("skills") or {}
    return sum(int(skill.get("level") or 0) for skill in skills.values() if isinstance(skill, dict))


def _entering(transfers: Sequence[Transfer]) -> set[str]:
    """The codes of what comes new into the world."""
    codes = set()
    for transfer in transfers:
        for good in transfer.goods:
            if isinstance(good, Fresh):
                codes.add(good.item.base_item_id)
            elif isinstance(good, Line) and transfer.giver is None:
                codes.add(good.item_id)
    return codes


async def _uniques(transfers: Sequence[Transfer]) -> dict[ObjectId, UniqueItem]:
    goods = [(transfer, good) for transfer in transfers for good in transfer.goods]
    ids = [good.id for _, good in goods if isinstance(good, Unique)]
    emptied = [str(transfer.giver) for transfer, good in goods if isinstance(good, All)]
    rows = []
    for where in ({"_id": {"$in": ids}}, {"holder": {"$in": emptied}}):
        if any(values["$in"] for values in where.values()):
            rows += await find_all(
                CraftedItem.collection(),
                where,
                projection=dict.fromkeys(FIELDS, 1),
                limit=MOST_UNIQUES,
            )
    return {row["_id"]: UniqueItem.of(row) for row in rows}


def _is_foreign(contents: Contents) -> bool:
    """Whether another program made this holder: its contents have no history yet."""
    return contents.sequence_before is None and not contents.new


async def _adopt(contents: Contents) -> None:
    """Read the stacks of a ground item or pending reward that another program wrote."""
    document, now = contents.document, clock.now()
    if contents.holder.kind is HolderKind.GROUND:
        known = await definitions_by_id([document["itemId"]])
        pieces = [(known.get(document["itemId"]), document.get("quantity", 0))]
        document["rotsAt"] = document["expiresAt"]
    else:
        written = (document.get("rewards") or {}).get("items") or []
        codes = [_code(entry) for entry in written]
        by_code = await definitions(codes)
        pieces = [
            (by_code.get(code), entry.get("quantity"))
            for code, entry in zip(codes, written, strict=True)
        ]
    for found, quantity in pieces:
        if found is None:
            raise UnknownItem(holder=str(contents.holder))
        if isinstance(quantity, bool) or not isinstance(quantity, int | float) or quantity % 1:
            raise UnreadableReward(holder=str(contents.holder))
        if quantity > 0:
            contents.put(new_stack(found, int(quantity), now), now)


def _code(entry: Any) -> str:
    code = entry.get("itemId") if isinstance(entry, dict) else None
    if not isinstance(code, str):
        raise UnreadableReward()
    return code


def new_stack(found: Definition, quantity: int, now: Any) -> Stack:
    """``quantity`` pieces as they come into the world."""
    return Stack(
        found.item_id, quantity, found.max_stack, found.weight, found.bound, acquired_at=now
    )
