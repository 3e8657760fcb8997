"""The audit of items names what is off: each test breaks the world by hand in one way."""

from typing import Any

import pytest
from bson import ObjectId

from desperados.engine.game import Game
from desperados.engine.manifest.auditing import Check
from desperados.inventory import ground
from desperados.ledger.items.audit import check_items
from desperados.ledger.items.holders import Holder, listing, pack
from desperados.ledger.items.ledger import Line, Overflow, Unique
from desperados.ledger.items.sources import ItemSource
from tests.inventory.worlds import (
    COAL,
    COLT,
    WHISKEY,
    add_carrier,
    give,
    leave,
    move,
    problems,
    revolver,
)


@pytest.fixture
def honest() -> bool:
    return False


@pytest.fixture
async def world(game: Game) -> dict[str, Any]:
    """Ann and Bob, a gun, a listing, something on the ground, something that waits."""
    ann, bob = await add_carrier(game, Line(WHISKEY, 10)), await add_carrier(game)
    gun = revolver()
    await give(ann, gun)
    await move(Line(WHISKEY, 4), pack(ann), pack(bob))
    goods = listing(ObjectId())
    await move(Unique(gun.item.id), pack(ann), goods, ItemSource.LISTED)
    await leave(Line(WHISKEY, 1), pack(bob))
    dropped = await ground.drop_item(bob, WHISKEY)
    moved = await give(ann, Line(COAL, 250), overflow=Overflow.PARK)
    assert await problems() == []
    return {
        "game": game.database,
        "ann": ann,
        "bob": bob,
        "gun": gun.item.id,
        "listing": goods,
        "ground": dropped.ground_item,
        "reward": moved.parked[0].holder,
    }


async def change(
    world: dict[str, Any], collection: str, where: dict[str, Any], **fields: Any
) -> None:
    result = await world["game"][collection].update_one(where, {"$set": fields})
    assert result.modified_count == 1


def box(holder: Holder) -> dict[str, Any]:
    return {"_id": str(holder)}


async def test_an_honest_world_is_clean_and_says_what_it_looked_at(world: dict[str, Any]) -> None:
    check = Check("items")
    told: list[tuple[str, int]] = []
    await check_items(check, lambda name, examined: told.append((name, examined)))
    rows = await world["game"]["itemmovements"].count_documents({})
    assert check.found == 0
    assert check.examined == rows + 3 + 1 + 1 + 1  # containers, ground, reward, gun
    assert told


async def test_more_pieces_than_the_rows_tell_of_are_named(world: dict[str, Any]) -> None:
    await change(world, "inventories", box(pack(world["bob"])), **{"items.0.quantity": 9})
    assert await problems() == [
        f"inventories/pack:{world['bob']}: holds 9 of whiskey, but its rows end at 2",
        f"inventories/pack:{world['bob']}: says 2 pounds are used, but 9 are",
        "items/whiskey: 16 are held, but 9 came into the world and did not leave it: +7",
    ]


async def test_fewer_pieces_on_the_ground_and_in_a_reward_are_named(
    world: dict[str, Any],
) -> None:
    await change(world, "grounditems", {"_id": world["ground"]}, quantity=0)
    await change(world, "pendingrewards", {"_id": world["reward"].id}, **{"rewards.items": []})
    found = await problems()
    assert f"grounditems/{world['ground']}: holds 0 of whiskey, but its rows end at 1" in found
    assert any("holds 0 of coal, but its rows end at 53" in problem for problem in found)


async def test_goods_in_a_container_without_history_are_named(world: dict[str, Any]) -> None:
    stray = {"entryId": "x", "itemId": COAL, "quantity": 1, "acquiredAt": None}
    await world["game"]["inventories"].insert_one(
        {"_id": f"chest:{ObjectId()}", "items": [stray], "itemSeq": 0}
    )
    found = await problems()
    assert any("holds 1 of coal, but its rows end at 0" in problem for problem in found)
    assert any("items/coal: 251 are held" in problem for problem in found)


async def test_a_missing_row_is_named_by_the_one_after_it(world: dict[str, Any]) -> None:
    await world["game"]["itemmovements"].delete_one({"holder": str(pack(world["bob"])), "seq": 2})
    found = await problems()
    assert any("row 3 of pack" in problem and "follows row 1" in problem for problem in found)
    assert any("begins at 3, but the row before ended at 4" in problem for problem in found)
    assert any("items/whiskey: 9 are held, but 10 came" in problem for problem in found)


async def test_a_missing_last_row_is_named_by_its_holder(world: dict[str, Any]) -> None:
    await world["game"]["itemmovements"].delete_one({"holder": str(pack(world["bob"])), "seq": 3})
    found = await problems()
    assert any("counts 3 rows, but has 2" in problem for problem in found)
    assert any("moved +1 of whiskey too many" in problem for problem in found)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"after": 6}, "0 +4 is not 6"),
        ({"before": 1, "after": 5}, "begins at 1, but the row before ended at 0"),
        ({"quantity": 3.5, "after": 3.5}, "holds a part of a piece"),
        ({"source": "thin_air"}, "unknown source"),
        ({"source": "used"}, "wrong sign for the sink used"),
        ({"quantity": -4, "after": -4}, "ends at -4"),
    ],
)
async def test_a_row_that_was_edited_is_named(
    world: dict[str, Any], fields: dict[str, Any], problem: str
) -> None:
    where = {"holder": str(pack(world["bob"])), "seq": 1}
    row = await world["game"]["itemmovements"].find_one(where)
    await change(world, "itemmovements", where, **fields)
    found = [line for line in await problems() if problem in line]
    assert found
    assert found[0].startswith(f"itemmovements/{row['_id']}")


async def test_a_transfer_turned_into_a_gift_of_the_world_is_named(
    world: dict[str, Any],
) -> None:
    where = {"holder": str(pack(world["bob"])), "seq": 1}
    await change(world, "itemmovements", where, source="gathered")
    found = await problems()
    assert any("moved -4 of whiskey too many" in problem for problem in found)
    assert any("items/whiskey: 9 are held, but 13 came" in problem for problem in found)


async def test_a_unique_item_in_another_place_than_its_rows_say_is_named_from_both_sides(
    world: dict[str, Any],
) -> None:
    await change(world, "crafteditems", {"_id": world["gun"]}, holder=str(pack(world["bob"])))
    found = await problems()
    gun = f"crafteditems/{world['gun']}"
    assert f"{gun}: is not at {world['listing']}, where its rows leave it" in found
    assert any(f"{gun}: says it is at pack:{world['bob']}" in problem for problem in found)
    assert any("counts 0 unique items of 0 pounds, but there are 1 of 3" in p for p in found)


async def test_a_unique_item_that_vanished_or_is_nowhere_is_named(world: dict[str, Any]) -> None:
    await change(world, "crafteditems", {"_id": world["gun"]}, holder=None)
    assert any("is nowhere, but nothing destroyed it" in p for p in await problems())
    await world["game"]["crafteditems"].delete_one({"_id": world["gun"]})
    assert any("where its rows leave it" in p for p in await problems())


async def test_a_forged_unique_item_is_named(world: dict[str, Any]) -> None:
    await world["game"]["crafteditems"].insert_one(
        {"baseItemId": COLT, "holder": str(pack(world["bob"])), "version": 0}
    )
    assert any("but no row brought it there" in problem for problem in await problems())


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"items.0.quantity": 0}, "has an entry of 0 of whiskey"),
        ({"items.0.locked": 3}, "has 3 locked among 2 of whiskey"),
        ({"items.0.itemId": "unheard-of"}, "holds 2 of unheard-of, which no item defines"),
        ({"usedSlots": 7}, "says 7 slots are used, but 1 are"),
        ({"usedWeight": 7.5}, "says 7.5 pounds are used, but 2 are"),
        ({"maxSlots": 0}, "uses 1 of 0 slots"),
        ({"maxWeight": 1.5}, "uses 2 of 1.5 pounds"),
        ({"uniqueCount": 1}, "counts 1 unique items"),
        ({"itemSeq": 9}, "counts 9 rows, but has 3"),
        ({"items": [{"quantity": 1}]}, "cannot be read"),
    ],
)
async def test_a_container_that_was_edited_is_named(
    world: dict[str, Any], fields: dict[str, Any], problem: str
) -> None:
    await change(world, "inventories", box(pack(world["bob"])), **fields)
    found = [line for line in await problems() if problem in line]
    assert found
    assert found[0].startswith(f"inventories/pack:{world['bob']}")


async def test_two_entries_of_one_item_are_named(world: dict[str, Any]) -> None:
    where = box(pack(world["bob"]))
    (entry,) = (await world["game"]["inventories"].find_one(where))["items"]
    half = {**entry, "quantity": 1}
    await change(world, "inventories", where, items=[half, half])
    assert await problems() == [
        f"inventories/pack:{world['bob']}: has two entries of whiskey",
        f"inventories/pack:{world['bob']}: says 1 slots are used, but 2 are",
    ]


async def test_goods_whose_container_is_gone_are_named(world: dict[str, Any]) -> None:
    await world["game"]["inventories"].delete_one(box(world["listing"]))
    await world["game"]["grounditems"].delete_one({"_id": world["ground"]})
    found = await problems()
    for holder in (world["listing"], f"ground:{world['ground']}"):
        assert f"itemmovements/{holder}: rows leave goods in a holder that is not there" in found


async def test_what_another_program_laid_down_is_no_finding(world: dict[str, Any]) -> None:
    await world["game"]["grounditems"].insert_one({"itemId": ObjectId(), "quantity": 5})
    await world["game"]["crafteditems"].insert_one({"baseItemId": COLT})
    await world["game"]["pendingrewards"].insert_one({"rewards": {"items": ["?"]}})
    assert await problems() == []
