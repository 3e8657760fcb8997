"""What staff may do to goods: grant and remove. Both leave an audit row."""

from __future__ import annotations

from bson import ObjectId

from desperados.accounts.acts import Act, may_act
from desperados.accounts.documents import UserRole
from desperados.accounts.inputs import Reason
from desperados.characters.actor import load_actor
from desperados.engine.commands import command
from desperados.inventory.views import MovedView
from desperados.ledger.items import ledger as items
from desperados.ledger.items.holders import pack
from desperados.ledger.items.movement import Line, Moved, Overflow
from desperados.ledger.items.rules import check_quantity
from desperados.ledger.items.sources import ItemSource


@command(queue="character")
async def grant_items(
    staff: ObjectId,
    character: ObjectId,
    item: str,
    *,
    reason: Reason,
    quantity: int = 1,
    key: str | None = None,
) -> MovedView:
    """Give a character new pieces of an item. What finds no room waits as a pending reward.

    Raises:
        UnknownItem: there is no such item.
        InvalidQuantity: the quantity is not a whole number from 1 to 9,999.
        InvalidReason: the reason is not 5 to 500 characters.
        Forbidden: you are no admin, or the character's owner is another one.
        SelfDealing: it is a character of yours.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    line = Line(item, check_quantity(quantity))
    act = await _act(staff, character, reason)
    held = (await items.contents(pack(character))).count(item)
    moved = await items.enter(
        line,
        to=pack(character),
        source=ItemSource.ADMIN_GRANT,
        overflow=Overflow.PARK,
        actor=staff,
    )
    _note(act, "ITEMS_GRANTED", character, line, moved, held)
    return MovedView.of(moved)


@command(queue="character")
async def remove_items(
    staff: ObjectId,
    character: ObjectId,
    item: str,
    *,
    reason: Reason,
    quantity: int = 1,
    key: str | None = None,
) -> MovedView:
    """Take pieces of an item from a character, out of the world.

    Raises:
        InsufficientItems: the character has fewer.
        ItemLocked: some are worn or reserved.
        InvalidQuantity: the quantity is not a whole number from 1 to 9,999.
        InvalidReason: the reason is not 5 to 500 characters.
        Forbidden: you are no admin, or the character's owner is another one.
        SelfDealing: it is a character of yours.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    line = Line(item, check_quantity(quantity))
    act = await _act(staff, character, reason)
    held = (await items.contents(pack(character))).count(item)
    moved = await items.leave(
        line, from_=pack(character), source=ItemSource.ADMIN_REMOVAL, actor=staff
    )
    _note(act, "ITEMS_REMOVED", character, line, moved, held)
    return MovedView.of(moved)


async def _act(staff: ObjectId, character: ObjectId, reason: str) -> Act:
    owner = (await load_actor(character)).user_id
    return await may_act(
        staff, [owner], needed=UserRole.ADMIN, reason=reason, character_id=character
    )


def _note(act: Act, action: str, character: ObjectId, line: Line, moved: Moved, held: int) -> None:
    """A row of the audit log, in the same transaction. ``held`` is what the pack held before."""
    came = moved.quantity(line.item_id, pack(character)) - moved.quantity(line.item_id, None)
    act.note(
        action,
        item=line.item_id,
        quantity=line.quantity,
        operation=moved.operation,
        before={"held": held},
        after={"held": held + came},
        character_id=character,
    )
