"""What people ask in mongosh, and Mongoose at its start: the same commands through the driver."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo import ASCENDING, IndexModel
from pymongo.errors import OperationFailure


@pytest.fixture
async def items(db: Any) -> Any:
    await db.items.insert_many([{"_id": n, "price": n} for n in range(3)])
    await db.items.create_index("price")
    return db.items


async def test_the_statistics_of_a_collection_name_sizes_and_indexes(db: Any, items: Any) -> None:
    told = await db.command("collStats", "items")
    assert (told["ns"], told["count"], told["nindexes"]) == ("game.items", 3, 2)
    assert (told["size"], told["avgObjSize"], told["scaleFactor"]) == (75, 25, 1)
    assert list(told["indexSizes"]) == ["_id_", "price_1"]
    # db.items.stats() of mongosh.
    stage = {"$collStats": {"storageStats": {"scale": 3}, "count": {}}}
    (found,) = await (await items.aggregate([stage])).to_list()
    assert found["count"] == 3
    stored = found["storageStats"]
    assert (stored["size"], stored["avgObjSize"], stored["scaleFactor"]) == (25, 25, 3)
    assert list(stored["indexSizes"]) == ["_id_", "price_1"]


async def test_the_statistics_of_a_database_are_scaled(db: Any, items: Any) -> None:
    plain, scaled = await db.command("dbStats"), await db.command("dbStats", scale=5)
    assert (plain["objects"], plain["collections"], plain["indexes"]) == (3, 1, 2)
    assert (plain["dataSize"], plain["avgObjSize"]) == (75.0, 25.0)
    assert (scaled["dataSize"], scaled["scaleFactor"]) == (15.0, 5)
    assert (await items.database.client.missing.command("dbStats"))["objects"] == 0
    with pytest.raises(OperationFailure):
        await db.command("dbStats", scale=0)


async def test_there_are_no_users_no_roles_and_no_profile(db: Any) -> None:
    assert (await db.command("usersInfo", 1))["users"] == []
    assert (await db.command("rolesInfo", 1, showBuiltinRoles=False))["roles"] == []
    assert (await db.command("profile", -1))["was"] == 0
    assert (await db.command("profile", 0))["ok"] == 1.0
    with pytest.raises(OperationFailure) as caught:
        await db.command("profile", 2)
    assert caught.value.code == 115


async def test_log_verbosity_and_plan_cache_are_answered(client: Any, items: Any) -> None:
    told = await client.admin.command("getParameter", 1, logComponentVerbosity=1)
    assert told["logComponentVerbosity"] == {"verbosity": 0}
    assert await (await items.aggregate([{"$planCacheStats": {}}])).to_list() == []
    assert (await items.database.command("planCacheClear", "items"))["ok"] == 1.0


async def test_of_several_indexes_all_are_created_or_none(items: Any) -> None:
    await items.insert_one({"_id": 9, "price": 1})
    wanted = [IndexModel("name"), IndexModel([("price", ASCENDING)], name="u", unique=True)]
    with pytest.raises(OperationFailure):
        await items.create_indexes(wanted)
    assert list(await items.index_information()) == ["_id_", "price_1"]
