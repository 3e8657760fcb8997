"""Indexes: served queries, uniqueness, collations, expiry, conflicts of definitions."""

from __future__ import annotations

import asyncio
import datetime
from typing import Any

import pytest
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError, OperationFailure

from tests.embedded.asking import plan_of


async def test_unique_sparse_and_partial_indexes_hold_what_they_promise(db: Any) -> None:
    await db.a.create_index("k", unique=True, sparse=True)
    await db.a.insert_many([{}, {}, {"k": 1}])
    with pytest.raises(DuplicateKeyError) as caught:
        await db.a.insert_one({"k": 1.0})
    assert caught.value.details is not None
    assert caught.value.details["keyPattern"] == {"k": 1}
    assert caught.value.details["keyValue"] == {"k": 1.0}
    await db.b.create_index("k", unique=True, partialFilterExpression={"live": True})
    await db.b.insert_many([{"k": 1, "live": False}, {"k": 1, "live": False}])
    await db.b.insert_one({"_id": 1, "k": 1, "live": True})
    with pytest.raises(DuplicateKeyError):
        await db.b.insert_one({"k": 1, "live": True})
    assert await plan_of(db.b.find({"k": 1})) == "COLLSCAN"
    assert await plan_of(db.b.find({"k": 1, "live": True})) == "FETCH < IXSCAN k_1"
    await db.c.create_index("k", unique=True)
    await db.c.insert_one({})
    with pytest.raises(DuplicateKeyError):
        await db.c.insert_one({"k": None})


async def test_a_document_that_one_index_refuses_leaves_no_entry_in_another(db: Any) -> None:
    await db.bags.create_index("owner")
    await db.bags.create_index([("a", 1), ("b", 1)])
    await db.bags.insert_one({"_id": 1, "owner": "Lee"})
    parallel: dict[str, Any] = {"owner": "Kit", "a": [1], "b": [1]}
    with pytest.raises(OperationFailure, match="parallel arrays"):
        await db.bags.insert_one({**parallel})
    with pytest.raises(OperationFailure, match="parallel arrays"):
        await db.bags.update_one({"_id": 1}, {"$set": parallel})
    assert await db.bags.find({"owner": "Kit"}).to_list() == []
    assert await db.bags.count_documents({"owner": "Kit"}) == 0


async def test_a_compound_index_on_one_array_answers_as_a_scan_does(db: Any) -> None:
    await db.bags.create_index([("items.a", 1), ("items.b", -1)])
    await db.bags.insert_many(
        [
            {"_id": 1, "items": [{"a": 1, "b": 2}, {"a": 3, "b": 4}]},
            {"_id": 2, "items": [{"a": 1, "b": 4}]},
            {"_id": 3, "items": []},
            {"_id": 4, "items": [5, {"a": 1}]},
            {"_id": 5, "items": {"a": [1, 2], "b": 4}},
        ]
    )
    for query in (
        {"items.a": 1, "items.b": 4},
        {"items": {"$elemMatch": {"a": 1, "b": 4}}},
        {"items.a": 1, "items.b": {"$gt": 2}},
        {"items.a": 3, "items.b": {"$gt": 1, "$lt": 3}},
        {"items.a": 1, "items.b": None},
        {"items.a": {"$in": [2, 3]}},
        {"items.a": None},
    ):
        found = [doc["_id"] for doc in await db.bags.find(query).sort("_id", 1).to_list()]
        scanned = db.bags.find(query).hint([("$natural", 1)]).sort("_id", 1)
        assert found == [doc["_id"] for doc in await scanned.to_list()], query
    assert await plan_of(db.bags.find({"items.a": 1, "items.b": 4})) == (
        "FETCH < IXSCAN items.a_1_items.b_-1"
    )


async def test_a_unique_index_on_one_array_goes_by_what_stands_in_one_element(db: Any) -> None:
    await db.bags.create_index([("items.a", 1), ("items.b", -1)], unique=True)
    first = {"_id": 1, "items": [{"a": 1, "b": 2}, {"a": 3, "b": 4}]}
    await db.bags.insert_one(first)
    await db.bags.insert_one({"_id": 2, "items": [{"a": 1, "b": 4}, {"a": 3, "b": 2}]})
    with pytest.raises(DuplicateKeyError):
        await db.bags.insert_one({"_id": 3, "items": [{"a": 9, "b": 9}, {"a": 3, "b": 4}]})
    await db.bags.delete_one({"_id": 1})
    await db.bags.insert_one({"_id": 3, "items": [{"a": 9, "b": 9}, {"a": 3, "b": 4}]})
    await db.bags.drop_indexes()
    await db.bags.create_index([("items.a", 1), ("items.b", -1)], unique=True)
    await db.bags.drop_indexes()
    await db.bags.insert_one(first)
    with pytest.raises(DuplicateKeyError):
        await db.bags.create_index([("items.a", 1), ("items.b", 1)], unique=True)


@pytest.mark.parametrize(
    "parallel",
    [
        {"a": [1], "b": [2]},
        {"a": [], "b": [2]},
        {"a": [1], "b": [{"c": 1}]},
        {"x": [{"y": [1], "z": [2]}]},
    ],
)
async def test_parallel_arrays_are_refused_on_insert_update_and_index_creation(
    db: Any, parallel: dict[str, Any]
) -> None:
    keys = [("x.y", 1), ("x.z", 1)] if "x" in parallel else [("a", 1), ("b", 1)]
    await db.bags.create_index(keys)
    await db.bags.insert_one({"_id": 1, "a": 1, "b": [1, 2], "x": [{"y": [1], "z": 2}]})
    with pytest.raises(OperationFailure) as inserted:
        await db.bags.insert_one({**parallel})
    with pytest.raises(OperationFailure) as updated:
        await db.bags.update_one({"_id": 1}, {"$set": parallel})
    await db.other.insert_one({**parallel})
    with pytest.raises(OperationFailure) as created:
        await db.other.create_index(keys)
    assert {inserted.value.code, updated.value.code, created.value.code} == {171}


async def test_a_case_insensitive_collation_makes_names_unique_and_found(db: Any) -> None:
    collation = {"locale": "en", "strength": 2}
    await db.names.create_index("name", unique=True, collation=collation)
    await db.names.insert_one({"_id": 1, "name": "Émile"})
    with pytest.raises(DuplicateKeyError):
        await db.names.insert_one({"name": "éMILE"})
    await db.names.insert_one({"name": "Emile"})
    found = db.names.find({"name": "ÉMILE"}, collation=collation)
    assert await plan_of(found) == "FETCH < IXSCAN name_1"
    assert [doc["_id"] for doc in await found.clone().to_list()] == [1]
    assert await db.names.find_one({"name": "ÉMILE"}) is None
    numeric = {"locale": "en", "numericOrdering": True}
    await db.n.insert_many([{"_id": "a10"}, {"_id": "a9"}])
    ordered = await db.n.find({}, collation=numeric).sort("_id", 1).to_list()
    assert [doc["_id"] for doc in ordered] == ["a9", "a10"]


@pytest.mark.parametrize(
    ("keys", "options", "code"),
    [
        ([("a", 1)], {"name": "other"}, 85),
        ([("b", 1)], {"name": "a_1"}, 86),
        ([("a", 1)], {"expireAfterSeconds": 5}, 85),
        ([("a", 1)], {"unique": True}, 86),
        ([("a", "text")], {}, 67),
        ([("a", 1)], {"nonsense": True}, 197),
    ],
)
async def test_a_conflicting_definition_is_refused_with_the_code_of_mongodb(
    db: Any, keys: Any, options: dict[str, Any], code: int
) -> None:
    await db.a.create_index([("a", ASCENDING)])
    await db.a.create_index([("a", ASCENDING)])
    with pytest.raises(OperationFailure) as caught:
        await db.a.create_index(keys, **options)
    assert caught.value.code == code


async def test_a_unique_index_on_duplicates_is_not_created(db: Any) -> None:
    await db.a.insert_many([{"k": 1}, {"k": 1}])
    with pytest.raises(DuplicateKeyError):
        await db.a.create_index("k", unique=True)
    assert list(await db.a.index_information()) == ["_id_"]


async def test_indexes_are_listed_hidden_and_dropped(db: Any) -> None:
    await db.a.create_index([("x", ASCENDING), ("y", DESCENDING)], unique=True)
    information = await db.a.index_information()
    assert information["x_1_y_-1"] == {"v": 2, "key": [("x", 1), ("y", -1)], "unique": True}
    await db.command({"collMod": "a", "index": {"name": "x_1_y_-1", "hidden": True}})
    assert await plan_of(db.a.find({"x": 1})) == "COLLSCAN"
    await db.a.drop_index("x_1_y_-1")
    assert list(await db.a.index_information()) == ["_id_"]
    with pytest.raises(OperationFailure) as caught:
        await db.a.drop_index("x_1_y_-1")
    assert caught.value.code == 27


async def test_documents_expire_within_a_second(db: Any) -> None:
    await db.tokens.create_index("until", expireAfterSeconds=0)
    now = datetime.datetime.now(datetime.UTC)
    await db.tokens.insert_many(
        [
            {"_id": 1, "until": now + datetime.timedelta(seconds=0.2)},
            {"_id": 2, "until": now + datetime.timedelta(hours=1)},
            {"_id": 3, "until": "never"},
            {"_id": 4},
        ]
    )
    assert await db.tokens.count_documents({}) == 4
    await asyncio.sleep(1.2)
    assert [doc["_id"] async for doc in db.tokens.find().sort("_id", 1)] == [2, 3, 4]
