"""Stages that pick, order and hand on whole documents."""

from __future__ import annotations

import itertools
import random
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
from desperados.embedded.errors import located
from desperados.embedded.expressions.compiler import compile_expression
from desperados.embedded.query.match import compile_filter
from desperados.embedded.query.sorting import read_sort, sort_items
from desperados.embedded.values.limits import MAX_MEMORY, exceeds_memory
from desperados.embedded.values.numbers import as_int
from desperados.embedded.values.types import Doc, is_number


@stage("$match")
def _match(spec: Any, env: Environment) -> Stage:
    matches = compile_filter(spec, env.context)
    return lambda docs: filter(matches, docs)


@stage("$sort")
def _sort(spec: Any, env: Environment) -> Stage:
    sort = read_sort(spec)
    if not sort:
        raise located(15976, "$sort stage must have at least one sort key")
    collation = env.context.collation
    return lambda docs: iter(sort_items(list(docs), lambda doc: doc, sort, collation))


@stage("$limit")
def _limit(spec: Any, _env: Environment) -> Stage:
    count = _amount("$limit", spec)
    if count == 0:
        raise located(15958, "the limit must be positive")
    return lambda docs: itertools.islice(docs, count)


@stage("$skip")
def _skip(spec: Any, _env: Environment) -> Stage:
    count = _amount("$skip", spec)
    return lambda docs: itertools.islice(docs, count, None)


def _amount(name: str, spec: Any) -> int:
    if not is_number(spec) or as_int(spec, name) < 0:
        raise located(
            5107201,
            f"invalid argument to {name} stage: Expected a non-negative number "
            f"in: {name}: {spec!r}",
        )
    return as_int(spec, name)


@stage("$sample")
def _sample(spec: Any, _env: Environment) -> Stage:
    if type(spec) is not dict or "size" not in spec:
        raise located(28745, "$sample stage must specify a size")
    size = as_int(spec["size"], "$sample.size")
    if size <= 0:
        raise located(28747, "size argument to $sample must be a positive integer")

    def run(docs: Stream) -> Iterator[Doc]:
        members = list(docs)
        return iter(random.sample(members, min(size, len(members))))

    return run


@stage("$documents")
def _documents(spec: Any, env: Environment) -> Stage:
    evaluate = compile_expression(spec, env.scope)

    def run(_docs: Stream) -> Iterator[Doc]:
        items = evaluate({}, env.variables)
        if type(items) is not list or not all(type(item) is dict for item in items):
            raise located(5858203, "an array of documents is expected")
        return iter(items)

    return run


@stage("$facet")
def _facet(spec: Any, env: Environment) -> Stage:
    if type(spec) is not dict or not spec:
        raise located(40169, "the $facet specification must be a non-empty object")
    facets = {name: compile_pipeline(pipeline, env) for name, pipeline in spec.items()}

    def run(docs: Stream) -> Iterator[Doc]:
        members = list(docs)
        made = {name: list(run_stages(stages, members)) for name, stages in facets.items()}
        if exceeds_memory([doc for docs in made.values() for doc in docs]):
            raise located(
                4031700,
                f"document constructed by $facet exceeds the limit of {MAX_MEMORY} bytes",
            )
        yield made

    return run


@stage("$out")
def _out(spec: Any, env: Environment) -> Stage:
    def run(docs: Stream) -> Iterator[Doc]:
        env.others.out(spec, docs)
        return iter(())

    return run


@stage("$merge")
def _merge(spec: Any, env: Environment) -> Stage:
    def run(docs: Stream) -> Iterator[Doc]:
        env.others.merge(spec, docs, env.context)
        return iter(())

    return run
