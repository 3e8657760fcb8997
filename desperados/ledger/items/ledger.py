"""The ledger of items: the only code that changes what anybody holds.

    await items.enter([Line("whiskey", 3)], to=pack(ann), source=ItemSource.QUEST_REWARD)
    await items.move([Line("whiskey", 3)], from_=pack(ann), to=listing(id),
                     source=ItemSource.LISTED)
    await items.leave([Line("whiskey", 3)], from_=pack(ann), source=ItemSource.USED)

A movement commits whole or not at all, leaves a row for each side with the count before and after,
and neither makes nor destroys a piece except through a named faucet or sink. It runs inside the
caller's transaction, and its writes leave together with the command's other staged writes. It costs
one read for each kind of holder, one for unique items, and one for the definitions of what comes
new into the world.

Limits: a movement has at most 200 goods; a container holds at most 500 different items.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bson import ObjectId

from desperados.engine import clock
from desperados.engine.errors import InvalidInput
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.transactions import stage
from desperados.ledger.items.books import (
    collection_of_holder,
    key_of,
    whole_document,
    write_of,
)
from desperados.ledger.items.contents import CLOSED, SEQUENCE, Contents
from desperados.ledger.items.errors import ContentsMoved, MisdirectedTransfer, SameHolder
from desperados.ledger.items.holders import Holder
from desperados.ledger.items.loading import load, load_contents
from desperados.ledger.items.movement import (
    ALL,
    All,
    Fresh,
    Good,
    Line,
    Moved,
    Overflow,
    Placed,
    Transfer,
    Unique,
)
from desperados.ledger.items.posting import Posting
from desperados.ledger.items.rules import check_quantity
from desperados.ledger.items.sources import ItemFlow, ItemSource

__all__ = [
    "ALL",
    "Fresh",
    "Good",
    "Line",
    "Moved",
    "Overflow",
    "Placed",
    "Transfer",
    "Unique",
    "close",
    "contents",
    "enter",
    "leave",
    "lock",
    "move",
    "post",
    "unlock",
]

MOST_GOODS = 200
WORLD = "world"


async def move(
    goods: Sequence[Good] | Good,
    *,
    from_: Holder,
    to: Holder,
    source: ItemSource,
    overflow: Overflow = Overflow.FAIL,
    reference: ObjectId | None = None,
    actor: ObjectId | None = None,
) -> Moved:
    """Carry ``goods`` from one holder to another.

    ``ALL`` as goods is everything that the giver holds. ``reference`` is the id of what it was for.

    Raises:
        InsufficientItems: the giver holds fewer.
        ItemLocked: some are worn, reserved, or bound and ``source`` moves no bound items.
        InventoryFull: the receiver has no room, and ``overflow`` does not say what then.
        InvalidQuantity: a quantity is not a whole number from 1 to 9,999.
        HolderNotFound: there is no such character, reward or ground item.
        SameHolder: giver and receiver are the same.
    """
    transfer = Transfer(_several(goods), source, from_, to, overflow)
    return await post([transfer], reference=reference, actor=actor)


async def enter(
    goods: Sequence[Good] | Good,
    *,
    to: Holder,
    source: ItemSource,
    overflow: Overflow = Overflow.FAIL,
    reference: ObjectId | None = None,
    actor: ObjectId | None = None,
) -> Moved:
    """Bring new ``goods`` into the world, through a faucet.

    Raises:
        UnknownItem: an item is not defined.
        InventoryFull: the receiver has no room, and ``overflow`` does not say what then.
        InvalidQuantity: a quantity is not a whole number from 1 to 9,999.
        HolderNotFound: there is no such character.
    """
    transfer = Transfer(_several(goods), source, None, to, overflow)
    return await post([transfer], reference=reference, actor=actor)


async def leave(
    goods: Sequence[Good] | Good,
    *,
    from_: Holder,
    source: ItemSource,
    reference: ObjectId | None = None,
    actor: ObjectId | None = None,
) -> Moved:
    """Take ``goods`` out of the world, through a sink.

    Raises:
        InsufficientItems: the giver holds fewer.
        ItemLocked: some are worn, reserved, or bound and ``source`` moves no bound items.
        InvalidQuantity: a quantity is not a whole number from 1 to 9,999.
        HolderNotFound: there is no such character, reward or ground item.
    """
    transfer = Transfer(_several(goods), source, from_)
    return await post([transfer], reference=reference, actor=actor)


async def close(holder: Holder, *, source: ItemSource, actor: ObjectId | None = None) -> None:
    """Take all that ``holder`` holds out of the world, and let it hold nothing ever again.

    Whoever brings something at the same moment meets this write at the holder's document, even at
    one that never held anything; whoever comes later finds it closed.

    Raises:
        ItemLocked: some of it is worn or reserved.
        HolderNotFound: it was closed before, or there is no such character.
    """
    await leave(ALL, from_=holder, source=source, actor=actor)
    emptied = await contents(holder)
    closed = {CLOSED: clock.now()}
    if emptied.new:
        document = {**whole_document(emptied), **closed}
        stage(StagedInsert(collection_of_holder(holder), document))
        return
    stage(
        StagedUpdate(
            collection_of_holder(holder),
            {"_id": key_of(holder), SEQUENCE: emptied.sequence_before},
            {"$set": closed},
            otherwise=ContentsMoved(holder=str(holder), retry_after=1),
        )
    )


async def post(
    transfers: Sequence[Transfer],
    *,
    opened: Mapping[Holder, dict[str, Any]] | None = None,
    reference: ObjectId | None = None,
    actor: ObjectId | None = None,
    operation: ObjectId | None = None,
) -> Moved:
    """Carry out ``transfers`` in order, inside the open transaction: all of them, or none.

    ``opened`` gives the documents of ground items that this movement creates. ``operation`` is the
    id of a posting of money that it belongs to. The errors are those of ``move``, ``enter`` and
    ``leave``.

    Raises:
        MisdirectedTransfer: a transfer contradicts its source; a fault of the caller.
    """
    _check(transfers)
    posting = Posting(await load(transfers, opened or {}), reference, actor, operation)
    for transfer in transfers:
        posting.carry(transfer)
    for write in posting.writes():
        stage(write)
    return posting.result()


async def contents(holder: Holder) -> Contents:
    """What ``holder`` holds, as the transaction sees it; empty if it never held anything.

    Raises:
        HolderNotFound: there is no such character, reward or ground item.
    """
    return (await load_contents([holder]))[holder]


async def lock(holder: Holder, item_id: str, quantity: int) -> None:
    """Reserve pieces where they are, because they are worn or in use: they cannot move.

    Raises:
        InsufficientItems: fewer are free.
    """
    await _lock(holder, item_id, check_quantity(quantity))


async def unlock(holder: Holder, item_id: str, quantity: int) -> None:
    """Let go of pieces that were locked.

    Raises:
        InsufficientItems: fewer are locked.
    """
    await _lock(holder, item_id, -check_quantity(quantity))


async def _lock(holder: Holder, item_id: str, quantity: int) -> None:
    found = await contents(holder)
    found.require_open()
    found.lock(item_id, quantity)
    write = write_of(found, clock.now())
    if write is not None:
        stage(write)


def _several(goods: Sequence[Good] | Good) -> Sequence[Good]:
    return [goods] if isinstance(goods, Line | Unique | Fresh | All) else list(goods)


def _check(transfers: Sequence[Transfer]) -> None:
    """Givers, receivers and quantities are possible at all."""
    for transfer in transfers:
        sides = (transfer.giver is not None, transfer.receiver is not None)
        wanted = {
            ItemFlow.FAUCET: (False, True),
            ItemFlow.SINK: (True, False),
            ItemFlow.TRANSFER: (True, True),
        }[transfer.source.flow]
        if sides != wanted:
            raise MisdirectedTransfer(
                f"{transfer.source.value} is a {transfer.source.flow.value}: "
                "a faucet has no giver, a sink no receiver, a transfer both."
            )
        if transfer.overflow is Overflow.GROUND and (
            transfer.spot is None or transfer.giver is not None
        ):
            raise MisdirectedTransfer("Only new goods come to lie on the ground, and somewhere.")
        if transfer.giver is not None and transfer.giver == transfer.receiver:
            raise SameHolder(holder=str(transfer.giver))
        for good in transfer.goods:
            if isinstance(good, Line):
                check_quantity(good.quantity)
            elif isinstance(good, Fresh | All) and (transfer.giver is None) is isinstance(
                good, All
            ):
                raise MisdirectedTransfer(
                    "A fresh item has no giver, and only a giver can give all."
                )
    if not 1 <= sum(len(transfer.goods) for transfer in transfers) <= MOST_GOODS:
        raise InvalidInput(f"A movement has 1 to {MOST_GOODS} goods.", path="goods")
