"""Running an aggregation against the store: what indexes can do first, then the stages.

The leading `$match`, `$sort`, `$skip` and `$limit` become one planned query. `$lookup` by
equality asks the other collection's index for each value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from desperados.embedded.aggregation import bucket, fields, group, join, stream
from desperados.embedded.aggregation.stages import (
    Environment,
    Stage,
    Stream,
    compile_pipeline,
    run_stages,
)
from desperados.embedded.commands.output import merge, out
from desperados.embedded.errors import CommandError, located
from desperados.embedded.instance.calls import Call
from desperados.embedded.planning.query import Query
from desperados.embedded.query.predicates import Context
from desperados.embedded.query.sorting import read_sort
from desperados.embedded.storage.collection import Collection
from desperados.embedded.storage.sizes import read_scale, storage_stats
from desperados.embedded.values.numbers import as_int
from desperados.embedded.values.types import Doc, is_number

# Importing these modules enters their stages in the table.
_STAGE_MODULES = (bucket, fields, group, join, stream)


class Pipeline:
    """An aggregation pipeline, compiled and planned, on one collection (or on none)."""

    def __init__(
        self, call: Call, namespace: str, pipeline: Any, context: Context | None = None
    ) -> None:
        if type(pipeline) is not list:
            raise CommandError("TypeMismatch", "'pipeline' option must be specified as an array")
        self.call = call
        self.namespace = namespace
        self.context = context or call.context()
        self.env = Environment(self.context, _Source(call))
        first = pipeline[0] if pipeline and type(pipeline[0]) is dict else {}
        self.query: Query | None = None
        self.rest: list[Doc] = pipeline
        self._head: Iterator[Doc] | None = None
        if "$changeStream" in first:
            # The number with which a standalone server refuses.
            raise located(40573, "The $changeStream stage is not supported by the embedded server")
        if first.keys() & _HEADS.keys():
            name = next(iter(first))
            self._head = _HEADS[name](call, namespace, first[name])
            self.rest = pipeline[1:]
        elif "$documents" in first:
            self._head = iter([{}])
        elif namespace.endswith(".$cmd.aggregate"):
            raise CommandError(
                "InvalidNamespace",
                "{aggregate: 1} is not valid for '"
                f"{next(iter(first), '')}'; a collection is required.",
            )
        else:
            self._plan(pipeline)
        self.stages: list[Stage] = compile_pipeline(self.rest, self.env)
        last = pipeline[-1] if pipeline and type(pipeline[-1]) is dict else {}
        self.writes = "$out" in last or "$merge" in last
        concern = call.body.get("readConcern")
        if self.writes and type(concern) is dict and concern.get("level") == "linearizable":
            raise CommandError(
                "InvalidOptions",
                "$out and $merge need another read concern than linearizable",
            )
        if self.writes and call.in_transaction:
            raise CommandError(
                "OperationNotSupportedInTransaction",
                "$out and $merge cannot run in a multi-document transaction",
            )

    def _plan(self, pipeline: list[Any]) -> None:
        """Take as many leading stages as a planned query can do."""
        query: Doc = {}
        sort: Any = None
        skip = limit = 0
        taken = 0
        for spec in pipeline:
            if type(spec) is not dict or len(spec) != 1:
                break
            name, operand = next(iter(spec.items()))
            if name == "$match" and sort is None and not skip and not limit:
                if type(operand) is not dict:
                    break
                query = {"$and": [query, operand]} if query else operand
            elif name == "$sort" and sort is None and not skip and not limit and operand:
                sort = operand
            elif name == "$skip" and not skip and not limit and _natural(operand):
                skip = as_int(operand, "$skip")
            elif name == "$limit" and not limit and _natural(operand) and operand:
                limit = as_int(operand, "$limit")
            else:
                break
            taken += 1
        collection = self.call.store.collection(self.namespace, self.call.unit)
        self.query = Query(
            collection or Collection(self.namespace, {}, 0),
            query,
            sort=read_sort(sort),
            context=self.context,
            hint=self.call.body.get("hint") or None if self.call.name == "aggregate" else None,
            skip=skip,
            limit=limit,
        )
        self.rest = pipeline[taken:]

    def run(self) -> Iterator[Doc]:
        counted = self._counted()
        if counted is not None:
            return counted
        if self.query is not None:
            docs: Iterator[Doc] = (v.doc or {} for _, v in self.query.run(self.call.unit))
        else:
            docs = self._head or iter(())
        return run_stages(self.stages, docs)

    def _counted(self) -> Iterator[Doc] | None:
        """`count_documents` sends a $match and a $group that only counts: ask the index."""
        if self.query is None or len(self.rest) != 1:
            return None
        spec = self.rest[0].get("$group")
        if spec not in ({"_id": 1, "n": {"$sum": 1}}, {"_id": None, "n": {"$sum": 1}}):
            return None
        number = self.query.count(self.call.unit)
        return iter([{"_id": spec["_id"], "n": number}] if number else [])

    def note(self) -> None:
        if self.query is not None:
            self.call.server.stats.note(self.query)


def _natural(value: Any) -> bool:
    return is_number(value) and value >= 0 and value == int(as_int(value, "stage"))


def _coll_stats(call: Call, namespace: str, spec: Any) -> Iterator[Doc]:
    collection = call.store.collection(namespace, call.unit)
    stats: Doc = {"ns": namespace, "host": call.server.info()["host"], "localTime": call.moment.now}
    if "count" in spec:
        stats["count"] = collection.live if collection else 0
    if "storageStats" in spec:
        scale = read_scale(spec["storageStats"].get("scale"))
        stats["storageStats"] = storage_stats(collection, scale)
    return iter([stats])


def _index_stats(call: Call, namespace: str, _spec: Any) -> Iterator[Doc]:
    collection = call.store.collection(namespace, call.unit)
    return iter(
        [
            {
                "name": index.name,
                "key": index.key,
                "host": call.server.info()["host"],
                "accesses": {"ops": index.uses, "since": call.server.started_at},
                "spec": index.spec,
            }
            for index in (collection.indexes.values() if collection else ())
        ]
    )


def _list_local_sessions(call: Call, _namespace: str, _spec: Any) -> Iterator[Doc]:
    return iter([{"_id": {"id": session.id}} for session in call.server.sessions.all.values()])


def _current_op(call: Call, namespace: str, _spec: Any) -> Iterator[Doc]:
    return iter(
        [
            {
                "type": "op",
                "host": call.server.info()["host"],
                "active": True,
                "op": "command",
                "ns": namespace,
                "command": call.body,
            }
        ]
    )


def _plan_cache_stats(_call: Call, _namespace: str, _spec: Any) -> Iterator[Doc]:
    """Every query is planned anew: there is no cache."""
    return iter(())


_HEADS = {
    "$collStats": _coll_stats,
    "$indexStats": _index_stats,
    "$listLocalSessions": _list_local_sessions,
    "$currentOp": _current_op,
    "$planCacheStats": _plan_cache_stats,
}


class _Source:
    """The other collections that a pipeline reads or writes."""

    def __init__(self, call: Call) -> None:
        self.call = call

    def read(self, collection: str, pipeline: list[Doc], context: Context) -> Iterator[Doc]:
        return Pipeline(self.call, f"{self.call.database}.{collection}", pipeline, context).run()

    def by_value(self, collection: str, field: str, values: list[Any]) -> Iterator[Doc]:
        found = self.call.store.collection(f"{self.call.database}.{collection}", self.call.unit)
        if found is None:
            return iter(())
        condition = {"$eq": values[0]} if len(values) == 1 else {"$in": values}
        query = Query(found, {field: condition})
        docs = [version.doc or {} for _, version in query.run(self.call.unit)]
        self.call.server.stats.note(query)
        return iter(docs)

    def out(self, spec: Any, docs: Stream) -> None:
        out(self.call, spec, docs)

    def merge(self, spec: Any, docs: Stream, context: Context) -> None:
        merge(self.call, spec, docs, context)
