"""Random data and queries: what an index answers is what looking at everything answers."""

from __future__ import annotations

from typing import Any

from bson import Decimal128, Int64
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desperados.embedded.planning.query import Query, document_of
from desperados.embedded.query.match import compile_filter
from desperados.embedded.query.sorting import read_sort, sort_items
from desperados.embedded.storage import catalogue
from desperados.embedded.storage.collection import Collection
from desperados.embedded.storage.keys import entry
from desperados.embedded.storage.store import Store
from desperados.embedded.storage.versions import visible
from desperados.embedded.values.order import order_key

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.integers(-3, 3).map(Int64),
    st.sampled_from([0.0, 1.5, float("nan"), float("inf"), Decimal128("1"), Decimal128("NaN")]),
    st.sampled_from(["", "a", "ab", "b", "ž"]),
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3), st.builds(dict, x=SCALARS))
DOCS = st.fixed_dictionaries({}, optional={"a": VALUES, "b": VALUES, "c": SCALARS})
COMPARISONS = st.sampled_from(["$eq", "$gt", "$gte", "$lt", "$lte", "$ne"])
CONDITIONS = st.one_of(
    SCALARS,
    st.dictionaries(COMPARISONS, SCALARS, min_size=1, max_size=2),
    st.builds(lambda items: {"$in": items}, st.lists(SCALARS, max_size=3)),
    st.builds(lambda flag: {"$exists": flag}, st.booleans()),
)
FILTERS = st.dictionaries(st.sampled_from(["a", "b", "c", "a.x"]), CONDITIONS, max_size=3)
SORTS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from([1, -1])),
    max_size=2,
    unique_by=lambda part: part[0],
).map(dict)
INDEXES = st.lists(
    st.tuples(
        st.lists(
            st.tuples(st.sampled_from(["a", "b", "c", "a.x"]), st.sampled_from([1, -1])),
            min_size=1,
            max_size=3,
            unique_by=lambda part: part[0],
        ).map(dict),
        st.sampled_from([{}, {"sparse": True}, {"partialFilterExpression": {"c": {"$gt": 0}}}]),
    ),
    min_size=1,
    max_size=3,
)


def _both_arrays(key: dict[str, int], doc: dict[str, Any]) -> bool:
    return sum(type(doc.get(name.split(".")[0])) is list for name in key) > 1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(DOCS, max_size=12), INDEXES, FILTERS, SORTS, st.data())
def test_an_index_answers_like_a_scan(
    docs: list[dict[str, Any]],
    indexes: list[tuple[dict[str, int], dict[str, Any]]],
    query: dict[str, Any],
    sort: dict[str, int],
    data: st.DataObject,
) -> None:
    docs = [doc for doc in docs if not any(_both_arrays(key, doc) for key, _ in indexes)]
    store = Store(1)
    unit = store.statement()
    collection = catalogue.create(store, "g.c", {}, unit)
    store.commit(unit)
    for number, (key, options) in enumerate(indexes):
        catalogue.add_index(
            store, collection, {"key": key, "name": f"i{number}", **options}
        ) if all(
            list(key.items()) != list(other.key.items()) for other in collection.indexes.values()
        ) else None
    write(store, collection, docs)
    # Half of them change under an older snapshot, in a transaction that is still open.
    snapshot = store.transaction()
    changed = data.draw(st.lists(DOCS, min_size=len(docs) // 2, max_size=len(docs) // 2))
    changed = [doc for doc in changed if not any(_both_arrays(key, doc) for key, _ in indexes)]
    writer = store.transaction()
    for number, doc in enumerate(changed):
        record = collection.number_of(collection.id_key(number))
        assert record is not None
        store.write(collection, record, {"_id": number, **doc}, None, writer)
    for unit in (snapshot, writer, store.statement()):
        check(collection, query, sort, unit)
    if data.draw(st.booleans()):
        store.commit(writer)
    else:
        store.abort(writer)
    for unit in (snapshot, store.statement()):
        check(collection, query, sort, unit)
    store.abort(snapshot)
    unit = store.statement()
    check(collection, query, sort, unit)
    matches = compile_filter(query)
    expected = sum(1 for _, head in collection.heads() if matches(head.doc or {}))
    assert Query(collection, query).count(unit) == expected
    for index in collection.indexes.values():
        entries = {
            entry(key, record)
            for record, version in collection.versions()
            for key in index.keys(version.doc)
        }
        assert len(index.entries) == len(entries)
        assert all(item in index.entries for item in entries)


def write(store: Store, collection: Collection, docs: list[dict[str, Any]]) -> None:
    unit = store.statement()
    for number, doc in enumerate(docs):
        store.insert(collection, {"_id": number, **doc}, None, unit)
    store.commit(unit)


def check(collection: Collection, query: dict[str, Any], sort: dict[str, int], unit: Any) -> None:
    found = [v.doc or {} for _, v in Query(collection, query, sort=read_sort(sort)).run(unit)]
    matches = compile_filter(query)
    everything = []
    for record, head in collection.heads():
        version = visible(head, unit)
        if version is not None and matches(version.doc or {}):
            everything.append((record, version))
    assert sorted(doc["_id"] for doc in found) == sorted(
        (v.doc or {})["_id"] for _, v in everything
    )
    first = [
        v.doc or {} for _, v in Query(collection, query, sort=read_sort(sort), limit=2).run(unit)
    ]
    assert len(first) == min(2, len(everything))
    if sort:
        ordered = sort_items(everything, document_of, read_sort(sort), None)
        for name in list(sort)[:1]:
            # Ties (0 and 0.0 are one) may come in any order; what decides first must agree.
            assert [sortable(doc, name, sort[name]) for doc in found] == [
                sortable(v.doc or {}, name, sort[name]) for _, v in ordered
            ]
            assert [sortable(doc, name, sort[name]) for doc in first] == [
                sortable(v.doc or {}, name, sort[name]) for _, v in ordered[:2]
            ]


def sortable(doc: dict[str, Any], name: str, direction: int) -> Any:
    value = doc.get(name)
    if type(value) is list:
        keys = [order_key(item) for item in value] or [(3,)]
        return min(keys) if direction > 0 else max(keys)
    return order_key(value)
