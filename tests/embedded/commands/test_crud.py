"""What is written is what is read, type for type, and wrong requests get MongoDB's codes."""

from __future__ import annotations

import datetime
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


async def test_a_validator_refuses_what_it_does_not_match(db: Any) -> None:
    await db.create_collection("things", validator={"n": {"$gte": 0}})
    await db.things.insert_one({"_id": 1, "n": 1})
    with pytest.raises(WriteError) as caught:
        await db.things.update_one({"_id": 1}, {"$inc": {"n": -5}})
    assert caught.value.code == 121
    assert (await db.things.find_one())["n"] == 1
