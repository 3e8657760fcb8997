"""Dates that Python cannot hold: MongoDB's run over 64 bits of milliseconds."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from bson import CodecOptions, DatetimeMS, Int64
from bson.codec_options import DatetimeConversion
from pymongo.errors import OperationFailure

from tests.embedded.asking import run

FIRST, LAST = DatetimeMS(-(2**63)), DatetimeMS(2**63 - 1)
ANCIENT, DISTANT = DatetimeMS(-(10**14)), DatetimeMS(10**15)
NOW, LATE = datetime.datetime(2026, 1, 1), datetime.datetime(9999, 1, 1)
IN_ORDER = [FIRST, ANCIENT, datetime.datetime(1, 1, 1), NOW, DISTANT, LAST]


@pytest.fixture(params=[None, 1, -1], ids=["scan", "ascending", "descending"])
async def dates(request: Any, db: Any) -> Any:
    """All of these dates by number, without an index and with one each way."""
    options = CodecOptions(datetime_conversion=DatetimeConversion.DATETIME_AUTO)
    collection = db.get_collection("dates", options)
    if request.param is not None:
        await collection.create_index([("kind", 1), ("at", request.param)])
    await collection.insert_many([{"_id": n, "kind": 1, "at": at} for n, at in enumerate(IN_ORDER)])
    return collection


@pytest.mark.parametrize(
    ("condition", "numbers"),
    [
        ({"$gt": NOW}, [4, 5]),
        ({"$gte": NOW}, [3, 4, 5]),
        ({"$lt": NOW}, [0, 1, 2]),
        ({"$gte": ANCIENT, "$lt": DISTANT}, [1, 2, 3]),
        ({"$gt": DISTANT}, [5]),
        ({"$lt": ANCIENT}, [0]),
        ({"$gte": FIRST}, [0, 1, 2, 3, 4, 5]),
        ({"$in": [LAST, NOW]}, [3, 5]),
        (DISTANT, [4]),
        ({"$type": "date"}, [0, 1, 2, 3, 4, 5]),
        ({"$gt": 0}, []),
    ],
)
async def test_a_range_over_dates_finds_those_out_of_pythons_reach(
    dates: Any, condition: Any, numbers: list[int]
) -> None:
    found = dates.find({"kind": 1, "at": condition}).sort("_id", 1)
    assert [doc["_id"] for doc in await found.to_list()] == numbers


async def test_far_dates_sort_among_the_others_and_come_back_as_they_were(dates: Any) -> None:
    forward = await dates.find({"kind": 1}).sort("at", 1).to_list()
    assert [doc["at"] for doc in forward] == IN_ORDER
    backward = await dates.find({"kind": 1}).sort("at", -1).to_list()
    assert [doc["_id"] for doc in backward] == [5, 4, 3, 2, 1, 0]


async def test_arithmetic_leads_out_of_pythons_years_and_back(dates: Any) -> None:
    far = {"$add": ["$at", 10**15]}
    spec = {"far": far, "back": {"$subtract": [far, 10**15]}, "ms": {"$toLong": far}}
    found = (await run(dates, {"$match": {"_id": 3}}, {"$project": spec}))[0]
    assert found["far"] == DatetimeMS(1767225600000 + 10**15)
    assert (found["back"], found["ms"]) == (NOW, Int64(1767225600000 + 10**15))
    made = (await run(dates, {"$match": {"_id": 3}}, {"$set": {"v": {"$toDate": Int64(10**15)}}}))[
        0
    ]
    assert made["v"] == DISTANT


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ({"$add": ["$at", 1]}, 15),
        ({"$year": "$at"}, 115),
        ({"$dateAdd": {"startDate": "$at", "unit": "day", "amount": 1}}, 115),
        (
            {"$dateAdd": {"startDate": datetime.datetime(9999, 1, 1), "unit": "year", "amount": 1}},
            115,
        ),
        ({"$dateFromParts": {"year": 10000}}, 115),
        ({"$toString": "$at"}, 18537),
    ],
)
async def test_what_cannot_be_done_with_a_far_date_is_refused_by_name(
    dates: Any, expression: Any, code: int
) -> None:
    with pytest.raises(OperationFailure) as caught:
        await run(dates, {"$match": {"_id": 5}}, {"$project": {"v": expression}})
    assert caught.value.code == code


async def test_a_document_that_expired_before_our_era_is_removed(db: Any, server: Any) -> None:
    await db.passing.create_index("at", expireAfterSeconds=0)
    await db.passing.insert_many([{"_id": 1, "at": ANCIENT}, {"_id": 2, "at": DISTANT}])
    server.housekeeping()
    assert [doc["_id"] for doc in await db.passing.find({}, {"_id": 1}).to_list()] == [2]
