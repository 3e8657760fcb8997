"""What is written is what is read, type for type, and wrong requests get MongoDB's codes."""

from __future__ import annotations

import datetime
import re
import uuid
from typing import Any

import bson
import pytest
from bson import Binary, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp
from bson.raw_bson import RawBSONDocument
from pymongo import ReturnDocument, UpdateOne
from pymongo.errors import BulkWriteError, OperationFailure, WriteError

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, 678000)


async def test_every_type_comes_back_byte_for_byte_in_the_order_it_was_given(db: Any) -> None:
    doc = {
        "_id": ObjectId(),
        "z": 1,
        "a": Int64(1),
        "double": 1.0,
        "decimal": Decimal128("1.50"),
        "text": "Žluťoučký",
        "date": NOW,
        "binary": Binary(b"\1\2", 128),
        "uuid": Binary.from_uuid(uuid.UUID(int=7)),
        "regex": Regex("^a", "i"),
        "stamp": Timestamp(5, 6),
        "least": MinKey(),
        "greatest": MaxKey(),
        "none": None,
        "yes": True,
        "nested": {"b": [1, {"c": Int64(2)}], "a": {}},
        "reference": {"$ref": "other", "$id": ObjectId()},
    }
    await db.things.insert_one(doc)
    raw = db.get_collection("things", db.codec_options.with_options(document_class=RawBSONDocument))
    found = await raw.find_one()
    assert found.raw == bson.encode(doc)
    await db.things.update_one({}, {"$set": {"fresh": 1}})
    found = await raw.find_one()
    assert found.raw == bson.encode({**doc, "fresh": 1})


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"n": 2}, [2]),
        ({"n": {"$gt": 1, "$lt": 3}}, [2]),
        ({"n": {"$in": [1, 3]}}, [1, 3]),
        ({"n": {"$nin": [1, 3]}}, [2, 4, 5]),
        ({"n": {"$ne": 2}}, [1, 3, 4, 5]),
        ({"n": None}, [5]),
        ({"n": {"$exists": False}}, [5]),
        ({"n": {"$type": "string"}}, [4]),
        ({"tags": "a"}, [1, 2]),
        ({"tags": ["a", "b"]}, [1]),
        ({"tags": {"$all": ["a", "b"]}}, [1]),
        ({"tags": {"$size": 1}}, [2]),
        ({"tags.0": "b"}, []),
        ({"items": {"$elemMatch": {"k": 1, "v": {"$gt": 5}}}}, [3]),
        ({"items.k": 2}, [3]),
        ({"name": Regex("^AN", "i")}, [1]),
        ({"name": {"$regex": "b$"}}, [2]),
        ({"name": {"$not": {"$regex": "b$"}}}, [1, 3, 4, 5]),
        ({"$or": [{"n": 1}, {"n": 3}]}, [1, 3]),
        ({"$nor": [{"n": 1}, {"n": 3}]}, [2, 4, 5]),
        ({"$expr": {"$gt": ["$n", "$m"]}}, [3, 4]),
        ({"n": {"$mod": [2, 1]}}, [1, 3]),
        ({"flag": 1}, []),
        ({"flag": True}, [1]),
        ({"n": {"$gte": MinKey()}}, [1, 2, 3, 4, 5]),
    ],
)
async def test_a_filter_finds_what_the_manual_says(
    db: Any, query: dict[str, Any], ids: list[int]
) -> None:
    await db.things.insert_many(
        [
            {"_id": 1, "n": 1, "m": 5, "name": "Anna", "tags": ["a", "b"], "flag": True},
            {"_id": 2, "n": 2.0, "m": 5, "name": "Bob", "tags": ["a"]},
            {"_id": 3, "n": Int64(3), "m": 1, "items": [{"k": 1, "v": 9}, {"k": 2, "v": 1}]},
            {"_id": 4, "n": "2", "m": 1},
            {"_id": 5, "m": 1},
        ]
    )
    found = [doc["_id"] async for doc in db.things.find(query).sort("_id", 1)]
    assert found == ids


@pytest.mark.parametrize(
    ("before", "update", "after"),
    [
        ({"n": 1}, {"$inc": {"n": 2}}, {"n": 3}),
        ({"n": 2**31 - 1}, {"$inc": {"n": 1}}, {"n": Int64(2**31)}),
        ({"n": Int64(1)}, {"$inc": {"n": 1}}, {"n": Int64(2)}),
        ({"n": 1}, {"$inc": {"n": 0.5}}, {"n": 1.5}),
        ({"n": Decimal128("1.1")}, {"$inc": {"n": 1}}, {"n": Decimal128("2.1")}),
        ({"n": 3}, {"$mul": {"n": 2}}, {"n": 6}),
        ({}, {"$set": {"b.c": 1, "a": 2}}, {"a": 2, "b": {"c": 1}}),
        ({"a": [1, 2]}, {"$set": {"a.3": 9}}, {"a": [1, 2, None, 9]}),
        ({"a": 1, "b": 2}, {"$unset": {"a": ""}}, {"b": 2}),
        ({"a": 1}, {"$rename": {"a": "c.d"}}, {"c": {"d": 1}}),
        ({"a": 5}, {"$min": {"a": 3}, "$max": {"b": 1}}, {"a": 3, "b": 1}),
        (
            {"a": [3, 1]},
            {"$push": {"a": {"$each": [2, 5], "$sort": 1, "$slice": 3}}},
            {"a": [1, 2, 3]},
        ),
        ({"a": [1]}, {"$push": {"a": {"$each": [9], "$position": 0}}}, {"a": [9, 1]}),
        ({"a": [1, 2]}, {"$addToSet": {"a": {"$each": [2, 3]}}}, {"a": [1, 2, 3]}),
        ({"a": [1, 2, 3]}, {"$pull": {"a": {"$gte": 2}}}, {"a": [1]}),
        ({"a": [{"k": 1}, {"k": 2}]}, {"$pull": {"a": {"k": 1}}}, {"a": [{"k": 2}]}),
        ({"a": [1, 2, 1]}, {"$pullAll": {"a": [1]}}, {"a": [2]}),
        ({"a": [1, 2]}, {"$pop": {"a": -1}}, {"a": [2]}),
        ({"a": 5}, {"$bit": {"a": {"and": 4}}}, {"a": 4}),
        ({"a": [1, 2]}, {"$inc": {"a.$[]": 1}}, {"a": [2, 3]}),
        ({"a": 1}, [{"$set": {"b": {"$add": ["$a", 1]}}}, {"$unset": "a"}], {"b": 2}),
    ],
)
async def test_an_update_operator_does_what_the_manual_says(
    db: Any, before: dict[str, Any], update: Any, after: dict[str, Any]
) -> None:
    await db.things.insert_one({"_id": 1, **before})
    await db.things.update_one({"_id": 1}, update)
    found = await db.things.find_one()
    assert bson.encode(found) == bson.encode({"_id": 1, **after})


async def test_positional_operators_change_the_element_that_was_meant(db: Any) -> None:
    await db.packs.insert_one({"_id": 1, "items": [{"id": "a", "n": 1}, {"id": "b", "n": 2}]})
    await db.packs.update_one({"items.id": "b"}, {"$inc": {"items.$.n": 10}})
    await db.packs.update_one(
        {"items": {"$elemMatch": {"id": "a", "n": {"$gte": 1}}}}, {"$set": {"items.$.n": 7}}
    )
    await db.packs.update_one({}, {"$inc": {"items.$[i].n": 1}}, array_filters=[{"i.id": "b"}])
    found = await db.packs.find_one()
    assert found["items"] == [{"id": "a", "n": 7}, {"id": "b", "n": 13}]


async def test_an_update_that_changes_nothing_modifies_nothing(db: Any) -> None:
    await db.things.insert_one({"_id": 1, "a": 1})
    result = await db.things.update_one({"_id": 1}, {"$set": {"a": 1}})
    assert (result.matched_count, result.modified_count) == (1, 0)


async def test_an_upsert_takes_the_equalities_of_the_query(db: Any) -> None:
    result = await db.things.update_one(
        {"a": 1, "b.c": {"$eq": 2}, "d": {"$gt": 5}},
        {"$set": {"e": 3}, "$setOnInsert": {"f": 4}},
        upsert=True,
    )
    found = await db.things.find_one()
    assert found == {"_id": result.upserted_id, "a": 1, "b": {"c": 2}, "e": 3, "f": 4}


async def test_find_and_modify_answers_before_or_after(db: Any) -> None:
    await db.things.insert_many([{"_id": n, "n": n} for n in range(3)])
    before = await db.things.find_one_and_update({}, {"$inc": {"n": 10}}, sort=[("n", -1)])
    assert before == {"_id": 2, "n": 2}
    after = await db.things.find_one_and_update(
        {"_id": 2}, [{"$set": {"n": {"$add": ["$n", 1]}}}], return_document=ReturnDocument.AFTER
    )
    assert after == {"_id": 2, "n": 13}
    assert await db.things.find_one_and_delete({"_id": 0}) == {"_id": 0, "n": 0}
    assert await db.things.find_one_and_delete({"_id": 0}) is None


async def test_a_failed_statement_of_an_unordered_batch_leaves_the_others(db: Any) -> None:
    with pytest.raises(BulkWriteError) as caught:
        await db.things.insert_many([{"_id": 1}, {"_id": 1}, {"_id": 2}], ordered=False)
    assert caught.value.details["nInserted"] == 2
    assert caught.value.details["writeErrors"][0]["code"] == 11000
    with pytest.raises(BulkWriteError):
        await db.things.bulk_write(
            [UpdateOne({"_id": 1}, {"$inc": {"a": 1}}), UpdateOne({"_id": 2}, {"$bad": {"a": 1}})]
        )
    assert await db.things.find_one({"_id": 1}) == {"_id": 1, "a": 1}


@pytest.mark.parametrize(
    ("update", "code"),
    [
        ({"$inc": {"text": 1}}, 14),
        ({"$set": {"_id": 9}}, 66),
        ({"$set": {"n.x": 1}}, 28),
        ({"$set": {"a": 1}, "$inc": {"a": 1}}, 40),
        ({"$foo": {"a": 1}}, 9),
        ({"$push": {"n": 1}}, 2),
        ({"$inc": {"long": 1}}, 2),
    ],
)
async def test_a_wrong_update_gets_the_code_of_mongodb_and_changes_nothing(
    db: Any, update: dict[str, Any], code: int
) -> None:
    doc = {"_id": 1, "text": "x", "n": 1, "long": Int64(2**63 - 1)}
    await db.things.insert_one(doc)
    with pytest.raises(WriteError) as caught:
        await db.things.update_one({"_id": 1}, update)
    assert caught.value.code == code
    assert await db.things.find_one() == doc


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ({"nonsense": 1}, 59),
        ({"find": "things", "nonsense": 1}, 40415),
        ({"find": "things", "filter": {"$nonsense": 1}}, 2),
        ({"find": "things", "filter": {"a": {"$nonsense": 1}}}, 2),
        ({"find": "things", "filter": 5}, 14),
        ({"find": "things", "filter": {"$where": "true"}}, 115),
        ({"aggregate": "things", "pipeline": [{"$nonsense": 1}], "cursor": {}}, 40324),
        ({"aggregate": "things", "pipeline": [{"$changeStream": {}}], "cursor": {}}, 40573),
        ({"aggregate": "things", "pipeline": []}, 9),
        ({"getMore": Int64(5), "collection": "things"}, 43),
        ({"create": "things", "capped": True, "size": 5}, 115),
        ({"configureFailPoint": "nonsense", "mode": "off"}, 13),
        ({"dropIndexes": "nowhere", "index": "*"}, 26),
    ],
)
async def test_what_is_not_supported_is_refused_with_the_code_of_mongodb(
    db: Any, command: dict[str, Any], code: int
) -> None:
    with pytest.raises(OperationFailure) as caught:
        await db.command(command)
    assert caught.value.code == code


async def test_a_cursor_reads_on_from_where_it_was_and_can_be_killed(db: Any) -> None:
    await db.things.insert_many([{"_id": n} for n in range(500)])
    cursor = db.things.find({}, batch_size=7).sort("_id", 1)
    first = await cursor.next()
    await db.things.delete_many({})
    rest = [doc["_id"] async for doc in cursor]
    assert [first["_id"], *rest] == list(range(500))
    await db.things.insert_many([{"_id": n} for n in range(500)])
    cursor = db.things.find({}, batch_size=2)
    await cursor.next()
    await cursor.close()


async def test_projections_include_exclude_slice_and_compute(db: Any) -> None:
    await db.things.insert_one({"_id": 1, "a": {"b": 1, "c": 2}, "l": [1, 2, 3], "s": "x"})

    async def project(spec: dict[str, Any]) -> Any:
        return await db.things.find_one({}, spec)

    assert await project({"a.b": 1, "_id": 0}) == {"a": {"b": 1}}
    assert await project({"a": 0, "s": 0}) == {"_id": 1, "l": [1, 2, 3]}
    assert (await project({"l": {"$slice": -2}}))["l"] == [2, 3]
    assert await project({"l": {"$elemMatch": {"$gte": 2}}}) == {"_id": 1, "l": [2]}
    assert await project({"t": {"$concat": ["$s", "y"]}}) == {"_id": 1, "t": "xy"}


async def test_a_validator_refuses_what_it_does_not_match(db: Any) -> None:
    await db.create_collection("things", validator={"n": {"$gte": 0}})
    await db.things.insert_one({"_id": 1, "n": 1})
    with pytest.raises(WriteError) as caught:
        await db.things.update_one({"_id": 1}, {"$inc": {"n": -5}})
    assert caught.value.code == 121
    assert (await db.things.find_one())["n"] == 1


async def test_regular_expressions_of_python_are_understood(db: Any) -> None:
    await db.things.insert_one({"_id": 1, "name": "Calamity Jane"})
    assert await db.things.count_documents({"name": re.compile("JANE$", re.IGNORECASE)}) == 1
