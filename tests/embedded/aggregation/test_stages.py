"""Aggregation stages and expressions."""

from __future__ import annotations

import math
from typing import Any

import pytest
from bson import Decimal128
from pymongo.errors import OperationFailure

from tests.embedded.asking import run


async def test_group_sums_and_sorts(orders: Any) -> None:
    found = await run(
        orders,
        {
            "$group": {
                "_id": "$who",
                "sum": {"$sum": "$n"},
                "avg": {"$avg": "$n"},
                "first": {"$first": "$n"},
                "all": {"$push": "$n"},
                "count": {"$count": {}},
            }
        },
        {"$sort": {"_id": 1}},
    )
    assert found == [
        {"_id": "a", "sum": 12, "avg": 6.0, "first": 5, "all": [5, 7], "count": 2},
        {"_id": "b", "sum": 1, "avg": 1.0, "first": 1, "all": [1], "count": 1},
    ]


async def test_lookup_joins_by_equality_and_by_pipeline(orders: Any) -> None:
    by_field = {"from": "people", "localField": "who", "foreignField": "_id", "as": "person"}
    found = await run(orders, {"$match": {"_id": 1}}, {"$lookup": by_field})
    assert found[0]["person"] == [{"_id": "a", "name": "Ann"}]
    by_pipeline = {
        "from": "people",
        "let": {"w": "$who"},
        "pipeline": [
            {"$match": {"$expr": {"$eq": ["$_id", "$$w"]}}},
            {"$project": {"name": 1, "_id": 0}},
        ],
        "as": "person",
    }
    found = await run(orders, {"$match": {"_id": 2}}, {"$lookup": by_pipeline})
    assert found[0]["person"] == [{"name": "Ben"}]


async def test_unwind_facet_bucket_and_count(orders: Any) -> None:
    unwound = await run(orders, {"$unwind": "$tags"})
    assert [doc["tags"] for doc in unwound] == ["x", "y"]
    kept = await run(orders, {"$unwind": {"path": "$tags", "preserveNullAndEmptyArrays": True}})
    assert len(kept) == 4
    faceted = await run(
        orders,
        {"$facet": {"n": [{"$count": "total"}], "top": [{"$sort": {"n": -1}}, {"$limit": 1}]}},
    )
    assert faceted[0]["n"] == [{"total": 3}]
    assert faceted[0]["top"][0]["_id"] == 3
    buckets = await run(
        orders, {"$bucket": {"groupBy": "$n", "boundaries": [0, 5, 10], "default": "no"}}
    )
    assert buckets == [{"_id": 0, "count": 1}, {"_id": 5, "count": 2}]
    counted = await run(orders, {"$sortByCount": "$who"})
    assert counted == [{"_id": "a", "count": 2}, {"_id": "b", "count": 1}]


async def test_the_default_bucket_stands_where_its_name_sorts(orders: Any) -> None:
    spec = {"groupBy": "$n", "boundaries": [6, 10], "default": -1}
    assert [doc["_id"] for doc in await run(orders, {"$bucket": spec})] == [-1, 6]


@pytest.mark.parametrize(
    ("stage", "code"),
    [
        ({"$bucket": 1}, 40201),
        ({"$bucket": {"groupBy": "$n"}}, 40198),
        ({"$bucket": {"groupBy": "$n", "boundaries": [0, 9], "step": 1}}, 40197),
        ({"$bucket": {"groupBy": "n", "boundaries": [0, 9]}}, 40202),
        ({"$bucket": {"groupBy": "$n", "boundaries": 9}}, 40200),
        ({"$bucket": {"groupBy": "$n", "boundaries": [0, "$n"]}}, 40191),
        ({"$bucket": {"groupBy": "$n", "boundaries": [0]}}, 40192),
        ({"$bucket": {"groupBy": "$n", "boundaries": [0, "a"]}}, 40193),
        ({"$bucket": {"groupBy": "$n", "boundaries": [0, 5, 5]}}, 40194),
        ({"$bucket": {"groupBy": "$n", "boundaries": [0, 99], "default": "$n"}}, 40195),
        ({"$bucket": {"groupBy": "$n", "boundaries": [0, 99], "output": "n"}}, 40196),
        ({"$bucket": {"groupBy": "$n", "boundaries": [0, 99], "default": 5}}, 40199),
        ({"$bucket": {"groupBy": "$n", "boundaries": [0, 1]}}, 40066),
        ({"$bucketAuto": 1}, 40240),
        ({"$bucketAuto": {"groupBy": "$n"}}, 40246),
        ({"$bucketAuto": {"groupBy": "$n", "buckets": 2, "step": 1}}, 40245),
        ({"$bucketAuto": {"groupBy": 1, "buckets": 2}}, 40239),
        ({"$bucketAuto": {"groupBy": "$n", "buckets": "2"}}, 40241),
        ({"$bucketAuto": {"groupBy": "$n", "buckets": 1.5}}, 40242),
        ({"$bucketAuto": {"groupBy": "$n", "buckets": math.inf}}, 40242),
        ({"$bucketAuto": {"groupBy": "$n", "buckets": Decimal128("Infinity")}}, 40242),
        ({"$bucketAuto": {"groupBy": "$n", "buckets": 2**31}}, 40242),
        ({"$sample": {"size": math.inf}}, 9),
        ({"$bucketAuto": {"groupBy": "$n", "buckets": 0}}, 40243),
        ({"$bucketAuto": {"groupBy": "$n", "buckets": 2, "output": 1}}, 40244),
        ({"$bucketAuto": {"groupBy": "$n", "buckets": 2, "granularity": "R5"}}, 115),
    ],
)
async def test_a_wrong_stage_is_refused_with_the_code_of_mongodb(
    orders: Any, stage: dict[str, Any], code: int
) -> None:
    with pytest.raises(OperationFailure) as caught:
        await run(orders, stage)
    assert caught.value.code == code


async def test_sample_union_and_replace_root(orders: Any) -> None:
    assert len(await run(orders, {"$sample": {"size": 2}})) == 2
    both = await run(orders, {"$unionWith": "people"}, {"$count": "n"})
    assert both == [{"n": 5}]
    replaced = await run(orders, {"$match": {"_id": 1}}, {"$replaceRoot": {"newRoot": {"k": "$n"}}})
    assert replaced == [{"k": 5}]


async def test_merge_and_out_write_collections(db: Any, orders: Any) -> None:
    totals = {"$group": {"_id": "$who", "n": {"$sum": "$n"}}}
    await run(orders, totals, {"$merge": {"into": "totals"}})
    await db.totals.update_one({"_id": "a"}, {"$set": {"note": "kept"}})
    await run(orders, totals, {"$merge": {"into": "totals", "whenMatched": "merge"}})
    assert await db.totals.find_one({"_id": "a"}) == {"_id": "a", "n": 12, "note": "kept"}
    await run(orders, totals, {"$out": "totals"})
    assert await db.totals.find_one({"_id": "a"}) == {"_id": "a", "n": 12}


async def test_variables_of_the_command_reach_the_filter(orders: Any) -> None:
    cursor = await orders.aggregate(
        [{"$match": {"$expr": {"$eq": ["$who", "$$wanted"]}}}], let={"wanted": "b"}
    )
    assert [doc["_id"] for doc in await cursor.to_list()] == [2]
