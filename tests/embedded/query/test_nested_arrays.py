"""Arrays in arrays: how far a condition looks into them."""

from __future__ import annotations

from typing import Any

import pytest
from bson import Regex

from tests.embedded.asking import run

DOCS: list[dict[str, Any]] = [
    {"_id": 1, "a": [[5]]},
    {"_id": 2, "a": [5]},
    {"_id": 3, "a": [[{"b": 5}]]},
    {"_id": 4, "a": [{"b": [[5]]}]},
    {"_id": 5, "a": [[5, 6], 7]},
    {"_id": 6, "a": {"0": [5]}},
    {"_id": 7, "a": [["x", ["y"]]]},
    {"_id": 8, "a": []},
]


@pytest.fixture
async def nested(db: Any) -> Any:
    await db.nested.insert_many(DOCS)
    return db.nested


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"a": 5}, [2]),
        ({"a": [5]}, [1, 2]),
        ({"a": [[5]]}, [1]),
        ({"a": {"$gt": 4}}, [2, 5]),
        ({"a": {"$gte": [5], "$lt": [5, 6]}}, [1, 2]),
        ({"a": {"$lt": [6]}}, [1, 2, 5, 8]),
        ({"a": {"$in": [[5], "x"]}}, [1, 2]),
        ({"a": Regex("x")}, []),
        # What has no fields has none to be missing.
        ({"a.b": 5}, []),
        ({"a.b": [5]}, [4]),
        ({"a.b": None}, [6]),
        ({"a.b": {"$exists": False}}, [1, 2, 3, 5, 6, 7, 8]),
        # The number of an element names the element, and does not look into it.
        ({"a.0": 5}, [2, 6]),
        ({"a.0": [5]}, [1, 6]),
        ({"a.0": {"$gt": 4}}, [2, 6]),
        ({"a.0.0": 5}, [1, 5, 6]),
        ({"a.0.b": 5}, [3]),
        ({"a.00": 5}, []),
        ({"a.0.1": ["y"]}, [7]),
        ({"a.0.1": "y"}, []),
        # $elemMatch takes an element as it is ...
        ({"a": {"$elemMatch": {"$gt": 4}}}, [2, 5]),
        ({"a": {"$elemMatch": {"$elemMatch": {"$gt": 4}}}}, [1, 5]),
        ({"a": {"$elemMatch": {"$elemMatch": {"b": 5}}}}, [3]),
        ({"a": {"$elemMatch": {"$size": 2}}}, [5, 7]),
        ({"a": {"$elemMatch": {"$size": 1}}}, [1, 3]),
        ({"a": {"$elemMatch": {"$eq": [5]}}}, [1]),
        ({"a": {"$elemMatch": {"$type": "array"}}}, [1, 3, 5, 7]),
        ({"a": {"$elemMatch": {"$not": {"$type": "array"}}}}, [2, 4, 5]),
        ({"a": {"$elemMatch": {"$elemMatch": {"$elemMatch": {"$eq": "y"}}}}}, [7]),
        # ... and an array for a document of its elements by number.
        ({"a": {"$elemMatch": {"0": 5}}}, [1, 5]),
        ({"a": {"$elemMatch": {"0.b": 5}}}, [3]),
        ({"a": {"$all": [[5]]}}, [1, 2]),
        ({"a": {"$all": [{"$elemMatch": {"$elemMatch": {"$gt": 5}}}]}}, [5]),
        ({"a": {"$size": 1}}, [1, 2, 3, 4, 7]),
        ({"a.0": {"$size": 2}}, [5, 7]),
        ({"a": {"$type": "array"}}, [1, 2, 3, 4, 5, 7, 8]),
        ({"a": {"$ne": 5}}, [1, 3, 4, 5, 6, 7, 8]),
    ],
    ids=str,
)
async def test_a_condition_looks_into_one_array_and_not_into_those_within(
    nested: Any, query: dict[str, Any], ids: list[int]
) -> None:
    assert [doc["_id"] async for doc in nested.find(query).sort("_id", 1)] == ids
    for key in ("a", "a.b", "a.0"):
        await nested.create_index(key)
    assert [doc["_id"] async for doc in nested.find(query).sort("_id", 1)] == ids


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("$a.b", []),
        ({"$arrayElemAt": ["$a", 0]}, [{"b": 5}]),
        ({"$map": {"input": "$a", "as": "inner", "in": "$$inner.b"}}, [[5]]),
    ],
)
async def test_a_field_path_of_an_expression_does_not_enter_an_array_in_an_array(
    nested: Any, expression: Any, value: Any
) -> None:
    found = await run(nested, {"$match": {"_id": 3}}, {"$project": {"v": expression}})
    assert found[0]["v"] == value


async def test_distinct_values_are_those_of_the_outer_array(nested: Any) -> None:
    assert await nested.distinct("a", {"_id": 5}) == [[5, 6], 7]
    assert await nested.distinct("a.b", {"_id": 3}) == []
    assert await nested.distinct("a.0.b", {"_id": 3}) == [5]


@pytest.mark.parametrize(
    ("before", "update", "after"),
    [
        # $pull looks into a nested array as a filter would.
        ([[5], 3], {"$pull": {"a": {"$gt": 4}}}, [3]),
        ([[5], 5], {"$pull": {"a": 5}}, [[5]]),
        ([[5], 5], {"$pull": {"a": [5]}}, [5]),
        ([[5], {"b": 5}], {"$pull": {"a": {"b": 5}}}, [[5]]),
        ([[{"b": 5}], {"b": 5}], {"$pull": {"a": {"$or": [{"b": 5}]}}}, [[{"b": 5}]]),
        ([[1, 2], [3]], {"$inc": {"a.$[].$[]": 1}}, [[2, 3], [4]]),
        ([[1], [2]], {"$set": {"a.1.0": 9}}, [[1], [9]]),
        ([[1], [2]], {"$push": {"a.0": 5}}, [[1, 5], [2]]),
        ([[1]], {"$addToSet": {"a": [1]}}, [[1]]),
    ],
)
async def test_an_update_of_arrays_in_arrays_does_what_the_server_does(
    db: Any, before: Any, update: Any, after: Any
) -> None:
    await db.things.insert_one({"_id": 1, "a": before})
    await db.things.update_one({"_id": 1}, update)
    assert (await db.things.find_one())["a"] == after


async def test_the_position_is_that_of_the_element_itself(db: Any) -> None:
    await db.things.insert_one({"_id": 1, "a": [[5], 5]})
    await db.things.update_one({"a": 5}, {"$set": {"a.$": "here"}})
    assert (await db.things.find_one())["a"] == [[5], "here"]


async def test_a_filter_of_array_elements_looks_into_a_nested_array(db: Any) -> None:
    await db.things.insert_one({"_id": 1, "a": [[5], 3, 6]})
    change = {"$set": {"a.$[big]": "big"}}
    await db.things.update_one({}, change, array_filters=[{"big": {"$gt": 4}}])
    assert (await db.things.find_one())["a"] == ["big", 3, "big"]
