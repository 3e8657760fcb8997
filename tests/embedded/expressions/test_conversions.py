"""What MongoDB reads as a number, and what becomes what."""

from __future__ import annotations

import datetime
import math
from typing import Any

import pytest
from bson import Decimal128, Int64, ObjectId
from pymongo.errors import OperationFailure

from tests.embedded.asking import run

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, 678000)


async def converted(db: Any, operator: str, value: Any) -> Any:
    await db.values.delete_many({})
    await db.values.insert_one({"_id": 1, "v": value})
    return (await run(db.values, {"$project": {"v": {operator: "$v"}}}))[0]["v"]


@pytest.mark.parametrize(
    ("operator", "text", "number"),
    [
        ("$toInt", "42", 42),
        ("$toInt", "+42", 42),
        ("$toInt", "-0", 0),
        ("$toInt", "007", 7),
        ("$toInt", "-2147483648", -(2**31)),
        ("$toLong", "9223372036854775807", Int64(2**63 - 1)),
        ("$toDouble", "1e3", 1000.0),
        ("$toDouble", "1E+3", 1000.0),
        ("$toDouble", ".5", 0.5),
        ("$toDouble", "5.", 5.0),
        ("$toDouble", "-0", -0.0),
        ("$toDouble", "inf", math.inf),
        ("$toDouble", "-Infinity", -math.inf),
        ("$toDouble", "0e999", 0.0),
        ("$toDecimal", "1e3", Decimal128("1E+3")),
        ("$toDecimal", "0.10", Decimal128("0.10")),
        ("$toDecimal", "-inf", Decimal128("-Infinity")),
    ],
)
async def test_a_text_is_read_as_the_server_reads_it(
    db: Any, operator: str, text: str, number: Any
) -> None:
    found = await converted(db, operator, text)
    assert (type(found), str(found)) == (type(number), str(number))


async def test_a_text_that_says_so_is_not_a_number(db: Any) -> None:
    assert math.isnan(await converted(db, "$toDouble", "NaN"))
    assert (await converted(db, "$toDecimal", "nan")).to_decimal().is_nan()


@pytest.mark.parametrize("operator", ["$toInt", "$toLong", "$toDouble", "$toDecimal"])
@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        " 5",
        "5 ",
        "\t5",
        "1_000",
        "1,000",
        "0x10",
        "0X10",
        "-0x1",
        "x",
        "1e",
        "\N{ARABIC-INDIC DIGIT FIVE}",
        "--1",
    ],
)
async def test_what_python_would_take_for_a_number_the_server_may_not(
    db: Any, operator: str, text: str
) -> None:
    with pytest.raises(OperationFailure) as caught:
        await converted(db, operator, text)
    assert caught.value.code == 241


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("$toInt", "1e3"),
        ("$toInt", "5.0"),
        ("$toInt", "NaN"),
        ("$toInt", "2147483648"),
        ("$toLong", "9223372036854775808"),
        ("$toDouble", "1e400"),
        ("$toDouble", "1e-400"),
        ("$toDouble", "1e-310"),
        ("$toDecimal", "1e7000"),
        ("$toDecimal", "1e-7000"),
        ("$toInt", math.nan),
        ("$toInt", math.inf),
        ("$toInt", 2.0**31),
        ("$toLong", 1e19),
        ("$toInt", Decimal128("NaN")),
        ("$toInt", NOW),
        ("$toInt", ObjectId()),
        ("$toDouble", ObjectId()),
        ("$toDouble", Decimal128("1E+400")),
        ("$toDate", 5),
        ("$toDate", True),
        ("$toDate", "yesterday"),
        ("$toDate", 1e300),
        ("$toObjectId", "123"),
        ("$toObjectId", b"123456789012"),
        ("$toString", [1]),
        ("$toString", {"a": 1}),
    ],
)
async def test_what_the_server_does_not_convert_is_refused(
    db: Any, operator: str, value: Any
) -> None:
    with pytest.raises(OperationFailure) as caught:
        await converted(db, operator, value)
    assert caught.value.code == 241


@pytest.mark.parametrize(
    ("operator", "value", "result"),
    [
        ("$toInt", 5.9, 5),
        ("$toInt", Decimal128("-5.9"), -5),
        ("$toInt", True, 1),
        ("$toLong", NOW, Int64(1767323045678)),
        ("$toDouble", NOW, 1767323045678.0),
        ("$toDecimal", 0.1, Decimal128("0.1")),
        ("$toDate", Int64(1767323045678), NOW),
        ("$toDate", 1767323045678.9, NOW),
        ("$toString", NOW, "2026-01-02T03:04:05.678Z"),
        ("$toBool", "", True),
        ("$toBool", "false", True),
        ("$toBool", 0.0, False),
    ],
)
async def test_other_values_convert_by_the_table_of_the_manual(
    db: Any, operator: str, value: Any, result: Any
) -> None:
    found = await converted(db, operator, value)
    assert (type(found), found) == (type(result), result)


async def test_what_cannot_be_converted_is_what_on_error_says(db: Any) -> None:
    await db.values.insert_one({"_id": 1, "v": "1_000"})
    spec = {"input": "$v", "to": "int", "onError": "no", "onNull": "nothing"}
    assert (await run(db.values, {"$project": {"v": {"$convert": spec}}}))[0]["v"] == "no"
    spec["input"] = "$missing"
    assert (await run(db.values, {"$project": {"v": {"$convert": spec}}}))[0]["v"] == "nothing"
