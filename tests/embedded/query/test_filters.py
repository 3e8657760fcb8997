"""Filters, projections and regular expressions."""

from __future__ import annotations

import re
from typing import Any

import pytest
from bson import Int64, MinKey, Regex


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


async def test_projections_include_exclude_slice_and_compute(db: Any) -> None:
    await db.things.insert_one({"_id": 1, "a": {"b": 1, "c": 2}, "l": [1, 2, 3], "s": "x"})

    async def project(spec: dict[str, Any]) -> Any:
        return await db.things.find_one({}, spec)

    assert await project({"a.b": 1, "_id": 0}) == {"a": {"b": 1}}
    assert await project({"a": 0, "s": 0}) == {"_id": 1, "l": [1, 2, 3]}
    assert (await project({"l": {"$slice": -2}}))["l"] == [2, 3]
    assert await project({"l": {"$elemMatch": {"$gte": 2}}}) == {"_id": 1, "l": [2]}
    assert await project({"t": {"$concat": ["$s", "y"]}}) == {"_id": 1, "t": "xy"}


async def test_regular_expressions_of_python_are_understood(db: Any) -> None:
    await db.things.insert_one({"_id": 1, "name": "Calamity Jane"})
    assert await db.things.count_documents({"name": re.compile("JANE$", re.IGNORECASE)}) == 1
