"""Things on the ground: laying them down, taking them up, and what becomes of the rest.

A ground item can be taken for an hour. Then a job takes what is left out of the world, with a row
in the history. Only after that may the expiry of the row remove it: nothing of value ever vanishes
without a record.

Limits: an account lays down 60 things in an hour.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bson import ObjectId

from desperados.characters.actor import load_actor
from desperados.engine import clock
from desperados.engine.allowances import Limit as Allowed
from desperados.engine.allowances import read_usage
from desperados.engine.commands import command
from desperados.engine.game import collection_of
from desperados.engine.storage.paging import read_page
from desperados.engine.views import Cursor, Limit, Page
from desperados.inventory.views import DroppedView, GroundItemView, TakenView
from desperados.ledger.items import ledger as items
from desperados.ledger.items.definitions import Definition, definitions, definitions_by_id
from desperados.ledger.items.documents import CraftedItem, GroundItem
from desperados.ledger.items.errors import (
    InsufficientItems,
    NotHere,
    NothingThere,
    Reserved,
    UnknownItem,
)
from desperados.ledger.items.grounds import Spot, ground_document
from desperados.ledger.items.holders import Holder, ground, pack
from desperados.ledger.items.movement import ALL, Fresh, Line, Moved, Overflow, Transfer, Unique
from desperados.ledger.items.rules import GROUND_SECONDS, Pieces, check_quantity
from desperados.ledger.items.sources import ItemSource
from desperados.vocabulary import ItemCode

DROPS = Allowed("drops", 60, timedelta(hours=1))


async def lay(
    goods: list[Line | Unique | Fresh],
    *,
    location: ObjectId,
    source: ItemSource,
    from_: Holder | None = None,
    reserved_for: ObjectId | None = None,
    actor: ObjectId | None = None,
) -> tuple[Moved, list[ObjectId]]:
    """Lay goods on the ground, each as a ground item of its own, inside the open transaction.

    Without ``from_`` they are new (loot). For ``reserved_for`` they are kept for five minutes.
    Returns the movement and the ids of the ground items, in the order of ``goods``.

    Raises:
        UnknownItem: an item is not defined.
        InsufficientItems: the giver holds fewer.
        ItemLocked: some are worn, reserved or bound.
    """
    known = await _definitions(goods)
    now = clock.now()
    spot = Spot(location, reserved_for, actor)
    opened: dict[Holder, dict[str, Any]] = {}
    transfers = []
    for good, found in zip(goods, known, strict=True):
        unique = None
        if not isinstance(good, Line):
            unique = good.id if isinstance(good, Unique) else good.item.id
        document = ground_document(spot, found.id, now, unique)
        place = ground(document["_id"])
        opened[place] = document
        transfers.append(Transfer([good], source, from_, place))
    moved = await items.post(transfers, opened=opened, reference=location, actor=actor)
    return moved, [place.id for place in opened]


@command(queue="actor")
async def drop_item(
    actor: ObjectId, item: ItemCode, *, quantity: Pieces = 1, key: str | None = None
) -> DroppedView:
    """Lay pieces of an item on the ground where the character stands. Anybody there may take them.

    Raises:
        InsufficientItems: the character has fewer.
        ItemLocked: some are worn, reserved, bound or part of a quest.
        InvalidQuantity: the quantity is not a whole number from 1 to 9,999.
        UnknownItem: there is no such item.
        CharacterNotFound: there is no such character.
        CharacterUnavailable: the character is dead, in jail or in a fight.
        TradeLocked: the staff bar the character from trade.
        TooNew: the character is younger than 24 hours.
        RateLimited: the account laid down 60 things in the last hour.
        KeyReused: the key was used with another request.
    """
    return await _drop(actor, Line(item, check_quantity(quantity)))


@command(queue="actor")
async def drop_unique(actor: ObjectId, unique: ObjectId, *, key: str | None = None) -> DroppedView:
    """Lay a unique item on the ground where the character stands. Anybody there may take it.

    Raises:
        InsufficientItems: the character does not carry it.
        ItemLocked: it is worn, reserved or bound.
        CharacterNotFound: there is no such character.
        CharacterUnavailable: the character is dead, in jail or in a fight.
        TradeLocked: the staff bar the character from trade.
        TooNew: the character is younger than 24 hours.
        RateLimited: the account laid down 60 things in the last hour.
        KeyReused: the key was used with another request.
    """
    return await _drop(actor, Unique(unique))


async def _drop(actor: ObjectId, good: Line | Unique) -> DroppedView:
    giver = await load_actor(actor)
    giver.must_be_free()
    giver.must_be_able_to_give()
    usage = await read_usage((DROPS, giver.user_id))
    usage.use(DROPS, giver.user_id)
    location = giver.location_id
    moved, (laid,) = await lay(
        [good], location=location, source=ItemSource.DROPPED, from_=pack(actor), actor=actor
    )
    usage.write()
    return DroppedView(
        ground_item=laid,
        operation=moved.operation,
        item=moved.placed[0].item_id,
        quantity=sum(placed.quantity for placed in moved.placed),
        rots_at=moved.at + timedelta(seconds=GROUND_SECONDS),
    )


@command(queue=("actor", "ground_item"))
async def pick_up(actor: ObjectId, ground_item: ObjectId, *, key: str | None = None) -> TakenView:
    """Take what lies on the ground, as much of it as there is room for.

    Raises:
        NothingThere: it was taken, or has rotted.
        NotHere: it lies somewhere else.
        Reserved: it is kept for somebody else for a while.
        InventoryFull: there is no room for any of it.
        CharacterNotFound: there is no such character.
        CharacterUnavailable: the character is dead, in jail or in a fight.
        KeyReused: the key was used with another request.
    """
    location = await _location_of_free(actor)
    found = await GroundItem.load_one({"_id": ground_item})
    now = clock.now()
    if found is None or found.quantity < 1 or (found.rots_at or found.expires_at) <= now:
        raise NothingThere()
    if found.location_id != location:
        raise NotHere()
    if (
        found.reserved_until is not None
        and found.reserved_until > now
        and found.reserved_for not in (None, actor)
    ):
        raise Reserved()
    moved = await items.move(
        ALL,
        from_=ground(ground_item),
        to=pack(actor),
        source=ItemSource.PICKED_UP,
        overflow=Overflow.LEAVE,
        reference=location,
        actor=actor,
    )
    return TakenView.of(moved)


async def ground_items(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[GroundItemView]:
    """What lies where the character stands, oldest first.

    Raises:
        CharacterNotFound: there is no such character.
        CharacterUnavailable: the character is dead, in jail or in a fight.
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    location = await _location_of_free(actor)
    now = clock.now()
    page = await read_page(
        GroundItem.collection(),
        {
            "locationId": location,
            "quantity": {"$gt": 0},
            "expiresAt": {"$gt": now},
            "$or": [{"rotsAt": {"$gt": now}}, {"rotsAt": None}],
        },
        sort="droppedAt",
        limit=limit,
        after=after,
        view=GroundItem.hydrate,
    )
    foreign = {found.item_id for found in page.items if found.stack is None}
    codes = await definitions_by_id(foreign)
    return Page(items=[_view(found, actor, codes) for found in page.items], next=page.next)


@command
async def rot(ground_item: ObjectId) -> None:
    """Take what is left of a ground item out of the world, if its time is over."""
    found = await GroundItem.load_one({"_id": ground_item})
    if found is None or found.rots_at is None or found.rots_at > clock.now():
        return
    moved = await items.leave(ALL, from_=ground(ground_item), source=ItemSource.ROTTED)
    if not moved.placed:
        await collection_of(GroundItem.collection_name()).update_one(
            {"_id": ground_item}, {"$unset": {"rotsAt": ""}}
        )


async def _location_of_free(actor: ObjectId) -> ObjectId:
    """Where a character is who can go about and handle things."""
    character = await load_actor(actor)
    character.must_be_free()
    return character.location_id


async def _definitions(goods: list[Line | Unique | Fresh]) -> list[Definition]:
    """The definition of each of the goods."""
    ids = [good.id for good in goods if isinstance(good, Unique)]
    bases = (
        {
            found.id: found.base_item_id
            for found in await CraftedItem.load_many({"_id": {"$in": ids}}, limit=len(ids))
        }
        if ids
        else {}
    )
    codes = []
    for good in goods:
        if isinstance(good, Unique) and good.id not in bases:
            raise InsufficientItems(unique=str(good.id))
        codes.append(
            good.item_id
            if isinstance(good, Line)
            else bases[good.id]
            if isinstance(good, Unique)
            else good.item.base_item_id
        )
    known = await definitions(codes)
    for code in codes:
        if code not in known:
            raise UnknownItem(path="item", item=code)
    return [known[code] for code in codes]


def _view(found: GroundItem, actor: ObjectId, codes: dict[ObjectId, Definition]) -> GroundItemView:
    known = codes.get(found.item_id)
    kept = found.reserved_until if found.reserved_for not in (None, actor) else None
    return GroundItemView(
        id=found.id,
        item=found.stack.item_id if found.stack else known.item_id if known else None,
        quantity=found.quantity,
        unique=found.crafted_item_id,
        dropped_at=found.dropped_at,
        rots_at=found.rots_at or found.expires_at,
        reserved_until=kept if kept is not None and kept > clock.now() else None,
    )
