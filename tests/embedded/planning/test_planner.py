"""Which index serves a query, and what is counted when none does."""

from __future__ import annotations

from typing import Any

import pytest

from desperados.embedded import EmbeddedServer
from desperados.embedded.planning.query import Query
from desperados.embedded.query.sorting import read_sort
from desperados.embedded.storage import catalogue
from desperados.embedded.storage.collection import Collection
from desperados.embedded.storage.store import Store
from tests.embedded.asking import plan_of


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
        # One way through an index whose order is wanted, not one for each branch.
        ({"$or": [{"x": 1}, {"y": {"$ne": 2}}]}, [("_id", 1)], "FETCH < IXSCAN _id_"),
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


@pytest.mark.parametrize(
    ("query", "sort", "limit", "excessive"),
    [
        ({"gang": 2}, None, 0, False),
        ({"gang": 2}, [("level", -1)], 5, False),
        # Sorted in memory: forty looked at for five.
        ({"gang": 2}, [("name", 1)], 5, True),
        ({"gang": 2}, [("name", 1)], 10, False),
        ({"gang": 2, "other": 1}, None, 0, True),
        ({"gang": 2, "level": {"$gte": 3}, "other": 1}, None, 0, True),
        ({"gang": 2, "level": 3, "other": 1}, None, 0, False),
        ({"name": {"$in": ["p001", "p002"]}, "gang": 1}, None, 0, False),
        ({"tags": "all", "name": {"$gt": "p150"}}, None, 0, False),
        ({"_id": {"$in": list(range(100, 500))}, "gang": 9}, None, 0, True),
    ],
)
async def test_a_query_that_looks_at_far_more_than_it_returns_is_counted(
    people: Any,
    server: EmbeddedServer,
    query: dict[str, Any],
    sort: Any,
    limit: int,
    excessive: bool,
) -> None:
    server.stats.reset()
    await people.find(query, sort=sort, limit=limit).to_list()
    assert server.stats.scan_count == 0
    assert server.stats.excess_count == excessive
    assert len(server.stats.as_document()["excesses"]) == excessive


async def test_an_update_that_looks_at_far_more_than_it_changes_is_counted(
    people: Any, server: EmbeddedServer
) -> None:
    server.stats.reset()
    await people.update_many({"gang": 2, "other": 1}, {"$set": {"x": 1}})
    await people.update_many({"gang": 2}, {"$set": {"x": 1}})
    await people.delete_one({"gang": 2})
    assert await people.count_documents({"gang": 3}) == 40
    assert server.stats.excess_count == 1
    server.stats.reset()
    assert server.stats.excess_count == 0


async def test_explain_tells_how_many_keys_and_documents_a_query_looks_at(people: Any) -> None:
    explained = await people.find({"gang": 2, "other": 1}).explain()
    work = explained["executionStats"]
    assert (work["totalKeysExamined"], work["totalDocsExamined"], work["nReturned"]) == (40, 40, 0)


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


async def test_a_partial_index_on_text_serves_no_query_under_another_collation(db: Any) -> None:
    await db.sales.create_index("at", partialFilterExpression={"state": "open"})
    await db.sales.insert_many([{"at": 1, "state": "open"}, {"at": 1, "state": "OPEN"}])
    query = {"at": 1, "state": "open"}
    assert await plan_of(db.sales.find(query)) == "FETCH < IXSCAN at_1"
    found = db.sales.find(query, collation={"locale": "en", "strength": 2})
    assert await plan_of(found) == "COLLSCAN"
    assert len(await found.clone().to_list()) == 2


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
            work.append(planned.work.documents)
        return work

    assert examined(200) == examined(5000) == [1, 2, 1, 10, 5, 10, 10]


def _market(count: int) -> tuple[Store, Collection]:
    """Listings of which nearly all are open, and every hundredth ends soon."""
    store = Store(1)
    unit = store.statement()
    listings = catalogue.create(store, "g.listings", {}, unit)
    store.commit(unit)
    for number, key in enumerate(
        (
            {"status": 1, "ends": 1, "_id": 1},
            {"status": 1, "at": 1, "_id": 1},
            {"status": 1, "words": 1, "at": 1, "_id": 1},
        )
    ):
        catalogue.add_index(store, listings, {"key": key, "name": f"i{number}"})
    unit = store.statement()
    for number in range(count):
        doc: dict[str, Any] = {"_id": number, "status": "open", "at": number}
        doc["ends"] = 5 if number % 100 == 0 else 1000 + number % 7
        doc["words"] = ["gun", "old"] if number % 4 == 0 else ["hat", "old", "red"]
        store.insert(listings, doc, None, unit)
    store.commit(unit)
    return store, listings


def test_the_order_goes_before_a_range_unless_the_range_leaves_little() -> None:
    def examined(count: int, query: dict[str, Any], limit: int = 10) -> int:
        store, listings = _market(count)
        planned = Query(listings, query, sort=read_sort({"at": -1, "_id": -1}), limit=limit)
        found = [number for number, _ in planned.run(store.statement())]
        assert len(found) == min(limit or count, len(found))
        assert found == sorted(found, reverse=True)
        return planned.work.documents

    running = {"status": "open", "ends": {"$gt": 100}}
    ending = {"status": "open", "ends": {"$lt": 100}}
    for count in (500, 5000):
        assert examined(count, running) == 10
        # Without a limit all must be read anyway: those of the range are the fewest.
        assert examined(count, running, limit=0) == count - count // 100
    # Those that end soon are few: they are read and sorted, where they are fewer than what lies
    # between ten of them in the order.
    assert examined(500, ending) == 5
    assert examined(5000, ending) == 50


def test_an_equality_with_an_element_of_an_array_keeps_the_order_behind_it() -> None:
    store, listings = _market(2000)

    def ask(query: dict[str, Any], sort: dict[str, int], limit: int) -> tuple[list[int], int]:
        planned = Query(listings, query, sort=read_sort(sort), limit=limit)
        return [number for number, _ in planned.run(store.statement())], planned.work.documents

    newest = {"at": -1, "_id": -1}
    assert ask({"status": "open", "words": "gun"}, newest, 2) == ([1997, 1993], 2)
    both = {"status": "open", "words": {"$in": ["gun", "old"]}}
    assert ask(both, newest, 3)[0] == [2000, 1999, 1998]
    # By the array itself the order is that of its least element, which need not be the equal one.
    found, examined = ask({"status": "open", "words": "old"}, {"words": 1}, 3)
    assert all(number % 4 == 1 for number in found)
    assert examined == 2000


def test_branches_of_an_or_are_merged_in_the_wanted_order_and_read_no_further() -> None:
    store = Store(1)
    unit = store.statement()
    rows = catalogue.create(store, "g.rows", {}, unit)
    store.commit(unit)
    catalogue.add_index(store, rows, {"key": {"who": 1, "bids": 1, "_id": 1}, "name": "bids"})
    unit = store.statement()
    for number in range(3000):
        # Nine in ten have no bid: an order by bids is mostly one by _id.
        doc = {"_id": number, "who": number % 2, "bids": number % 10 // 9 * (number % 4)}
        store.insert(rows, doc, None, unit)
    store.commit(unit)
    for direction in (1, -1):
        order = {"bids": direction, "_id": direction}
        everything = sorted(
            ((doc["bids"], doc["_id"]) for _, v in rows.versions() if (doc := v.doc)["who"] == 1),
            reverse=direction < 0,
        )
        beyond = "$gt" if direction > 0 else "$lt"
        for place in (3, 700, 1400):
            bids, identity = everything[place]
            after = [
                {"$and": [{"who": 1}, {"bids": bids, "_id": {beyond: identity}}]},
                {"$and": [{"who": 1}, {"bids": {beyond: bids}}]},
            ]
            planned = Query(rows, {"$or": after}, sort=read_sort(order), limit=5)
            found = [v.doc or {} for _, v in planned.run(store.statement())]
            assert [(doc["bids"], doc["_id"]) for doc in found] == everything[place + 1 : place + 6]
            assert planned.work.documents <= 7
