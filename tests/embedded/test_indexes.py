"""Indexes: served queries, uniqueness, collations, expiry, conflicts of definitions."""

from __future__ import annotations

import asyncio
import datetime
from typing import Any

import pytest
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError, OperationFailure

from desperados.embedded import EmbeddedServer, catalogue
from desperados.embedded.query import Query
from desperados.embedded.sorting import read_sort
from desperados.embedded.store import Store


async def plan_of(cursor: Any) -> str:
    stage = (await cursor.explain())["queryPlanner"]["winningPlan"]
    names = []
    while stage is not None:
        names.append(stage["stage"] + (f" {stage['indexName']}" if "indexName" in stage else ""))
        stage = stage.get("inputStage")
    return " < ".join(names)


@pytest.fixture
async def people(db: Any) -> Any:
    await db.people.create_index([("gang", 1), ("level", -1)], name="gang_level")
    await db.people.create_index("name", unique=True)
    await db.people.create_index([("level", -1), ("name", 1)], name="ladder")
    await db.people.create_index("tags")
    await db.people.insert_many(
        [
            {"_id": n, "name": f"p{n:03}", "gang": n % 5, "level": n % 7, "tags": [n % 3, "all"]}
            for n in range(200)
        ]
    )
    return db.people


@pytest.mark.parametrize(
    ("query", "sort", "plan"),
    [
        ({"_id": 5}, None, "FETCH < IXSCAN _id_"),
        ({"_id": {"$in": [5, 6]}}, None, "FETCH < IXSCAN _id_"),
        ({"_id": {"$gt": 5}}, [("_id", 1)], "FETCH < IXSCAN _id_"),
        ({"name": "p005"}, None, "FETCH < IXSCAN name_1"),
        ({"name": {"$regex": "^p01"}}, None, "FETCH < IXSCAN name_1"),
        ({"gang": 2}, None, "FETCH < IXSCAN gang_level"),
        ({"gang": 2, "level": {"$gte": 3}}, None, "FETCH < IXSCAN gang_level"),
        ({"gang": 2}, [("level", -1)], "FETCH < IXSCAN gang_level"),
        ({"gang": 2}, [("level", 1)], "FETCH < IXSCAN gang_level"),
        ({"gang": {"$in": [1, 2]}}, [("level", 1)], "FETCH < IXSCAN gang_level"),
        ({}, [("level", -1), ("name", 1)], "FETCH < IXSCAN ladder"),
        ({}, [("level", 1), ("name", -1)], "FETCH < IXSCAN ladder"),
        ({"tags": 1}, None, "FETCH < IXSCAN tags_1"),
        ({"$or": [{"_id": 1}, {"name": "p002"}]}, None, "FETCH < OR"),
        ({"gang": 2, "other": 1}, None, "FETCH < IXSCAN gang_level"),
        ({"gang": 2}, [("other", 1)], "SORT < FETCH < IXSCAN gang_level"),
        ({"other": 1}, None, "COLLSCAN"),
        ({"name": {"$ne": "x"}}, None, "COLLSCAN"),
    ],
)
async def test_explain_names_the_index_that_serves_the_query(
    people: Any, query: dict[str, Any], sort: Any, plan: str
) -> None:
    cursor = people.find(query)
    assert await plan_of(cursor.sort(sort) if sort else cursor) == plan
    found = await (people.find(query).sort(sort) if sort else people.find(query)).to_list()
    scanned = people.find(query).hint([("$natural", 1)])
    everything = await (scanned.sort(sort) if sort else scanned).to_list()

    def place(doc: dict[str, Any]) -> Any:
        return [doc.get(name) for name, _ in sort] if sort else doc["_id"]

    if sort:
        assert list(map(place, found)) == list(map(place, everything))
    assert sorted(d["_id"] for d in found) == sorted(d["_id"] for d in everything)


async def test_full_scans_are_counted_with_their_shape(people: Any, server: EmbeddedServer) -> None:
    server.stats.reset()
    await people.find_one({"name": "p001"})
    await people.update_one({"_id": 3}, {"$set": {"other": 1}})
    assert server.stats.full_scans == {}
    await people.find_one({"other": {"$gt": 5}})
    await people.update_one({"other": {"$gt": 7}}, {"$set": {"x": 1}})
    shapes = server.stats.full_scans["game.people"]
    assert list(shapes.values()) == [2]
    assert "'other': {'$gt': '?'}" in next(iter(shapes))
    status = await people.database.command("serverStatus")
    assert status["embedded"]["fullScans"][0]["ns"] == "game.people"


async def test_going_through_a_whole_index_for_its_order_alone_is_a_full_scan_of_a_filter(
    people: Any, server: EmbeddedServer
) -> None:
    server.stats.reset()
    await people.find({}).sort("name").limit(3).to_list()
    await people.find({"gang": 2}).sort("level").to_list()
    assert server.stats.full_scans == {}
    await people.find({"other": 5}).sort("name").limit(3).to_list()
    assert server.stats.scan_count == 1
    await people.find({"other": 5}).sort("other").to_list()
    assert server.stats.scan_count == 2


async def test_a_partial_index_serves_the_order_of_exactly_its_documents(
    people: Any, server: EmbeddedServer
) -> None:
    await people.create_index("other", partialFilterExpression={"other": {"$type": "number"}})
    server.stats.reset()
    await people.find({"other": {"$type": "number"}}).sort("other").to_list()
    assert server.stats.full_scans == {}


async def test_counts_come_from_the_index_and_stay_right_under_changes(
    client: Any, people: Any
) -> None:
    assert await people.count_documents({"gang": 2}) == 40
    expected = sum(1 for n in range(200) if n % 5 == 2 and n % 7 > 3)
    assert await people.count_documents({"gang": 2, "level": {"$gt": 3}}) == expected
    async with client.start_session() as session:
        await session.start_transaction()
        await people.delete_one({"_id": 2}, session=session)
        assert await people.count_documents({"gang": 2}) == 40
        assert await people.count_documents({"gang": 2}, session=session) == 39
        await session.commit_transaction()
    assert await people.count_documents({"gang": 2}) == 39
    assert await people.estimated_document_count() == 199


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


async def test_a_partial_index_on_text_serves_no_query_under_another_collation(db: Any) -> None:
    await db.sales.create_index("at", partialFilterExpression={"state": "open"})
    await db.sales.insert_many([{"at": 1, "state": "open"}, {"at": 1, "state": "OPEN"}])
    query = {"at": 1, "state": "open"}
    assert await plan_of(db.sales.find(query)) == "FETCH < IXSCAN at_1"
    found = db.sales.find(query, collation={"locale": "en", "strength": 2})
    assert await plan_of(found) == "COLLSCAN"
    assert len(await found.clone().to_list()) == 2


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


def test_the_work_of_a_query_does_not_grow_with_the_data() -> None:
    def examined(count: int) -> list[int]:
        store = Store(1)
        unit = store.statement()
        people = catalogue.create(store, "g.people", {}, unit)
        store.commit(unit)
        catalogue.add_index(store, people, {"key": {"name": 1}, "name": "name", "unique": True})
        catalogue.add_index(store, people, {"key": {"gang": 1, "at": -1}, "name": "gang"})
        unit = store.statement()
        for number in range(count):
            doc = {"_id": number, "name": f"n{number}", "gang": number % 10, "at": number}
            store.insert(people, doc, None, unit)
        store.commit(unit)
        work = []
        for query, sort, limit in (
            ({"_id": 7}, None, 1),
            ({"_id": {"$in": [7, 8]}}, None, 0),
            ({"name": "n7"}, None, 0),
            ({"gang": 3}, {"at": -1}, 10),
            ({"gang": 3, "at": {"$lt": 100}}, {"at": -1}, 5),
            ({"gang": {"$in": [1, 2]}}, {"at": -1}, 10),
            ({}, {"_id": -1}, 10),
        ):
            planned = Query(people, query, sort=read_sort(sort), limit=limit)
            list(planned.run(store.statement()))
            work.append(planned.examined)
        return work

    assert examined(200) == examined(5000) == [1, 2, 1, 10, 5, 10, 10]
