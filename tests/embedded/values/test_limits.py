"""What is too large or too deep for MongoDB is so here."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.errors import OperationFailure, WriteError

from desperados.embedded import EmbeddedServer
from desperados.embedded.values import limits
from tests.embedded.asking import run
from tests.embedded.wire.messages import Wire

HALF = "x" * (9 * 1024 * 1024)


def nested(levels: int) -> dict[str, Any]:
    doc: dict[str, Any] = {"a": 1}
    for _ in range(levels - 1):
        doc = {"a": doc}
    return doc


@pytest.fixture
async def halves(db: Any) -> Any:
    """Two documents that fit into one answer each, and not both into one document."""
    await db.halves.insert_many([{"_id": n, "text": HALF + str(n)} for n in range(2)])
    return db.halves


@pytest.mark.parametrize(
    "update",
    [
        {"$set": {"more": HALF}},
        {"$push": {"list": HALF}},
        [{"$set": {"more": {"$concat": ["$text", "$text"]}}}],
    ],
)
async def test_an_update_that_makes_a_document_too_large_is_refused(
    halves: Any, update: Any
) -> None:
    with pytest.raises(WriteError) as caught:
        await halves.update_one({"_id": 0}, update)
    assert caught.value.code == 10334
    assert set(await halves.find_one({"_id": 0})) == {"_id", "text"}
    with pytest.raises(OperationFailure) as refused:
        await halves.find_one_and_update({"_id": 0}, update)
    assert refused.value.code == 10334


async def test_one_update_can_make_a_small_document_too_large(db: Any) -> None:
    await db.small.insert_one({"_id": 0, "text": "x" * 1_000_000})
    doubled = {"$set": {"text": {"$concat": ["$text", "$text"]}}}
    with pytest.raises(WriteError) as caught:
        await db.small.update_one({"_id": 0}, [doubled] * 5)
    assert caught.value.code == 10334


async def test_an_upsert_of_a_document_that_is_too_large_is_refused(halves: Any) -> None:
    with pytest.raises(WriteError) as caught:
        more = {"$set": {"more": "$text"}}
        await halves.update_one({"_id": 5, "text": HALF}, [more], upsert=True)
    assert caught.value.code == 10334
    assert await halves.count_documents({}) == 2


async def test_an_answer_over_16_mb_is_refused_but_not_what_leads_to_a_small_one(
    halves: Any,
) -> None:
    both = {"$group": {"_id": None, "all": {"$push": "$$ROOT"}}}
    with pytest.raises(OperationFailure) as caught:
        await run(halves, both)
    assert caught.value.code == 10334
    assert await run(halves, both, {"$project": {"_id": 0, "n": {"$size": "$all"}}}) == [{"n": 2}]
    with pytest.raises(OperationFailure) as refused:
        await halves.find_one({"_id": 0}, {"twice": {"$concat": ["$text", "$text"]}})
    assert refused.value.code == 10334


async def test_a_document_that_is_too_large_is_merged_into_no_collection(
    db: Any, halves: Any
) -> None:
    twice = {"$set": {"more": "$text"}}
    for output in ({"$merge": "larger"}, {"$merge": "halves"}, {"$out": "larger"}):
        with pytest.raises(OperationFailure) as caught:
            await run(halves, twice, output)
        assert caught.value.code == 10334
    assert await db.larger.count_documents({}) == 0
    assert await halves.count_documents({"more": {"$exists": True}}) == 0


async def test_distinct_values_over_16_mb_are_refused(halves: Any) -> None:
    with pytest.raises(OperationFailure) as caught:
        await halves.distinct("text")
    assert caught.value.code == 17217
    assert await halves.distinct("_id") == [0, 1]


async def test_a_batch_holds_16_mb_and_the_rest_comes_with_the_next(halves: Any) -> None:
    assert [doc["_id"] async for doc in halves.find({}).sort("_id", 1)] == [0, 1]


@pytest.mark.parametrize(
    ("stage", "code"),
    [
        ({"$group": {"_id": None, "all": {"$push": "$text"}}}, 146),
        ({"$group": {"_id": None, "all": {"$addToSet": "$text"}}}, 146),
        ({"$facet": {"all": []}}, 4031700),
        (
            {"$lookup": {"from": "rows", "localField": "one", "foreignField": "one", "as": "all"}},
            4568,
        ),
        ({"$lookup": {"from": "rows", "pipeline": [], "as": "all"}}, 4568),
    ],
)
async def test_an_operator_that_cannot_use_the_disk_has_100_mb(
    db: Any, monkeypatch: pytest.MonkeyPatch, stage: dict[str, Any], code: int
) -> None:
    assert limits.MAX_MEMORY == 104_857_600
    await db.rows.insert_many([{"_id": n, "one": 1, "text": f"{n:05}" * 20} for n in range(2000)])
    counted = {"$project": {"_id": 0, "n": {"$size": "$all"}}}
    assert (await run(db.rows, stage, {"$limit": 1}, counted)) == [{"n": 2000}]
    monkeypatch.setattr(limits, "MAX_MEMORY", 200_000)
    with pytest.raises(OperationFailure) as caught:
        await run(db.rows, stage, {"$limit": 1}, counted)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("parts", "code"),
    [([0, 7_000_000], 146), ([0, 2**31], 34446), ([0.5, 3], 34444), ([0, "3"], 34445)],
)
async def test_a_range_is_of_whole_numbers_that_fit_into_memory(
    db: Any, parts: list[Any], code: int
) -> None:
    await db.things.insert_one({"_id": 1})
    with pytest.raises(OperationFailure) as caught:
        await run(db.things, {"$project": {"n": {"$size": {"$range": parts}}}})
    assert caught.value.code == code
    assert await run(db.things, {"$project": {"n": {"$range": [3, 0, -2]}}}) == [
        {"_id": 1, "n": [3, 1]}
    ]


async def test_180_levels_are_stored_indexed_and_found_and_one_more_is_refused(db: Any) -> None:
    await db.deep.create_index("a")
    await db.deep.insert_one({"_id": 1, **nested(180)})
    assert await db.deep.find_one({"a": nested(179)}) == {"_id": 1, **nested(180)}
    assert [doc["_id"] async for doc in db.deep.find().sort("a", -1)] == [1]
    assert await run(db.deep, {"$group": {"_id": "$a"}}) == [{"_id": nested(179)}]
    with pytest.raises(WriteError) as caught:
        await db.deep.insert_one({"_id": 2, **nested(181)})
    assert caught.value.code == 15
    for update in ({"$set": {"a.b": nested(179)}}, [{"$set": {"b": {"c": "$a"}}}]):
        with pytest.raises(WriteError) as refused:
            await db.deep.update_one({"_id": 1}, update)
        assert refused.value.code == 15
    await db.deep.update_one({"_id": 1}, {"$set": {"b": {"c": {}, "d": []}}})


async def test_arrays_are_levels_too_and_empty_ones_are_none(db: Any) -> None:
    value: Any = []
    for _ in range(179):
        value = [value]
    await db.deep.insert_one({"_id": 1, "a": value})
    with pytest.raises(WriteError) as caught:
        await db.deep.insert_one({"_id": 2, "a": [value]})
    assert caught.value.code == 15


async def test_an_answer_nests_200_levels_at_most(db: Any) -> None:
    await db.deep.insert_one({"_id": 1, **nested(180)})
    wrap = {"$project": {"_id": 0, "a": {"b": "$a"}}}
    assert await run(db.deep, *[wrap] * 10)
    with pytest.raises(OperationFailure) as caught:
        await run(db.deep, *[wrap] * 25)
    assert caught.value.code == 15


async def test_a_command_that_nests_more_than_200_levels_is_not_read(
    server: EmbeddedServer,
) -> None:
    wire = await Wire.open(server)
    try:
        for command in (
            {"find": "deep", "filter": {"a": nested(220)}},
            {"insert": "deep", "documents": [nested(220)]},
        ):
            assert (await wire.command(command))["code"] == 15
        assert (await wire.command({"find": "deep", "filter": {"a": nested(150)}}))["ok"] == 1
    finally:
        await wire.close()
