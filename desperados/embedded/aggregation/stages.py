"""What an aggregation pipeline is made of: stages, each turning a stream of documents into another.

The stages themselves are in `fields`, `stream`, `group`, `bucket` and `join`.
Documents in a stream may belong to the store: a stage never changes one, it makes a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from desperados.embedded.errors import CommandError, located
from desperados.embedded.expressions.operands import Scope
from desperados.embedded.query.predicates import Context
from desperados.embedded.values.types import Doc

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
    """What the stages of one pipeline share. The pipeline of an update has no source."""

    context: Context
    source: Source | None = None

    @property
    def scope(self) -> Scope:
        return self.context.scope

    @property
    def variables(self) -> Doc:
        return self.context.variables

    @property
    def others(self) -> Source:
        """The source, for the stages that an update's pipeline cannot have."""
        assert self.source is not None
        return self.source


Build = Callable[[Any, Environment], Stage]
STAGES: dict[str, Build] = {}


def stage(*names: str) -> Callable[[Build], Build]:
    """Enter the builder of a stage in the table, under each of its names."""

    def enter(build: Build) -> Build:
        STAGES.update(dict.fromkeys(names, build))
        return build

    return enter


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
        build = STAGES.get(name)
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
