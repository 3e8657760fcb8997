"""Aggregation expressions."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from bson import Int64

from tests.embedded.asking import run


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ({"$add": ["$n", 2**31 - 1]}, Int64(2**31 + 4)),
        ({"$subtract": ["$n", 1.5]}, 3.5),
        ({"$divide": ["$n", 2]}, 2.5),
        ({"$mod": [-7, 3]}, -1),
        ({"$round": [2.5, 0]}, 2.0),
        ({"$trunc": [-2.7]}, -2.0),
        ({"$cond": [{"$gt": ["$n", 3]}, "big", "small"]}, "big"),
        ({"$ifNull": ["$nothing", "$n"]}, 5),
        ({"$switch": {"branches": [{"case": False, "then": 1}], "default": 2}}, 2),
        ({"$map": {"input": "$tags", "as": "t", "in": {"$toUpper": "$$t"}}}, ["X", "Y"]),
        ({"$filter": {"input": "$tags", "cond": {"$eq": ["$$this", "x"]}}}, ["x"]),
        (
            {
                "$reduce": {
                    "input": [1, 2, 3],
                    "initialValue": 0,
                    "in": {"$add": ["$$value", "$$this"]},
                }
            },
            6,
        ),
        ({"$arrayElemAt": ["$tags", -1]}, "y"),
        ({"$concatArrays": ["$tags", [1]]}, ["x", "y", 1]),
        ({"$size": "$tags"}, 2),
        ({"$in": ["x", "$tags"]}, True),
        ({"$objectToArray": {"a": 1}}, [{"k": "a", "v": 1}]),
        ({"$dateToString": {"date": "$at", "format": "%Y-%m-%d"}}, "2026-01-01"),
        ({"$dateTrunc": {"date": "$at", "unit": "day"}}, datetime.datetime(2026, 1, 1)),
        (
            {"$dateAdd": {"startDate": "$at", "unit": "month", "amount": 1}},
            datetime.datetime(2026, 2, 1, 5),
        ),
        (
            {"$dateDiff": {"startDate": "$at", "endDate": "$$NOW", "unit": "year"}},
            Int64(0),
        ),
        ({"$year": "$at"}, 2026),
        ({"$toString": "$n"}, "5"),
        ({"$toInt": "42"}, 42),
        ({"$type": "$n"}, "int"),
        ({"$split": ["a-b", "-"]}, ["a", "b"]),
        ({"$let": {"vars": {"v": 2}, "in": {"$multiply": ["$$v", "$n"]}}}, 10),
    ],
)
async def test_an_expression_gives_what_the_manual_says(
    orders: Any, expression: dict[str, Any], value: Any
) -> None:
    found = await run(orders, {"$match": {"_id": 1}}, {"$project": {"v": expression}})
    if "$dateDiff" not in expression:
        assert found[0]["v"] == value
    assert type(found[0]["v"]) is type(value)
