"""Stages that read other collections."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from desperados.embedded.aggregation.stages import (
    Environment,
    Stage,
    Stream,
    compile_pipeline,
    run_stages,
    stage,
)
from desperados.embedded.errors import failed_to_parse, located
from desperados.embedded.expressions.compiler import compile_expression
from desperados.embedded.query.predicates import Context
from desperados.embedded.values.limits import MAX_MEMORY, exceeds_memory, need_memory
from desperados.embedded.values.numbers import as_int
from desperados.embedded.values.paths import set_path, values_at
from desperados.embedded.values.types import MISSING, Doc


@stage("$lookup")
def _lookup(spec: Any, env: Environment) -> Stage:
    if type(spec) is not dict or type(spec.get("as")) is not str:
        raise failed_to_parse("$lookup requires 'as' to be a string")
    source = env.others
    other: Any = spec.get("from")
    if type(other) is not str and "pipeline" not in spec:
        raise failed_to_parse("missing 'from' option to $lookup stage specification")
    known = {"from", "localField", "foreignField", "as", "let", "pipeline"}
    for name in spec:
        if name not in known:
            raise failed_to_parse(f"unknown argument to $lookup: {name}")
    target = tuple(spec["as"].split("."))
    local: Any = spec.get("localField")
    foreign: Any = spec.get("foreignField")
    if (local is None) != (foreign is None) or (local is None and "pipeline" not in spec):
        raise failed_to_parse(
            "$lookup requires both or neither of 'localField' and 'foreignField' to be specified"
        )
    parts = tuple(local.split(".")) if local else ()
    bound = {n: compile_expression(v, env.scope) for n, v in (spec.get("let") or {}).items()}

    def joined(doc: Doc) -> list[Doc]:
        matches: list[Doc] = []
        if local is not None:
            matches = list(source.by_value(other, foreign, _join_values(doc, parts)))
            if "pipeline" not in spec:
                return matches
        variables = {n: evaluate(doc, env.variables) for n, evaluate in bound.items()}
        context = Context(
            env.context.collation,
            {**env.variables, **variables},
            env.scope.with_names(*variables),
        )
        if local is None:
            return list(source.read(other, spec["pipeline"], context))
        inner = Environment(context, source)
        return list(run_stages(compile_pipeline(spec["pipeline"], inner), matches))

    def run(docs: Stream) -> Iterator[Doc]:
        for doc in docs:
            matches = joined(doc)
            if exceeds_memory(matches):
                raise located(
                    4568,
                    f"Total size of documents in {other} matching pipeline's $lookup stage "
                    f"exceeds {MAX_MEMORY} bytes",
                )
            yield set_path(doc, target, matches)

    return run


def _join_values(doc: Doc, parts: tuple[str, ...]) -> list[Any]:
    values: list[Any] = []
    for value in values_at(doc, parts):
        if type(value) is list:
            values.extend(value)
        else:
            values.append(None if value is MISSING else value)
    return values or [None]


@stage("$unionWith")
def _union_with(spec: Any, env: Environment) -> Stage:
    name = spec if type(spec) is str else spec.get("coll")
    pipeline = [] if type(spec) is str else spec.get("pipeline", [])
    source = env.others
    if type(name) is not str:
        raise failed_to_parse("$unionWith needs a collection")
    return lambda docs: itertools.chain(docs, source.read(name, pipeline, env.context))


@stage("$graphLookup")
def _graph_lookup(spec: Any, env: Environment) -> Stage:
    source = env.others
    needed = {"from", "startWith", "connectFromField", "connectToField", "as"}
    if type(spec) is not dict or not needed <= set(spec):
        raise located(
            40105,
            "$graphLookup requires 'from', 'as', 'startWith', "
            "'connectFromField', and 'connectToField'",
        )
    start = compile_expression(spec["startWith"], env.scope)
    parts = tuple(spec["connectFromField"].split("."))
    deepest = as_int(spec["maxDepth"], "maxDepth") if "maxDepth" in spec else None
    restrict = spec.get("restrictSearchWithMatch")
    stages = compile_pipeline([{"$match": restrict}] if restrict else [], env)

    def reach(doc: Doc) -> list[Doc]:
        first = start(doc, env.variables)
        wanted = list(first) if type(first) is list else [first]
        found: dict[Any, Doc] = {}
        depth = 0
        while wanted and (deepest is None or depth <= deepest):
            fresh = []
            reached = source.by_value(spec["from"], spec["connectToField"], wanted)
            for other in run_stages(stages, reached):
                key = env.context.key(other["_id"])
                if key not in found:
                    shown = other
                    if "depthField" in spec:
                        shown = {**other, spec["depthField"]: depth}
                    found[key] = shown
                    fresh.append(other)
            wanted = [value for other in fresh for value in _join_values(other, parts)]
            depth += 1
        return need_memory("$graphLookup", list(found.values()))

    target = tuple(spec["as"].split("."))
    return lambda docs: (set_path(doc, target, reach(doc)) for doc in docs)
