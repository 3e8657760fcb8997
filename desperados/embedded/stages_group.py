"""Stages that put documents together in groups and give one document for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from desperados.embedded.accumulators import compile_accumulator
from desperados.embedded.errors import CommandError, located
from desperados.embedded.expressions import compile_expression
from desperados.embedded.stages import (
    Environment,
    Stage,
    Stream,
    compile_pipeline,
    run_stages,
    stage,
)
from desperados.embedded.values import MISSING, Doc, Key, as_int, order_key

_COUNT: Doc = {"count": {"$sum": 1}}


def _reductions(spec: Doc, env: Environment) -> Callable[[list[Doc]], Doc]:
    """The function from the members of a group to its accumulated fields."""
    fields = [
        (name, compile_accumulator(name, value, env.scope, env.variables))
        for name, value in spec.items()
    ]
    return lambda members: {name: reduce(members) for name, reduce in fields}


@stage("$group")
def _group(spec: Any, env: Environment) -> Stage:
    if type(spec) is not dict or "_id" not in spec:
        raise located(15955, "a group specification must include an _id")
    identity = compile_expression(spec["_id"], env.scope)
    reduce = _reductions({name: value for name, value in spec.items() if name != "_id"}, env)
    variables, key_of = env.variables, env.context.key

    def run(docs: Stream) -> Iterator[Doc]:
        groups: dict[Key, tuple[Any, list[Doc]]] = {}
        for doc in docs:
            value = identity(doc, variables)
            key = key_of(value)
            group = groups.get(key)
            if group is None:
                groups[key] = (None if value is MISSING else value, [doc])
            else:
                group[1].append(doc)
        for value, members in groups.values():
            yield {"_id": value, **reduce(members)}

    return run


@stage("$count")
def _count(spec: Any, _env: Environment) -> Stage:
    if type(spec) is not str or not spec or spec.startswith("$") or "." in spec:
        raise located(40156, "the count field must be a non-empty string without '$' or '.'")

    def run(docs: Stream) -> Iterator[Doc]:
        number = sum(1 for _ in docs)
        if number:
            yield {spec: number}

    return run


@stage("$sortByCount")
def _sort_by_count(spec: Any, env: Environment) -> Stage:
    stages = compile_pipeline([{"$group": {"_id": spec, **_COUNT}}, {"$sort": {"count": -1}}], env)
    return lambda docs: run_stages(stages, docs)


@stage("$bucket")
def _bucket(spec: Any, env: Environment) -> Stage:
    if type(spec) is not dict or not {"groupBy", "boundaries"} <= set(spec):
        raise located(40198, "$bucket requires 'groupBy' and 'boundaries' to be specified")
    evaluate = compile_expression(spec["groupBy"], env.scope)
    edges = [order_key(edge) for edge in spec["boundaries"]]
    if len(edges) < 2 or edges != sorted(edges):
        raise located(40192, "The 'boundaries' option to $bucket must be sorted in ascending order")
    reduce = _reductions(spec.get("output", _COUNT), env)

    def run(docs: Stream) -> Iterator[Doc]:
        buckets: dict[int, list[Doc]] = {}
        for doc in docs:
            key = order_key(evaluate(doc, env.variables))
            at = next((n for n in range(len(edges) - 1) if edges[n] <= key < edges[n + 1]), -1)
            if at < 0 and "default" not in spec:
                raise located(
                    40066,
                    "$switch could not find a matching branch for an input, and "
                    "no default was specified.",
                )
            buckets.setdefault(at, []).append(doc)
        for at in sorted(buckets, key=lambda n: (n < 0, n)):
            name = spec["boundaries"][at] if at >= 0 else spec["default"]
            yield {"_id": name, **reduce(buckets[at])}

    return run


@stage("$bucketAuto")
def _bucket_auto(spec: Any, env: Environment) -> Stage:
    if type(spec) is not dict or not {"groupBy", "buckets"} <= set(spec):
        raise located(40246, "$bucketAuto requires 'groupBy' and 'buckets' to be specified")
    evaluate = compile_expression(spec["groupBy"], env.scope)
    wanted = as_int(spec["buckets"], "buckets")
    if spec.get("granularity") is not None:
        raise CommandError("CommandNotSupported", "$bucketAuto: granularity is not supported")
    reduce = _reductions(spec.get("output", _COUNT), env)

    def run(docs: Stream) -> Iterator[Doc]:
        rows = [(evaluate(doc, env.variables), doc) for doc in docs]
        rows.sort(key=lambda row: order_key(row[0]))
        size = max(1, round(len(rows) / wanted))
        groups: list[list[tuple[Any, Doc]]] = []
        at = 0
        while at < len(rows):
            end = len(rows) if len(groups) == wanted - 1 else min(at + size, len(rows))
            while end < len(rows) and order_key(rows[end][0]) == order_key(rows[end - 1][0]):
                end += 1
            groups.append(rows[at:end])
            at = end
        for number, group in enumerate(groups):
            after = groups[number + 1][0][0] if number + 1 < len(groups) else group[-1][0]
            members = [doc for _, doc in group]
            yield {"_id": {"min": group[0][0], "max": after}, **reduce(members)}

    return run
