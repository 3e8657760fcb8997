"""What a character carries: the views, the history, and goods that waited for room.

Every movement itself is made by ``items``; the commands of other domains call that.
"""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from desperados.characters.actor import load_actor
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.game import collection_of
from desperados.engine.storage.paging import read_page
from desperados.engine.views import Cursor, Limit, Page
from desperados.inventory.views import (
    CapacityView,
    InventoryView,
    MovementView,
    PendingItemsView,
    StackView,
    TakenView,
    UniqueItemView,
)
from desperados.ledger.items import ledger as items
from desperados.ledger.items.books import read_contents
from desperados.ledger.items.contents import SEQUENCE
from desperados.ledger.items.documents import CraftedItem, ItemMovement
from desperados.ledger.items.errors import NothingThere
from desperados.ledger.items.holders import Holder, bank_box, pack, pending
from desperados.ledger.items.movement import ALL, Overflow
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.rewards import REWARDS, RewardState, state_of


async def inventory(actor: ObjectId) -> InventoryView:
    """What a character carries: the stacks and how full the pack is. At most 500 stacks.

    Raises:
        CharacterNotFound: there is no such character.
    """
    await load_actor(actor)
    contents = await items.contents(pack(actor))
    return InventoryView(
        capacity=CapacityView.of(contents),
        stacks=[StackView.of(stack) for stack in contents.stacks],
        unique_items=contents.uniques,
    )


async def capacity(actor: ObjectId) -> CapacityView:
    """How full a character's pack is.

    Raises:
        CharacterNotFound: there is no such character.
    """
    await load_actor(actor)
    return CapacityView.of(await items.contents(pack(actor)))


async def unique_items(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[UniqueItemView]:
    """The unique items that a character carries.

    Raises:
        CharacterNotFound: there is no such character.
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    await load_actor(actor)
    return await read_page(
        CraftedItem.collection(),
        {"holder": str(pack(actor))},
        sort="_id",
        limit=limit,
        after=after,
        view=_unique,
    )


async def history(
    actor: ObjectId, *, item: str | None = None, limit: Limit = 50, after: Cursor | None = None
) -> Page[MovementView]:
    """What came into a character's pack and what left it, newest first; of one item, if given.

    Raises:
        CharacterNotFound: there is no such character.
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    await load_actor(actor)
    return await history_of(pack(actor), item=item, limit=limit, after=after)


async def history_of(
    holder: Holder, *, item: str | None = None, limit: int = 50, after: Cursor | None = None
) -> Page[MovementView]:
    """The history of any holder, newest first; of one item, if given.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    where: dict[str, Any] = {"holder": str(holder)}
    if item is not None:
        where["itemId"] = item
    return await read_page(
        ItemMovement.collection(),
        where,
        sort="-seq",
        limit=limit,
        after=after,
        view=_movement,
        unique=True,
    )


async def pending_items(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[PendingItemsView]:
    """Goods that found no room in a character's pack and wait, oldest first.

    Raises:
        CharacterNotFound: there is no such character.
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    await load_actor(actor)
    return await read_page(
        collection_of(REWARDS),
        {
            "characterId": actor,
            "claimedAt": None,
            SEQUENCE: {"$gt": 0},
            "$or": [{"rewards.items": {"$ne": []}}, {"uniqueCount": {"$gt": 0}}],
        },
        sort="createdAt",
        limit=limit,
        after=after,
        view=_pending,
    )


@command(queue=("actor", "reward"))
async def claim_items(actor: ObjectId, reward: ObjectId, *, key: str | None = None) -> TakenView:
    """Take goods that waited for room into the pack, as much of them as there is room for.

    Raises:
        NothingThere: there is no such reward of this character, it was claimed or has expired, or
            it holds no goods any more.
        InventoryFull: there is no room for any of it.
        UnreadableReward: another program wrote it, in an unknown form.
        CharacterNotFound: there is no such character.
        CharacterUnavailable: the character is dead, in jail or in a fight.
        KeyReused: the key was used with another request.
    """
    (await load_actor(actor)).must_be_free()
    return await take_waiting(actor, reward)


async def take_waiting(character: ObjectId, reward: ObjectId) -> TakenView:
    """What ``claim_items`` does, for commands that claim the money of a reward as well.

    Raises:
        NothingThere: there is no such reward of this character, it was claimed or has expired, or
            it holds no goods any more.
        InventoryFull: there is no room for any of it.
        UnreadableReward: another program wrote it, in an unknown form.
    """
    where = {"_id": reward, "characterId": character}
    found = await collection_of(REWARDS).find_one(where, {"claimedAt": 1, "expiresAt": 1})
    if found is None or state_of(found, clock.now()) is not RewardState.WAITING:
        raise NothingThere()
    moved = await items.move(
        ALL,
        from_=pending(reward),
        to=pack(character),
        source=ItemSource.REWARD_CLAIMED,
        overflow=Overflow.LEAVE,
        reference=reward,
        actor=character,
    )
    if not moved.placed:
        raise NothingThere()
    return TakenView.of(moved)


async def wind_up(character: ObjectId) -> None:
    """Let all that a character has in pack and bank box leave the world, inside the transaction
    that deletes it.

    Raises:
        ItemLocked: something is worn or reserved.
    """
    for holder in (pack(character), bank_box(character)):
        await items.close(holder, source=ItemSource.CHARACTER_DELETED, actor=character)


def _unique(row: dict[str, Any]) -> UniqueItemView:
    found = CraftedItem.hydrate(row)
    return UniqueItemView(
        id=found.id,
        item=found.base_item_id,
        quality=found.quality,
        is_masterwork=found.is_masterwork,
        custom_name=found.custom_name,
        crafter_id=found.crafter_id,
        durability=found.durability,
        max_durability=found.max_durability,
        bonuses=found.bonuses,
        bound=found.bound,
        locked=found.locked,
        equipped_slot=found.equipped_slot,
    )


def _movement(row: dict[str, Any]) -> MovementView:
    return MovementView(
        seq=row["seq"],
        item=row["itemId"],
        unique=row.get("craftedItemId"),
        quantity=row["quantity"],
        before=row["before"],
        after=row["after"],
        source=row["source"],
        counterparty=row["counterparty"],
        reference=row.get("reference"),
        created_at=row["createdAt"],
    )


def _pending(row: dict[str, Any]) -> PendingItemsView:
    contents = read_contents(pending(row["_id"]), row)
    return PendingItemsView(
        id=row["_id"],
        source=row["source"],
        stacks=[StackView.of(stack) for stack in contents.stacks],
        unique_items=contents.uniques,
        created_at=row["createdAt"],
    )
