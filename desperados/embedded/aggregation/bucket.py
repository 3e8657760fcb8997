"""Stages that put documents together by ranges of a value: `$bucket` and `$bucketAuto`."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

from desperados.embedded.aggregation.group import COUNT, reductions
from desperados.embedded.aggregation.stages import (
    Environment,
    Stage,
    Stream,
    stage,
)
from desperados.embedded.errors import CommandError, located
from desperados.embedded.expressions.compiler import compile_expression
from desperados.embedded.values.numbers import INT32_MAX, INT32_MIN, as_int
from desperados.embedded.values.order import NAN, NUMBER
from desperados.embedded.values.types import (
    MISSING,
    Doc,
    Key,
    is_number,
    type_name,
)

_BUCKET_OPTIONS = {"groupBy", "boundaries", "default", "output"}
_BUCKET_AUTO_OPTIONS = {"groupBy", "buckets", "output", "granularity"}


@stage("$bucket")
def _bucket(spec: Any, env: Environment) -> Stage:
    if type(spec) is not dict:
        raise located(40201, f"Argument to $bucket must be an object, found {type_name(spec)}")
    for name in spec:
        if name not in _BUCKET_OPTIONS:
            raise located(40197, f"Unrecognized option to $bucket: {name}.")
    if not {"groupBy", "boundaries"} <= set(spec):
        raise located(40198, "$bucket requires 'groupBy' and 'boundaries' to be specified.")
    _check_group_by("$bucket", 40202, spec["groupBy"])
    _check_output("$bucket", 40196, spec)
    evaluate = compile_expression(spec["groupBy"], env.scope)
    names, edges = _boundaries(spec["boundaries"], env)
    otherwise = _default(spec, edges, env)
    reduce = reductions(spec.get("output", COUNT), env)
    key_of = env.context.key

    def run(docs: Stream) -> Iterator[Doc]:
        buckets: dict[Key, tuple[Any, list[Doc]]] = {}
        for doc in docs:
            key = key_of(evaluate(doc, env.variables))
            at = bisect_right(edges, key) - 1
            name = names[at] if 0 <= at < len(edges) - 1 else otherwise
            if name is MISSING:
                raise located(
                    40066,
                    "$switch could not find a matching branch for an input, and "
                    "no default was specified.",
                )
            buckets.setdefault(key_of(name), (name, []))[1].append(doc)
        for key in sorted(buckets):
            name, members = buckets[key]
            yield {"_id": name, **reduce(members)}

    return run


def _boundaries(spec: Any, env: Environment) -> tuple[list[Any], list[Key]]:
    """The lower ends of the buckets and the end of the last, with their keys."""
    if type(spec) is not list:
        raise located(
            40200,
            f"The $bucket 'boundaries' field must be an array, but found type: {type_name(spec)}.",
        )
    if not all(map(_is_constant, spec)):
        raise located(40191, "The $bucket 'boundaries' field must be an array of constant values")
    values = [compile_expression(value, env.scope)({}, env.variables) for value in spec]
    if len(values) < 2:
        raise located(
            40192,
            "The $bucket 'boundaries' field must have at least 2 values, but found "
            f"{len(values)} value(s).",
        )
    keys = [env.context.key(value) for value in values]
    for number in range(1, len(keys)):
        lower, upper = keys[number - 1], keys[number]
        if _kind(lower) != _kind(upper):
            raise located(
                40193,
                "All values in the 'boundaries' option to $bucket must have the same type. Found "
                f"conflicting types {type_name(values[number - 1])} and "
                f"{type_name(values[number])}.",
            )
        if not lower < upper:
            raise located(
                40194,
                f"The 'boundaries' option to $bucket must be sorted, but elements {number - 1} "
                f"and {number} are not in ascending order ({values[number - 1]} is not less than "
                f"{values[number]}).",
            )
    return values, keys


def _default(spec: Doc, edges: list[Key], env: Environment) -> Any:
    """The bucket of what is in no other; MISSING where there is none."""
    if "default" not in spec:
        return MISSING
    if not _is_constant(spec["default"]):
        raise located(40195, "The $bucket 'default' field must be a constant expression")
    value = compile_expression(spec["default"], env.scope)({}, env.variables)
    if edges[0] <= env.context.key(value) < edges[-1]:
        raise located(
            40199,
            "The $bucket 'default' field must be less than the lowest boundary or greater than or "
            "equal to the highest boundary.",
        )
    return value


def _kind(key: Key) -> int:
    rank: int = key[0]
    return NUMBER if rank == NAN else rank


def _is_constant(expression: Any) -> bool:
    """Whether an expression is the same for every document."""
    if type(expression) is str:
        return not expression.startswith("$")
    if type(expression) is list:
        return all(map(_is_constant, expression))
    if type(expression) is dict:
        return "$literal" in expression or all(
            name != "$rand" and _is_constant(value) for name, value in expression.items()
        )
    return True


def _check_group_by(name: str, code: int, expression: Any) -> None:
    path = type(expression) is str and expression.startswith("$")
    if not path and type(expression) is not dict:
        raise located(
            code,
            f"The {name} 'groupBy' field must be defined as a $-prefixed path or an expression, "
            f"but found: {expression!r}.",
        )


def _check_output(name: str, code: int, spec: Doc) -> None:
    if "output" in spec and type(spec["output"]) is not dict:
        raise located(
            code,
            f"The {name} 'output' field must be an object, but found type: "
            f"{type_name(spec['output'])}.",
        )


@stage("$bucketAuto")
def _bucket_auto(spec: Any, env: Environment) -> Stage:
    if type(spec) is not dict:
        raise located(40240, f"The argument to $bucketAuto must be an object: {type_name(spec)}")
    for name in spec:
        if name not in _BUCKET_AUTO_OPTIONS:
            raise located(40245, f"Unrecognized option to $bucketAuto: {name}.")
    if not {"groupBy", "buckets"} <= set(spec):
        raise located(40246, "$bucketAuto requires 'groupBy' and 'buckets' to be specified.")
    _check_group_by("$bucketAuto", 40239, spec["groupBy"])
    _check_output("$bucketAuto", 40244, spec)
    if "granularity" in spec:
        raise CommandError("CommandNotSupported", "$bucketAuto: granularity is not supported")
    wanted = _bucket_count(spec["buckets"])
    evaluate = compile_expression(spec["groupBy"], env.scope)
    reduce = reductions(spec.get("output", COUNT), env)

    def run(docs: Stream) -> Iterator[Doc]:
        rows = [(evaluate(doc, env.variables), doc) for doc in docs]
        groups = list(_even_groups(rows, wanted, env))
        for number, group in enumerate(groups):
            low = _stored(group[0][0])
            high = groups[number + 1][0][0] if number + 1 < len(groups) else group[-1][0]
            members = [doc for _, doc in group]
            yield {"_id": {"min": low, "max": _stored(high)}, **reduce(members)}

    return run


def _bucket_count(value: Any) -> int:
    count: int | None
    if not is_number(value):
        raise located(
            40241,
            "The $bucketAuto 'buckets' field must be a numeric value, but found type: "
            f"{type_name(value)}.",
        )
    try:
        count = as_int(value, "buckets")
    except CommandError:
        count = None
    if count is None or not INT32_MIN <= count <= INT32_MAX:
        raise located(
            40242, "The $bucketAuto 'buckets' field must be representable as a 32-bit integer"
        )
    if count <= 0:
        raise located(
            40243,
            f"The $bucketAuto 'buckets' field must be greater than 0, but found: {count}.",
        )
    return count


def _even_groups(
    rows: list[tuple[Any, Doc]], wanted: int, env: Environment
) -> Iterator[list[tuple[Any, Doc]]]:
    """At most `wanted` groups of about the same size; equal values stay together."""
    keyed = sorted(
        ((env.context.key(value), number) for number, (value, _) in enumerate(rows)),
    )
    ordered = [rows[number] for _, number in keyed]
    size = max(1, round(len(rows) / wanted))
    at = made = 0
    while at < len(ordered):
        end = len(ordered) if made == wanted - 1 else min(at + size, len(ordered))
        while end < len(ordered) and keyed[end][0] == keyed[end - 1][0]:
            end += 1
        yield ordered[at:end]
        at, made = end, made + 1


def _stored(value: Any) -> Any:
    return None if value is MISSING else value
