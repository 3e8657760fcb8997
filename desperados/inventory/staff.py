"""What staff may do to goods: grant and remove. Both leave an audit row."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from desperados.accounts.acts import Reason, check_reason, note_act
from desperados.characters.actor import load_actor
from desperados.engine.commands import command
from desperados.inventory.views import MovedView
from desperados.ledger.items import ledger as items
from desperados.ledger.items.holders import pack
from desperados.ledger.items.movement import Line, Moved, Overflow
from desperados.ledger.items.rules import Pieces, check_quantity
from desperados.ledger.items.sources import ItemSource
from desperados.vocabulary import ItemCode


@command(queue="character")
async def grant_items(
    staff: ObjectId,
    character: ObjectId,
    item: ItemCode,
    *,
    reason: Reason,
    quantity: Pieces = 1,
    key: str | None = None,
) -> MovedView:
    """Give a character new pieces of an item. What finds no room waits as a pending reward.

    Raises:
        UnknownItem: there is no such item.
        InvalidQuantity: the quantity is not a whole number from 1 to 9,999.
        InvalidInput: the reason is not 5 to 500 characters.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    check_reason(reason)
    line = Line(item, check_quantity(quantity))
    await load_actor(character)
    moved = await items.enter(
        line,
        to=pack(character),
        source=ItemSource.ADMIN_GRANT,
        overflow=Overflow.PARK,
        actor=staff,
    )
    _note(staff, "ITEMS_GRANTED", character, line, reason, moved)
    return MovedView.of(moved)


@command(queue="character")
async def remove_items(
    staff: ObjectId,
    character: ObjectId,
    item: ItemCode,
    *,
    reason: Reason,
    quantity: Pieces = 1,
    key: str | None = None,
) -> MovedView:
    """Take pieces of an item from a character, out of the world.

    Raises:
        InsufficientItems: the character has fewer.
        ItemLocked: some are worn or reserved.
        InvalidQuantity: the quantity is not a whole number from 1 to 9,999.
        InvalidInput: the reason is not 5 to 500 characters.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    check_reason(reason)
    line = Line(item, check_quantity(quantity))
    await load_actor(character)
    moved = await items.leave(
        line, from_=pack(character), source=ItemSource.ADMIN_REMOVAL, actor=staff
    )
    _note(staff, "ITEMS_REMOVED", character, line, reason, moved)
    return MovedView.of(moved)


def _note(
    staff: ObjectId, action: str, character: ObjectId, line: Line, reason: str, moved: Moved
) -> None:
    """A row of the audit log, in the same transaction."""
    details: dict[str, Any] = {
        "item": line.item_id,
        "quantity": line.quantity,
        "reason": reason,
        "operation": moved.operation,
    }
    note_act(staff, action, details, character_id=character)
