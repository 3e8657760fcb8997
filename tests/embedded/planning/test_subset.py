"""Which queries MongoDB proves to lie within the filter of a partial index."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from bson import Decimal128, Int64, ObjectId, Regex
from hypothesis import given
from hypothesis import strategies as st

from desperados.embedded.planning.subset import clauses_of, implies
from desperados.embedded.query.match import compile_filter
from tests.embedded.asking import plan_of
from tests.embedded.planning.test_model import DOCS, FILTERS

NOW = datetime.datetime(2026, 1, 1)
NAN = float("nan")


def proven(query: dict[str, Any], partial: dict[str, Any], *, same_collation: bool = True) -> bool:
    return implies(clauses_of(query), clauses_of(partial), same_collation=same_collation)


@pytest.mark.parametrize(
    ("partial", "query"),
    [
        ({"a": {"$exists": True}}, {"a": 5}),
        ({"a": {"$exists": True}}, {"a": {"$gt": 5}}),
        ({"a": {"$exists": True}}, {"a": {"$in": [1, "x"]}}),
        ({"a": {"$exists": True}}, {"a": {"$type": "string"}}),
        ({"a": {"$exists": True}}, {"a": {"$ne": None}}),
        ({"a": {"$exists": True}}, {"a": {"$nin": [None, 1]}}),
        ({"a": {"$exists": True}}, {"a": {"$not": {"$eq": None}}}),
        ({"a": {"$exists": True}}, {"a": Regex("^x")}),
        ({"a": {"$exists": True}}, {"a": {"$regex": "x", "$options": "i"}}),
        ({"a": {"$exists": True}}, {"a": {"$elemMatch": {"b": 1}}}),
        ({"a": {"$exists": True}}, {"a": {"$all": [1, 2]}}),
        ({"a": {"$exists": True}}, {"b": 1, "a": {"$size": 2}}),
        ({"a": 1}, {"a": Int64(1)}),
        ({"a": 1}, {"$and": [{"b": 2}, {"a": {"$eq": 1.0}}]}),
        ({"a": {"$gt": 0}}, {"a": Decimal128("0.5")}),
        ({"a": {"$gt": 0}}, {"a": {"$gt": 0}}),
        ({"a": {"$gte": 0}}, {"a": {"$gt": 0}}),
        ({"a": {"$lte": 9}}, {"a": {"$lt": 9}}),
        ({"a": {"$gt": 0, "$lt": 9}}, {"a": {"$in": [1, 8]}}),
        ({"a": {"$gt": ""}}, {"a": "Ann"}),
        ({"a": {"$gt": NOW}}, {"a": {"$gte": NOW.replace(year=2027)}}),
        ({"a": {"$gte": float("-inf")}}, {"a": -(2**63)}),
        ({"a": {"$gte": NAN}}, {"a": NAN}),
        ({"a": {"$in": [1, 2]}}, {"a": 2}),
        ({"a": {"$in": [1, 2]}}, {"a": {"$in": [2, 1]}}),
        ({"a": {"$type": "string"}}, {"a": {"$type": 2, "$eq": "Ann"}}),
        ({"a": {"$type": "string"}}, {"a": "Ann", "$and": [{"a": {"$type": ["string"]}}]}),
        ({"$or": [{"a": 1}, {"b": 1}]}, {"b": 1, "c": 1}),
        ({"a": {"$gt": 0}}, {"$or": [{"a": 1}, {"a": {"$gt": 5}}]}),
        ({"a": {"$gt": 0}}, {"$or": [{"a": 1}]}),
        ({"$and": [{"a": 1}, {"b": {"$exists": True}}]}, {"a": 1, "b": 7, "c": None}),
    ],
)
def test_a_query_that_states_the_filter_or_lies_within_it_is_proven(
    partial: dict[str, Any], query: dict[str, Any]
) -> None:
    assert proven(query, partial)


@pytest.mark.parametrize(
    ("partial", "query"),
    [
        ({"a": {"$type": "string"}}, {"a": "Ann"}),
        ({"a": {"$type": "string"}}, {"a": {"$in": ["Ann"]}}),
        ({"a": {"$type": "objectId"}}, {"a": ObjectId()}),
        ({"a": {"$type": "number"}}, {"a": {"$type": ["int", "long", "double", "decimal"]}}),
        ({"a": {"$type": "number"}}, {"a": {"$gte": 0}}),
        ({"a": {"$exists": True}}, {"a": None}),
        ({"a": {"$exists": True}}, {"a": {"$in": [1, None]}}),
        ({"a": {"$exists": True}}, {"a": {"$ne": 1}}),
        ({"a": {"$exists": True}}, {"a": {"$exists": False}}),
        ({"a": {"$exists": True}}, {"a.b": 1}),
        ({"a.b": {"$exists": True}}, {"a": {"$elemMatch": {"b": 1}}}),
        ({"a": {"$exists": True}}, {"$nor": [{"a": None}]}),
        ({"a": {"$exists": True}}, {"$expr": {"$eq": ["$a", 1]}}),
        ({"a": {"$exists": True}}, {"a": {"$bitsAllSet": 1}}),
        ({"a": {"$exists": True}}, {"a": {"$not": {"$all": [None, 1]}}}),
        ({"a": {"$exists": True}}, {"a": {"$not": {"$eq": None, "$gt": 5}}}),
        ({"a": {"$exists": True}}, {"a": {"$not": Regex("x")}}),
        ({"a": {"$gt": 0}}, {"a": 0}),
        ({"a": {"$gt": 0}}, {"a": {"$gte": 0}}),
        ({"a": {"$gt": 0}}, {"a": "Ann"}),
        ({"a": {"$gt": 0}}, {"a": {"$lt": 9}}),
        ({"a": {"$gt": 0}}, {"a": {"$in": [1, 0]}}),
        ({"a": {"$gt": 0}}, {"a": {"$in": [1, Regex("x")]}}),
        ({"a": {"$gt": 0}}, {"a": {"$not": {"$gt": 5}}}),
        ({"a": {"$gt": 0}}, {"a": NAN}),
        ({"a": {"$gt": 0}}, {"$or": [{"a": 1}, {"b": 1}]}),
        ({"a": {"$in": [1, 2]}}, {"a": {"$in": [1, 3]}}),
        ({"a": 1, "b": 1}, {"a": 1}),
        ({"$or": [{"a": 1}, {"b": 1}]}, {"c": 1}),
    ],
)
def test_what_does_not_state_the_filter_is_not_proven(
    partial: dict[str, Any], query: dict[str, Any]
) -> None:
    assert not proven(query, partial)


def test_text_under_another_collation_proves_nothing_but_that_it_is_there() -> None:
    assert not proven({"a": "Ann"}, {"a": {"$gt": ""}}, same_collation=False)
    assert not proven({"a": {"$in": ["x"]}}, {"a": {"$in": ["x", "y"]}}, same_collation=False)
    assert proven({"a": "Ann"}, {"a": {"$exists": True}}, same_collation=False)
    assert proven({"a": 5}, {"a": {"$gt": 1}}, same_collation=False)


PARTIALS = st.dictionaries(
    st.sampled_from(["a", "b", "c", "a.x"]),
    st.one_of(
        st.builds(
            lambda operator, value: {operator: value},
            st.sampled_from(["$eq", "$gt", "$gte", "$lt", "$lte"]),
            st.one_of(st.integers(-3, 3), st.sampled_from(["", "a", "b"])),
        ),
        st.just({"$exists": True}),
    ),
    max_size=2,
)


@given(DOCS, FILTERS, PARTIALS)
def test_what_is_proven_is_true_of_every_document(
    doc: dict[str, Any], query: dict[str, Any], partial: dict[str, Any]
) -> None:
    if proven(query, partial) and compile_filter(query)(doc):
        assert compile_filter(partial)(doc)


async def test_an_equality_does_not_use_an_index_for_a_type_but_one_for_a_range(db: Any) -> None:
    await db.users.create_index("name", partialFilterExpression={"name": {"$type": "string"}})
    await db.users.create_index("mail", partialFilterExpression={"mail": {"$gt": ""}})
    assert await plan_of(db.users.find({"name": "ann"})) == "COLLSCAN"
    stated = {"name": {"$eq": "ann", "$type": "string"}}
    assert await plan_of(db.users.find(stated)) == "FETCH < IXSCAN name_1"
    assert await plan_of(db.users.find({"mail": "ann@x"})) == "FETCH < IXSCAN mail_1"


async def test_a_sparse_index_serves_only_a_search_for_its_first_field(db: Any) -> None:
    await db.users.create_index([("a", 1), ("b", 1)], sparse=True)
    assert await plan_of(db.users.find({"a": 1, "b": None})) == "FETCH < IXSCAN a_1_b_1"
    assert await plan_of(db.users.find({"a": None, "b": 1})) == "COLLSCAN"
    assert await plan_of(db.users.find({"b": 1}).sort([("a", 1), ("b", 1)])) == "SORT < COLLSCAN"
