"""Stages that look at one document at a time: its fields, its array unwound, another in its place.

Most of them may also make up an update that is written as a pipeline.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from typing import Any

from desperados.embedded.aggregation.stages import (
    Environment,
    Stage,
    Stream,
    compile_pipeline,
    run_stages,
    stage,
)
from desperados.embedded.errors import CommandError, located
from desperados.embedded.expressions.compiler import compile_expression
from desperados.embedded.query.predicates import Context
from desperados.embedded.query.projection import compile_add_fields, compile_projection
from desperados.embedded.values.paths import set_path, value_at
from desperados.embedded.values.types import MISSING, Doc, truthy


def _mapping(function: Callable[[Doc], Doc]) -> Stage:
    return lambda docs: map(function, docs)


@stage("$project")
def _project(spec: Any, env: Environment) -> Stage:
    return _mapping(compile_projection(spec, env.context, aggregate=True))


@stage("$addFields", "$set")
def _add_fields(spec: Any, env: Environment) -> Stage:
    return _mapping(compile_add_fields(spec, env.scope, env.variables))


@stage("$unset")
def _unset(spec: Any, env: Environment) -> Stage:
    names = spec if type(spec) is list else [spec]
    if not names or not all(type(name) is str for name in names):
        raise located(31002, "$unset specification must be a string or an array of strings")
    return _project(dict.fromkeys(names, False), env)


@stage("$replaceRoot")
def _replace_root(spec: Any, env: Environment) -> Stage:
    if type(spec) is not dict or "newRoot" not in spec:
        raise located(40231, "no newRoot specified for the $replaceRoot stage")
    return _replace_with(spec["newRoot"], env)


@stage("$replaceWith")
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


@stage("$unwind")
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
    env = Environment(Context(context.collation, variables, context.scope))
    stages = compile_pipeline(pipeline, env)
    return lambda doc: next(run_stages(stages, [doc]))
