"""Update operators, positions, upserts, and the codes of wrong updates."""

from __future__ import annotations

from typing import Any

import bson
import pytest
from bson import Decimal128, Int64
from pymongo.errors import WriteError


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
    "digit", ["\u00b2", "\u0663", "9" * 5_000], ids=["square", "arabic", "long"]
)
async def test_only_ascii_digits_of_a_possible_length_name_an_element(db: Any, digit: str) -> None:
    await db.things.insert_one({"_id": 1, "list": [1, 2, 3, 4], "map": {digit: 1}})
    with pytest.raises(WriteError) as caught:
        await db.things.update_one({"_id": 1}, {"$set": {f"list.{digit}": 9}})
    assert caught.value.code == 28
    await db.things.update_one({"_id": 1}, {"$set": {f"map.{digit}": 2, "map.b": 3}})
    await db.things.update_one({"_id": 1}, {"$unset": {f"list.{digit}": 1}})
    found = await db.things.find_one({f"map.{digit}": 2})
    assert found == {"_id": 1, "list": [1, 2, 3, 4], "map": {digit: 2, "b": 3}}
