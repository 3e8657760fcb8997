"""Movements of items: whole, conserved, within limits."""

from typing import Any

import pytest
from bson import ObjectId

from desperados.engine import clock
from desperados.engine.errors import InvalidInput
from desperados.engine.game import Game
from desperados.engine.staging import StagedUpdate
from desperados.engine.storage.content import content_changed
from desperados.engine.transactions import transaction
from desperados.ledger.items import ledger as items
from desperados.ledger.items.books import read_contents, write_of
from desperados.ledger.items.capacity import set_bonus
from desperados.ledger.items.documents import CraftedItem, Inventory, ItemMovement
from desperados.ledger.items.errors import (
    ContentsMoved,
    HolderNotFound,
    InsufficientItems,
    InvalidQuantity,
    InventoryFull,
    ItemLocked,
    MisdirectedTransfer,
    SameHolder,
    UnknownItem,
)
from desperados.ledger.items.holders import bank_box, listing, pack, pending, trade
from desperados.ledger.items.ledger import ALL, Line, Overflow, Transfer, Unique
from desperados.ledger.items.rules import Allowance
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.items.uniques import UniqueItem
from tests.inventory.worlds import (
    COAL,
    COLT,
    LETTER,
    MEDAL,
    WHISKEY,
    add_carrier,
    count,
    give,
    leave,
    lines,
    move,
    place_of,
    revolver,
)
from tests.ledger.items.test_rules import BAD_QUANTITIES
from tests.worlds import fingerprint


async def inventory_of(character: ObjectId) -> Inventory:
    found = await Inventory.load_one({"_id": str(pack(character))})
    assert found is not None
    return found


async def rows(character: ObjectId) -> list[ItemMovement]:
    return await ItemMovement.load_many(
        {"holder": str(pack(character))}, sort=[("seq", 1)], limit=100
    )


async def test_a_pack_is_made_at_its_first_use(game: Game) -> None:
    ann = await add_carrier(game)
    assert await count(pack(ann), WHISKEY) == 0
    assert await Inventory.load_one({"_id": str(pack(ann))}) is None
    await give(ann, Line(WHISKEY, 5))
    found = await inventory_of(ann)
    assert (found.max_slots, found.max_weight) == (100, 500)
    assert (found.used_slots, found.used_weight) == (1, 5)


async def test_a_character_with_skills_has_a_larger_pack(game: Game) -> None:
    ann = await add_carrier(game)
    await game.database["characters"].update_one(
        {"_id": ann}, {"$set": {"skills": {"mining": {"level": 60}, "poker": {"level": 90.0}}}}
    )
    await give(ann, Line(WHISKEY, 1))
    found = await inventory_of(ann)
    assert (found.max_slots, found.max_weight) == (110, 650)


async def test_nobody_has_no_pack(game: Game) -> None:
    before = await fingerprint(game)
    with pytest.raises(HolderNotFound):
        await give(ObjectId(), Line(WHISKEY, 1))
    assert await fingerprint(game) == before


async def test_more_of_an_item_joins_its_stack_and_takes_slots_as_needed(game: Game) -> None:
    ann = await add_carrier(game, Line(WHISKEY, 15))
    await give(ann, Line(WHISKEY, 30))
    (entry,) = (await inventory_of(ann)).items
    assert (entry.quantity, entry.max_stack) == (45, 20)
    assert (await inventory_of(ann)).used_slots == 3


async def test_a_movement_leaves_a_row_on_both_sides(game: Game) -> None:
    ann, bob = await add_carrier(game, Line(WHISKEY, 10)), await add_carrier(game)
    moved = await move(Line(WHISKEY, 4), pack(ann), pack(bob))
    given, taken = (await rows(ann))[-1], (await rows(bob))[-1]
    assert (given.quantity, given.before, given.after, given.seq) == (-4, 10, 6, 2)
    assert (taken.quantity, taken.before, taken.after, taken.seq) == (4, 0, 4, 1)
    assert given.operation == taken.operation == moved.operation
    assert (given.source, given.counterparty) == ("gift", str(pack(bob)))
    assert moved.quantity(WHISKEY, pack(bob)) == 4


async def test_what_leaves_the_world_is_gone_and_its_entry_too(game: Game) -> None:
    ann = await add_carrier(game, *lines(whiskey=3, coal=2))
    await leave(Line(WHISKEY, 3), pack(ann))
    found = await inventory_of(ann)
    assert [entry.item_id for entry in found.items] == [COAL]
    assert (found.used_slots, found.used_weight) == (1, 5)


async def test_what_is_no_quantity_is_refused_and_leaves_no_trace(game: Game) -> None:
    ann, bob = await add_carrier(game, Line(WHISKEY, 10)), await add_carrier(game)
    before = await fingerprint(game)
    for quantity, error in BAD_QUANTITIES:
        for attempt in (
            give(ann, Line(WHISKEY, quantity)),
            move(Line(WHISKEY, quantity), pack(ann), pack(bob)),
            leave(Line(WHISKEY, quantity), pack(ann)),
        ):
            with pytest.raises(InvalidQuantity) as caught:
                await attempt
            assert type(caught.value) is error
    assert await fingerprint(game) == before


async def test_more_than_there_is_cannot_be_taken(game: Game) -> None:
    ann, bob = await add_carrier(game, Line(WHISKEY, 10)), await add_carrier(game)
    before = await fingerprint(game)
    with pytest.raises(InsufficientItems) as caught:
        await move(Line(WHISKEY, 11), pack(ann), pack(bob))
    assert (caught.value.facts["had"], caught.value.facts["needed"]) == (10, 11)
    with pytest.raises(InsufficientItems):
        await leave(Line("no-such-thing", 1), pack(bob))
    assert await fingerprint(game) == before


async def test_if_the_second_line_is_short_nothing_is_taken(game: Game) -> None:
    ann = await add_carrier(game, *lines(whiskey=5, coal=1))
    before = await fingerprint(game)
    with pytest.raises(InsufficientItems):
        await leave(lines(whiskey=5, coal=2), pack(ann))
    with pytest.raises(InsufficientItems):
        await leave([Line(WHISKEY, 3), Line(WHISKEY, 3)], pack(ann))
    assert await fingerprint(game) == before


async def test_only_defined_items_come_into_the_world(game: Game) -> None:
    ann = await add_carrier(game)
    before = await fingerprint(game)
    with pytest.raises(UnknownItem):
        await give(ann, Line("perpetual-motion", 1))
    assert await fingerprint(game) == before


async def test_an_item_whose_definition_is_gone_still_moves(game: Game) -> None:
    ann, bob = await add_carrier(game, Line(WHISKEY, 10)), await add_carrier(game)
    kept = await game.database["items"].find_one_and_delete({"itemId": WHISKEY})
    await move(Line(WHISKEY, 10), pack(ann), pack(bob))
    assert await count(pack(bob), WHISKEY) == 10
    await game.database["items"].insert_one(kept)


async def test_a_transfer_must_fit_its_source(game: Game) -> None:
    ann, bob = await add_carrier(game, Line(WHISKEY, 10)), await add_carrier(game)
    line = [Line(WHISKEY, 1)]
    for transfer in (
        Transfer(line, ItemSource.GIFT, None, pack(ann)),
        Transfer(line, ItemSource.GIFT, pack(ann), None),
        Transfer(line, ItemSource.QUEST_REWARD, pack(ann), pack(bob)),
        Transfer(line, ItemSource.USED, None, pack(ann)),
        Transfer(line, ItemSource.USED, None, None),
        Transfer([ALL], ItemSource.QUEST_REWARD, None, pack(ann)),
        Transfer([revolver()], ItemSource.GIFT, pack(ann), pack(bob)),
    ):
        with pytest.raises(MisdirectedTransfer):
            async with transaction():
                await items.post([transfer])
    with pytest.raises(SameHolder):
        await move(line, pack(ann), pack(ann))
    with pytest.raises(InvalidInput, match="1 to 200 goods"):
        await move([], pack(ann), pack(bob))
    with pytest.raises(InvalidInput, match="1 to 200 goods"):
        await move(line * 201, pack(ann), pack(bob))


# Room


async def test_a_pack_takes_no_more_slots_than_it_has(game: Game) -> None:
    ann = await add_carrier(game, Line(WHISKEY, 20))
    before = await fingerprint(game)
    with pytest.raises(InventoryFull):
        await give(ann, Line(COLT, 100))
    assert await fingerprint(game) == before
    await give(ann, Line(COLT, 99))
    assert (await inventory_of(ann)).used_slots == 100


async def test_a_pack_takes_no_more_weight_than_it_bears(game: Game) -> None:
    ann = await add_carrier(game, Line(COAL, 200))
    before = await fingerprint(game)
    with pytest.raises(InventoryFull):
        await give(ann, Line(COAL, 1))
    assert await fingerprint(game) == before


async def test_a_hundred_pieces_of_ore_are_not_a_full_bag(game: Game) -> None:
    ann = await add_carrier(game, Line(COAL, 100))
    assert (await inventory_of(ann)).used_slots == 1


async def test_what_finds_no_room_is_parked_where_the_caller_says_so(game: Game) -> None:
    ann = await add_carrier(game, Line(COAL, 190))
    moved = await give(ann, Line(COAL, 30), overflow=Overflow.PARK)
    assert (moved.placed[0].quantity, moved.placed[0].holder) == (10, pack(ann))
    (parked,) = moved.parked
    assert parked.quantity == 20
    assert parked.holder is not None
    assert await count(parked.holder, COAL) == 20
    reward = await game.database["pendingrewards"].find_one({"_id": parked.holder.id})
    assert (reward["characterId"], reward["source"]) == (ann, "quest_reward")
    assert [entry["quantity"] for entry in reward["rewards"]["items"]] == [20]


async def test_only_a_pack_can_park(game: Game) -> None:
    ann = await add_carrier(game, Line(COLT, 60))
    with pytest.raises(InventoryFull):
        await move(Line(COLT, 60), pack(ann), bank_box(ann), ItemSource.BANK_DEPOSIT, Overflow.PARK)


async def test_what_finds_no_room_may_stay_where_it_is(game: Game) -> None:
    ann, bob = await add_carrier(game, Line(COAL, 100)), await add_carrier(game, Line(COAL, 170))
    moved = await move(Line(COAL, 100), pack(ann), pack(bob), overflow=Overflow.LEAVE)
    assert (moved.quantity(COAL, pack(bob)), moved.left) == (30, 70)
    assert await count(pack(ann), COAL) == 70
    with pytest.raises(InventoryFull):
        await move(Line(COAL, 1), pack(ann), pack(bob), overflow=Overflow.LEAVE)


async def test_free_and_bound_pieces_each_use_the_room_there_is(game: Game) -> None:
    """Nine slots are full and the free part stack has room for two; the bound one for none."""
    ann = await add_carrier(game, Line(MEDAL, 5))
    await game.database["items"].update_one({"itemId": MEDAL}, {"$set": {"bindOn": "none"}})
    await content_changed()
    await give(ann, Line(MEDAL, 5))
    bob = await add_carrier(game, Line(MEDAL, 8), Line(COLT, 99))
    moved = await move(
        ALL, pack(ann), pack(bob), ItemSource.REWARD_CLAIMED, overflow=Overflow.LEAVE
    )
    assert (moved.quantity(MEDAL, pack(bob)), moved.left) == (2, 8)
    assert await count(pack(ann), MEDAL) == 8


async def test_escrow_has_no_limit(game: Game) -> None:
    seller = await add_carrier(game, Line(COAL, 200))
    goods = listing(ObjectId())
    await move(Line(COAL, 200), pack(seller), goods, ItemSource.LISTED)
    await give(seller, Line(COAL, 200))
    await move(Line(COAL, 200), pack(seller), goods, ItemSource.LISTED)
    assert await count(goods, COAL) == 400


async def test_a_container_holds_at_most_five_hundred_kinds(game: Game) -> None:
    await game.database["items"].insert_many(
        {"itemId": f"i{n}", "name": "i", "stackable": True, "maxStack": 9, "weight": 0}
        for n in range(501)
    )
    seller, goods = await add_carrier(game), trade(ObjectId())
    for start in range(0, 500, 100):
        some = [Line(f"i{n}", 1) for n in range(start, start + 100)]
        await give(seller, *some)
        await move(some, pack(seller), goods, ItemSource.TRADE_OFFERED)
    await give(seller, Line("i500", 1))
    with pytest.raises(InventoryFull):
        await move(Line("i500", 1), pack(seller), goods, ItemSource.TRADE_OFFERED)


async def test_bonuses_by_name_make_a_pack_larger_and_replace_each_other(game: Game) -> None:
    ann = await add_carrier(game)
    for bonus in (Allowance(20, 100), Allowance(40, 200), Allowance(40, 200)):
        async with transaction():
            await set_bonus(pack(ann), "vault", bonus)
    async with transaction():
        await set_bonus(pack(ann), "mount", Allowance(0, 300))
    found = await inventory_of(ann)
    assert (found.max_slots, found.max_weight) == (140, 1000)
    await give(ann, Line(COLT, 140))


async def test_a_pack_that_shrinks_loses_nothing_and_takes_nothing(game: Game) -> None:
    ann = await add_carrier(game)
    async with transaction():
        await set_bonus(pack(ann), "vault", Allowance(20, 100))
    await give(ann, Line(COLT, 110), Line(WHISKEY, 1))
    async with transaction():
        await set_bonus(pack(ann), "vault", Allowance(0, 0))
    assert await count(pack(ann), COLT) == 110
    with pytest.raises(InventoryFull):
        await give(ann, Line(WHISKEY, 1))
    await leave(Line(COLT, 11), pack(ann))
    await give(ann, Line(WHISKEY, 1))


# Bound, locked


@pytest.mark.parametrize("code", [LETTER, MEDAL])
@pytest.mark.parametrize(
    "source", [ItemSource.GIFT, ItemSource.LISTED, ItemSource.TRADE_OFFERED, ItemSource.DROPPED]
)
async def test_bound_and_quest_items_stay_with_their_owner(
    game: Game, code: str, source: ItemSource
) -> None:
    ann, bob = await add_carrier(game, Line(code, 2)), await add_carrier(game)
    before = await fingerprint(game)
    with pytest.raises(ItemLocked):
        await move(Line(code, 1), pack(ann), pack(bob), source)
    with pytest.raises(ItemLocked):
        await leave(Line(code, 1), pack(ann), ItemSource.SHOP_SALE)
    assert await fingerprint(game) == before
    await move(Line(code, 1), pack(ann), bank_box(ann), ItemSource.BANK_DEPOSIT)
    await leave(Line(code, 1), pack(ann), ItemSource.QUEST_DELIVERY)


async def test_of_bound_and_free_pieces_the_free_are_sold_and_the_bound_used_first(
    game: Game,
) -> None:
    ann = await add_carrier(game, Line(MEDAL, 3))
    await game.database["items"].update_one({"itemId": MEDAL}, {"$set": {"bindOn": "none"}})
    await content_changed()
    await give(ann, Line(MEDAL, 4))
    with pytest.raises(ItemLocked):
        await leave(Line(MEDAL, 5), pack(ann), ItemSource.SHOP_SALE)
    await leave(Line(MEDAL, 1), pack(ann), ItemSource.SHOP_SALE)
    await leave(Line(MEDAL, 2), pack(ann), ItemSource.USED)
    assert {entry.bound: entry.quantity for entry in (await inventory_of(ann)).items} == {
        True: 1,
        False: 3,
    }


async def test_locked_pieces_stay_until_they_are_unlocked(game: Game) -> None:
    ann, bob = await add_carrier(game, Line(COLT, 3)), await add_carrier(game)
    async with transaction():
        await items.lock(pack(ann), COLT, 2)
    with pytest.raises(ItemLocked):
        await move(Line(COLT, 2), pack(ann), pack(bob))
    with pytest.raises(InsufficientItems):
        async with transaction():
            await items.lock(pack(ann), COLT, 2)
    await move(Line(COLT, 1), pack(ann), pack(bob))
    async with transaction():
        await items.unlock(pack(ann), COLT, 1)
    await move(Line(COLT, 1), pack(ann), pack(bob))
    with pytest.raises(InsufficientItems):
        async with transaction():
            await items.unlock(pack(ann), COLT, 2)


# Unique items


async def test_a_unique_item_is_in_one_place_and_counts_as_a_slot(game: Game) -> None:
    ann, bob = await add_carrier(game), await add_carrier(game)
    gun = revolver(ann)
    await give(ann, gun)
    found = await CraftedItem.load_one({"_id": gun.item.id})
    assert found is not None
    assert (found.holder, found.owner_id, found.weight) == (str(pack(ann)), ann, 3)
    assert ((await inventory_of(ann)).used_slots, (await inventory_of(ann)).used_weight) == (1, 3)
    goods = listing(ObjectId())
    await move(Unique(gun.item.id), pack(ann), goods, ItemSource.LISTED)
    found = await CraftedItem.load_one({"_id": gun.item.id})
    assert found is not None
    assert (found.holder, found.owner_id, found.version) == (str(goods), None, 1)
    await move(ALL, goods, pack(bob), ItemSource.MARKET_SALE)
    assert await place_of(gun.item.id) == str(pack(bob))
    found = await CraftedItem.load_one({"_id": gun.item.id})
    assert found is not None
    assert (found.crafter_id, found.owner_id) == (ann, bob)


async def test_a_unique_item_that_is_elsewhere_cannot_be_moved(game: Game) -> None:
    ann, bob = await add_carrier(game), await add_carrier(game)
    gun = revolver()
    await give(ann, gun)
    before = await fingerprint(game)
    with pytest.raises(InsufficientItems):
        await move(Unique(gun.item.id), pack(bob), pack(ann))
    with pytest.raises(InsufficientItems):
        await move(Unique(ObjectId()), pack(ann), pack(bob))
    with pytest.raises(InsufficientItems):
        await move([Unique(gun.item.id), Unique(gun.item.id)], pack(ann), pack(bob))
    with pytest.raises(InsufficientItems):
        await give(bob, Unique(gun.item.id))
    assert await fingerprint(game) == before


async def test_a_destroyed_unique_item_keeps_its_row_and_never_comes_back(game: Game) -> None:
    ann = await add_carrier(game)
    gun = revolver()
    await give(ann, gun)
    await leave(Unique(gun.item.id), pack(ann), ItemSource.SCRAPPED)
    found = await CraftedItem.load_one({"_id": gun.item.id})
    assert found is not None
    assert (found.holder, found.destroyed_at is not None) == (None, True)
    with pytest.raises(InsufficientItems):
        await give(ann, Unique(gun.item.id))


@pytest.mark.parametrize("state", [{"equippedSlot": "weapon"}, {"locked": True}, {"bound": True}])
async def test_a_worn_reserved_or_bound_unique_item_cannot_be_sold(
    game: Game, state: dict[str, Any]
) -> None:
    ann = await add_carrier(game)
    gun = revolver()
    await give(ann, gun)
    await game.database["crafteditems"].update_one({"_id": gun.item.id}, {"$set": state})
    with pytest.raises(ItemLocked):
        await move(Unique(gun.item.id), pack(ann), listing(ObjectId()), ItemSource.LISTED)


async def test_a_unique_item_without_room_is_parked(game: Game) -> None:
    ann = await add_carrier(game, Line(COLT, 100))
    gun = revolver()
    moved = await give(ann, gun, Line(WHISKEY, 1), overflow=Overflow.PARK)
    assert {placed.holder for placed in moved.parked} == {moved.parked[0].holder}
    assert await place_of(gun.item.id) == str(moved.parked[0].holder)
    with pytest.raises(InventoryFull):
        await give(ann, revolver())


async def test_gear_that_another_program_made_is_placed_once(game: Game) -> None:
    ann = await add_carrier(game)
    old = ObjectId()
    await game.database["crafteditems"].insert_one(
        {"_id": old, "baseItemId": COLT, "crafterId": ann, "quality": "fine"}
    )
    await give(ann, Unique(old))
    assert await place_of(old) == str(pack(ann))
    with pytest.raises(InsufficientItems):
        await give(ann, Unique(old))


async def test_two_sides_are_swapped_in_one_movement(game: Game) -> None:
    ann, bob = await add_carrier(game, Line(WHISKEY, 5)), await add_carrier(game, Line(COAL, 7))
    gun = revolver()
    await give(bob, gun)
    mine, yours = trade(ObjectId()), trade(ObjectId())
    await move(ALL, pack(ann), mine, ItemSource.TRADE_OFFERED)
    await move([Line(COAL, 7), Unique(gun.item.id)], pack(bob), yours, ItemSource.TRADE_OFFERED)
    async with transaction():
        moved = await items.post(
            [
                Transfer([ALL], ItemSource.TRADED, mine, pack(bob), Overflow.PARK),
                Transfer([ALL], ItemSource.TRADED, yours, pack(ann), Overflow.PARK),
            ]
        )
    assert moved.quantity(WHISKEY, pack(bob)) == 5
    assert moved.quantity(COAL, pack(ann)) == 7
    assert await place_of(gun.item.id) == str(pack(ann))
    assert await count(mine, WHISKEY) == 0


def test_a_write_is_guarded_by_what_was_read() -> None:
    """Snapshot isolation already sees to it; the guard holds where there is less."""
    holder = pack(ObjectId())
    read = read_contents(holder, {"_id": str(holder), "itemSeq": 7, "items": []})
    read.sequence += 1
    write = write_of(read, clock.now())
    assert isinstance(write, StagedUpdate)
    assert write.where == {"_id": str(holder), "itemSeq": 7}
    assert isinstance(write.otherwise, ContentsMoved)
    unique = UniqueItem.of({"_id": ObjectId(), "holder": str(holder), "version": 3})
    unique.move_to(None)
    write = unique.write(clock.now())
    assert isinstance(write, StagedUpdate)
    assert write.where == {"_id": unique.id, "holder": str(holder), "version": 3}


# Other programs' rewards


async def test_a_reward_of_another_program_is_taken_over_with_an_opening_row(game: Game) -> None:
    ann = await add_carrier(game)
    reward = ObjectId()
    await game.database["pendingrewards"].insert_one(
        {
            "_id": reward,
            "characterId": ann,
            "rewardType": "quest",
            "rewards": {"dollars": 5, "items": [{"itemId": COAL, "quantity": 3.0}]},
            "source": "quest",
        }
    )
    await move(ALL, pending(reward), pack(ann), ItemSource.REWARD_CLAIMED)
    history = await ItemMovement.load_many(
        {"holder": str(pending(reward))}, sort=[("seq", 1)], limit=10
    )
    assert [row.source for row in history] == ["opening_stock", "reward_claimed"]
    assert await count(pack(ann), COAL) == 3
    kept = await game.database["pendingrewards"].find_one({"_id": reward})
    assert kept["rewards"] == {"dollars": 5, "items": []}
