"""Stages that put documents together in groups and give one document for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from desperados.embedded.aggregation.accumulators import compile_accumulator
from desperados.embedded.aggregation.stages import (
    Environment,
    Stage,
    Stream,
    compile_pipeline,
    run_stages,
    stage,
)
from desperados.embedded.errors import located
from desperados.embedded.expressions.compiler import compile_expression
from desperados.embedded.values.types import MISSING, Doc, Key

COUNT: Doc = {"count": {"$sum": 1}}


def reductions(spec: Doc, env: Environment) -> Callable[[list[Doc]], Doc]:
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
    reduce = reductions({name: value for name, value in spec.items() if name != "_id"}, env)
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
    stages = compile_pipeline([{"$group": {"_id": spec, **COUNT}}, {"$sort": {"count": -1}}], env)
    return lambda docs: run_stages(stages, docs)
