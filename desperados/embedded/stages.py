"""Aggregation stages: each turns a stream of documents into another.

Documents in the stream may belong to the store: a stage never changes one, it makes a new one.
"""

from __future__ import annotations

import datetime
import itertools
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from desperados.embedded.accumulators import compile_accumulator
from desperados.embedded.errors import CommandError, located
from desperados.embedded.expressions import compile_expression
from desperados.embedded.match import compile_filter
from desperados.embedded.operands import Scope
from desperados.embedded.paths import set_path, value_at
from desperados.embedded.predicates import Context
from desperados.embedded.projection import compile_add_fields, compile_projection
from desperados.embedded.query import read_sort, sort_value
from desperados.embedded.values import MISSING, Doc, Key, as_int, is_number, order_key, truthy

Stream = Iterable[Doc]
Stage = Callable[[Stream], Iterator[Doc]]


class Source(Protocol):
    """Where a pipeline reads other collections and puts its output."""

    def read(self, collection: str, pipeline: list[Doc], context: Context) -> Iterator[Doc]: ...

    def by_value(self, collection: str, field: str, values: list[Any]) -> Iterator[Doc]: ...

    def out(self, spec: Any, docs: Stream) -> None: ...

    def merge(self, spec: Any, docs: Stream, context: Context) -> None: ...


@dataclass
class Environment:
    """What the stages of one pipeline share."""

    source: Source | None = None
    context: Context = field(default_factory=Context)

    @property
    def scope(self) -> Scope:
        return self.context.scope

    @property
    def variables(self) -> Doc:
        return self.context.variables


def compile_pipeline(pipeline: Any, env: Environment) -> list[Stage]:
    """Check a pipeline and make its stages."""
    if type(pipeline) is not list:
        raise CommandError("TypeMismatch", "'pipeline' option must be specified as an array")
    stages = []
    for number, spec in enumerate(pipeline):
        if type(spec) is not dict or len(spec) != 1:
            raise located(
                40323, "A pipeline stage specification object must contain exactly one field."
            )
        name, operand = next(iter(spec.items()))
        build = _STAGES.get(name)
        if build is None:
            raise located(40324, f"Unrecognized pipeline stage name: '{name}'")
        if name in ("$out", "$merge") and number != len(pipeline) - 1:
            raise located(40601, f"{name} can only be the final stage in the pipeline")
        stages.append(build(operand, env))
    return stages


def run_stages(stages: list[Stage], docs: Stream) -> Iterator[Doc]:
    stream: Iterator[Doc] = iter(docs)
    for stage in stages:
        stream = stage(stream)
    return stream


def _mapping(function: Callable[[Doc], Doc]) -> Stage:
    return lambda docs: map(function, docs)


def _match(spec: Any, env: Environment) -> Stage:
    matches = compile_filter(spec, env.context)
    return lambda docs: filter(matches, docs)


def _project(spec: Any, env: Environment) -> Stage:
    return _mapping(compile_projection(spec, env.context, aggregate=True))


def _add_fields(spec: Any, env: Environment) -> Stage:
    return _mapping(compile_add_fields(spec, env.scope, env.variables))


def _unset(spec: Any, env: Environment) -> Stage:
    names = spec if type(spec) is list else [spec]
    if not names or not all(type(name) is str for name in names):
        raise located(31002, "$unset specification must be a string or an array of strings")
    return _project(dict.fromkeys(names, False), env)


def _sort(spec: Any, env: Environment) -> Stage:
    sort = read_sort(spec)
    if not sort:
        raise located(15976, "$sort stage must have at least one sort key")
    collation = env.context.collation
    fold = collation.fold if collation else None

    def run(docs: Stream) -> Iterator[Doc]:
        ordered = list(docs)
        for name, direction in reversed(sort):
            parts = tuple(name.split("."))

            def place(doc: Doc, p: tuple[str, ...] = parts, d: int = direction) -> Key:
                return sort_value(doc, p, d, fold)

            ordered.sort(key=place, reverse=direction < 0)
        return iter(ordered)

    return run


def _limit(spec: Any, _env: Environment) -> Stage:
    count = _count_of("$limit", spec)
    if count == 0:
        raise located(15958, "the limit must be positive")
    return lambda docs: itertools.islice(docs, count)


def _skip(spec: Any, _env: Environment) -> Stage:
    count = _count_of("$skip", spec)
    return lambda docs: itertools.islice(docs, count, None)


def _count_of(name: str, spec: Any) -> int:
    if not is_number(spec) or as_int(spec, name) < 0:
        raise located(
            5107201,
            f"invalid argument to {name} stage: Expected a non-negative number "
            f"in: {name}: {spec!r}",
        )
    return as_int(spec, name)


def _group(spec: Any, env: Environment) -> Stage:
    if type(spec) is not dict or "_id" not in spec:
        raise located(15955, "a group specification must include an _id")
    identity = compile_expression(spec["_id"], env.scope)
    fields = [
        (name, compile_accumulator(name, value, env.scope, env.variables))
        for name, value in spec.items()
        if name != "_id"
    ]
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
            yield {"_id": value, **{name: reduce(members) for name, reduce in fields}}

    return run


def _count(spec: Any, _env: Environment) -> Stage:
    if type(spec) is not str or not spec or spec.startswith("$") or "." in spec:
        raise located(40156, "the count field must be a non-empty string without '$' or '.'")

    def run(docs: Stream) -> Iterator[Doc]:
        number = sum(1 for _ in docs)
        if number:
            yield {spec: number}

    return run


def _sort_by_count(spec: Any, env: Environment) -> Stage:
    group = _group({"_id": spec, "count": {"$sum": 1}}, env)
    order = _sort({"count": -1}, env)
    return lambda docs: order(group(docs))


def _unwind(spec: Any, _env: Environment) -> Stage:
    if type(spec) is str:
        spec = {"path": spec}
    path = spec.get("path") if type(spec) is dict else None
    if type(path) is not str or not path.startswith("$"):
        raise located(28818, "path option to $unwind stage should be prefixed with a '$'")
    parts = tuple(path[1:].split("."))
    keep = truthy(spec.get("preserveNullAndEmptyArrays"))
    position = spec.get("includeArrayIndex")

    def run(docs: Stream) -> Iterator[Doc]:
        for doc in docs:
            value = value_at(doc, parts)
            if type(value) is list and value:
                for number, item in enumerate(value):
                    fresh = set_path(doc, parts, item)
                    yield _numbered(fresh, position, number)
            elif type(value) is list or value is None or value is MISSING:
                if keep:
                    fresh = _without(doc, parts) if type(value) is list else doc
                    yield _numbered(fresh, position, None)
            else:
                yield _numbered(doc, position, None)

    return run


def _numbered(doc: Doc, name: str | None, number: int | None) -> Doc:
    return doc if name is None else set_path(doc, tuple(name.split(".")), number)


def _without(doc: Doc, parts: tuple[str, ...]) -> Doc:
    fresh = dict(doc)
    if len(parts) == 1:
        fresh.pop(parts[0], None)
    elif type(fresh.get(parts[0])) is dict:
        fresh[parts[0]] = _without(fresh[parts[0]], parts[1:])
    return fresh


def _replace_root(spec: Any, env: Environment) -> Stage:
    if type(spec) is not dict or "newRoot" not in spec:
        raise located(40231, "no newRoot specified for the $replaceRoot stage")
    return _replace_with(spec["newRoot"], env)


def _replace_with(spec: Any, env: Environment) -> Stage:
    evaluate = compile_expression(spec, env.scope)
    variables = env.variables

    def replace(doc: Doc) -> Doc:
        value = evaluate(doc, variables)
        if type(value) is not dict:
            raise located(
                40228,
                "'newRoot' expression must evaluate to an object, but resulting value was: "
                f"{value!r}",
            )
        return value

    return _mapping(replace)


def _facet(spec: Any, env: Environment) -> Stage:
    if type(spec) is not dict or not spec:
        raise located(40169, "the $facet specification must be a non-empty object")
    facets = {name: compile_pipeline(pipeline, env) for name, pipeline in spec.items()}

    def run(docs: Stream) -> Iterator[Doc]:
        members = list(docs)
        yield {name: list(run_stages(stages, members)) for name, stages in facets.items()}

    return run


def _bucket(spec: Any, env: Environment) -> Stage:
    evaluate = compile_expression(spec["groupBy"], env.scope)
    edges = [order_key(edge) for edge in spec["boundaries"]]
    if len(edges) < 2 or edges != sorted(edges):
        raise located(40192, "The 'boundaries' option to $bucket must be sorted in ascending order")
    output = spec.get("output", {"count": {"$sum": 1}})
    fields = [
        (name, compile_accumulator(name, value, env.scope, env.variables))
        for name, value in output.items()
    ]

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
            yield {"_id": name, **{field: reduce(buckets[at]) for field, reduce in fields}}

    return run


def _bucket_auto(spec: Any, env: Environment) -> Stage:
    evaluate = compile_expression(spec["groupBy"], env.scope)
    wanted = as_int(spec["buckets"], "buckets")
    if spec.get("granularity") is not None:
        raise CommandError("CommandNotSupported", "$bucketAuto: granularity is not supported")
    fields = [
        (name, compile_accumulator(name, value, env.scope, env.variables))
        for name, value in spec.get("output", {"count": {"$sum": 1}}).items()
    ]

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
            yield {
                "_id": {"min": group[0][0], "max": after},
                **{name: reduce(members) for name, reduce in fields},
            }

    return run


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


def _documents(spec: Any, env: Environment) -> Stage:
    evaluate = compile_expression(spec, env.scope)

    def run(_docs: Stream) -> Iterator[Doc]:
        items = evaluate({}, env.variables)
        if type(items) is not list or not all(type(item) is dict for item in items):
            raise located(5858203, "an array of documents is expected")
        return iter(items)

    return run


def _redirect(name: str) -> Callable[[Any, Environment], Stage]:
    def build(spec: Any, env: Environment) -> Stage:
        def run(docs: Stream) -> Iterator[Doc]:
            source = _need_source(env)
            if name == "$out":
                source.out(spec, docs)
            else:
                source.merge(spec, docs, env.context)
            return iter(())

        return run

    return build


def _need_source(env: Environment) -> Source:
    if env.source is None:
        raise CommandError("InvalidOptions", "this stage is not allowed here")
    return env.source


_STAGES: dict[str, Callable[[Any, Environment], Stage]] = {
    "$match": _match,
    "$project": _project,
    "$addFields": _add_fields,
    "$set": _add_fields,
    "$unset": _unset,
    "$sort": _sort,
    "$limit": _limit,
    "$skip": _skip,
    "$group": _group,
    "$count": _count,
    "$sortByCount": _sort_by_count,
    "$unwind": _unwind,
    "$replaceRoot": _replace_root,
    "$replaceWith": _replace_with,
    "$facet": _facet,
    "$bucket": _bucket,
    "$bucketAuto": _bucket_auto,
    "$sample": _sample,
    "$documents": _documents,
    "$out": _redirect("$out"),
    "$merge": _redirect("$merge"),
}


def register_stage(name: str, build: Callable[[Any, Environment], Stage]) -> None:
    _STAGES[name] = build


_UPDATE_STAGES = {"$addFields", "$set", "$unset", "$project", "$replaceRoot", "$replaceWith"}


def compile_pipeline_update(
    pipeline: list[Any], context: Context, now: datetime.datetime
) -> Callable[[Doc], Doc]:
    """An update written as a pipeline: a function from the old document to the new."""
    for spec in pipeline:
        if type(spec) is dict and len(spec) == 1:
            name = next(iter(spec))
            if name not in _UPDATE_STAGES:
                raise CommandError(
                    "InvalidOptions", f"{name} is not allowed to be used within an update"
                )
    variables = {"NOW": now, **context.variables}
    env = Environment(context=Context(context.collation, variables, context.scope))
    stages = compile_pipeline(pipeline, env)
    return lambda doc: next(run_stages(stages, [doc]))
