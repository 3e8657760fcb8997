"""Loading seeds: all or nothing, by natural key, again and again."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId

from desperados.economy.shops.service import get_shop
from desperados.engine import clock
from desperados.engine.game import Game
from desperados.engine.transactions import transaction
from desperados.seeding import BrokenSeeds, Counts, seed
from desperados.seeding.kinds import BY_NAME
from desperados.seeding.linking import seeded_id
from tests.seeding.small_world import write_world
from tests.worlds import add_character, fingerprint


async def stored(game: Game, collection: str, **where: Any) -> dict[str, Any]:
    (document,) = await game.database[collection].find(where).to_list(None)
    found: dict[str, Any] = document
    return found


async def test_the_shipped_seeds_load_and_load_again_without_a_change(game: Game) -> None:
    first = (await seed()).total
    assert first.created > 900
    assert (first.changed, first.unchanged) == (0, 0)
    before = await fingerprint(game)
    assert (await seed()).total == Counts(0, 0, first.created)
    assert await fingerprint(game) == before


async def test_keys_become_ids_where_the_document_has_ids(game: Game, tmp_path: Path) -> None:
    await seed(write_world(tmp_path))
    saloon = await stored(game, "locations", locationId="saloon")
    molly = await stored(game, "npcs", _id="molly")
    badge = await stored(game, "items", itemId="badge")
    achievement = await stored(game, "achievements", _id="first")
    recipe = await stored(game, "recipes", _id="smelt")
    assert molly["locationId"] == saloon["_id"]
    assert achievement["rewards"]["items"] == [badge["_id"]]
    assert recipe["output"]["itemId"] == "bar"  # the spec has the code here
    assert saloon["_id"] == seeded_id(BY_NAME["locations"], "saloon")


async def test_what_follows_from_the_entries_is_filled_in(game: Game, tmp_path: Path) -> None:
    await seed(write_world(tmp_path))
    town = await stored(game, "locations", locationId="red-gulch")
    saloon = await stored(game, "locations", locationId="saloon")
    frontera = await stored(game, "locations", locationId="the-frontera")
    assert town["buildings"] == ["saloon"]
    assert (saloon["npcs"], saloon["shops"]) == (["molly"], ["counter"])
    assert frontera["connections"] == [
        {"targetId": "kaiowa-mesa", "energyCost": 15},
        {"targetId": "red-gulch", "energyCost": 10},
    ]


async def test_a_changed_entry_changes_one_document(game: Game, tmp_path: Path) -> None:
    await seed(write_world(tmp_path))
    before = await stored(game, "items", itemId="badge")
    write_world(tmp_path, items=("value: 50", "value: 55"))
    summary = await seed(tmp_path)
    assert summary.kinds["items"] == Counts(created=0, changed=1, unchanged=2)
    assert summary.total.changed == 1
    assert await stored(game, "items", itemId="badge") == {**before, "value": 55}


async def test_an_existing_document_keeps_its_id_and_its_own_fields(
    game: Game, tmp_path: Path
) -> None:
    """A database that another program filled: its ids stay, and references lead to them."""
    theirs, village = ObjectId(), ObjectId()
    await game.database["items"].insert_one(
        {
            "_id": theirs,
            "itemId": "badge",
            "name": "Old Badge",
            "value": 50,
            "lore": "tin",
            "__v": 4,
        }
    )
    await game.database["locations"].insert_one({"_id": village, "locationId": "saloon"})
    summary = await seed(write_world(tmp_path))
    assert summary.kinds["items"] == Counts(created=2, changed=1, unchanged=0)
    badge = await stored(game, "items", itemId="badge")
    assert (badge["_id"], badge["name"], badge["lore"], badge["__v"]) == (
        theirs, "Badge", "tin", 4,
    )  # fmt: skip
    assert (await stored(game, "achievements", _id="first"))["rewards"]["items"] == [theirs]
    assert (await stored(game, "npcs", _id="molly"))["locationId"] == village
    assert (await seed(tmp_path)).total.unchanged == summary.total.created + summary.total.changed


async def test_what_play_changes_is_not_reset(game: Game, tmp_path: Path) -> None:
    await seed(write_world(tmp_path))
    shelf = await stored(game, "merchantstocks", merchantId="tom")
    assert shelf["quantity"] == 7
    await game.database["merchantstocks"].update_one({}, {"$set": {"quantity": 2}})
    write_world(tmp_path, merchant_stock=("initialQuantity: 7", "initialQuantity: 9"))
    assert (await seed(tmp_path)).kinds["merchant_stock"] == Counts(changed=1)
    after = await stored(game, "merchantstocks", merchantId="tom")
    assert after == {**shelf, "quantity": 2, "initialQuantity": 9}


async def test_land_that_was_conquered_stays_conquered(game: Game) -> None:
    await seed()
    gang = ObjectId()
    conquered = {"controllingGangId": gang, "influence": {str(gang): 60}, "npcGangId": None}
    await game.database["territories"].update_one({"zoneId": "mining-camp"}, {"$set": conquered})
    assert (await seed()).total.changed == 0
    territory = await stored(game, "territories", zoneId="mining-camp")
    assert {name: territory[name] for name in conquered} == conquered


async def test_who_holds_the_market_square_buys_cheaper_there(game: Game) -> None:
    await seed()
    store = await stored(game, "locations", locationId="red-gulch-general-store")
    gang = ObjectId()
    await game.database["territories"].update_one(
        {"zoneId": store["territoryZoneId"]}, {"$set": {f"influence.{gang}": 100}}
    )
    with clock.frozen(datetime(2100, 6, 7, 12, tzinfo=UTC)):
        ann = await add_character(game)
        where = game.database["characters"]
        await where.update_one({"_id": ann}, {"$set": {"currentLocationId": store["_id"]}})
        dear = (await get_shop(ann, "morrisons-general-store")).shelves
        await where.update_one({"_id": ann}, {"$set": {"gangId": gang}})
        cheap = (await get_shop(ann, "morrisons-general-store")).shelves
    prices = [(one.price, other.price) for one, other in zip(dear, cheap, strict=True)]
    assert prices
    assert all(one >= other for one, other in prices)
    assert sum(one for one, _ in prices) > sum(other for _, other in prices)


async def test_a_broken_file_loads_nothing(game: Game, tmp_path: Path) -> None:
    before = await fingerprint(game)
    world = write_world(tmp_path, shops=("markup: 100", "markup: 10"))
    with pytest.raises(BrokenSeeds) as caught:
        await seed(world)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.entry, problem.field) == (
        "shops.yaml", 7, "counter", "markup",
    )  # fmt: skip
    assert str(problem) in caught.value.message
    assert await fingerprint(game) == before


async def test_two_processes_may_seed_at_once(game: Game, tmp_path: Path) -> None:
    world = write_world(tmp_path)
    one, two = await asyncio.gather(seed(world), seed(world))
    assert (await seed(world)).total == Counts(unchanged=20)
    assert one.total.created + two.total.created == 20


async def test_a_load_inside_a_transaction_is_undone_with_it(game: Game, tmp_path: Path) -> None:
    before = await fingerprint(game)
    with pytest.raises(RuntimeError):
        async with transaction():
            await seed(write_world(tmp_path))
            raise RuntimeError
    assert await fingerprint(game) == before


async def test_a_load_that_was_cut_short_is_completed(game: Game, tmp_path: Path) -> None:
    await seed(write_world(tmp_path))
    await game.database["quests"].delete_many({})
    await game.database["items"].delete_one({"itemId": "ore"})
    summary = await seed(tmp_path)
    assert summary.total == Counts(created=3, changed=0, unchanged=17)


async def test_progress_is_told_for_each_kind(game: Game, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    await seed(write_world(tmp_path), progress=lambda *step: told.append(step))
    assert ("items", 3, 3) in told
    assert all(done == total for _, done, total in told)


def test_ids_are_the_same_in_every_database() -> None:
    """Changing these would tear live references: a new key is a new document."""
    assert seeded_id(BY_NAME["items"], "coffee") == ObjectId("b5ccc274c44f1141d8cd9fd0")
    assert seeded_id(BY_NAME["npcs"], "el-rey") == "el-rey"
