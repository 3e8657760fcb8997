"""What every filter is made of: predicates over documents, and tests of single values.

A `Test` looks at one value; `each` and `whole` make it a predicate over what lies under a path.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from desperados.embedded.expressions.operands import Scope
from desperados.embedded.values.collation import Collation
from desperados.embedded.values.order import order_key
from desperados.embedded.values.paths import resolve, values_at
from desperados.embedded.values.types import MISSING, Doc

Predicate = Callable[[Doc], bool]
Test = Callable[[Any], bool]
Path = tuple[str, ...]


@dataclass
class Context:
    """What a filter may refer to besides the document."""

    collation: Collation | None = None
    variables: Doc = field(default_factory=dict)
    scope: Scope = field(default_factory=Scope)

    def key(self, value: Any) -> Any:
        return order_key(value, self.collation.fold if self.collation else None)


def is_operators(condition: Any) -> bool:
    """Whether a field's condition is made of operators, not a document to be equal to."""
    if type(condition) is not dict or not condition:
        return False
    first = next(iter(condition))
    return first.startswith("$") and first not in ("$ref", "$id", "$db")


def all_of(tests: list[Predicate]) -> Predicate:
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda doc: first(doc) and second(doc)
    return lambda doc: all(test(doc) for test in tests)


def each(parts: Path, test: Test) -> Predicate:
    """Holds when the test holds for a value at the path or for an element of an array there.

    Without a path the predicate is about the value itself: an array there is one value.
    """
    if not parts:
        return test
    if len(parts) == 1:
        name = parts[0]

        def simple(doc: Doc) -> bool:
            value = doc.get(name, MISSING)
            if type(value) is list:
                return any(map(test, value)) or test(value)
            return test(value)

        return simple

    def dotted(doc: Doc) -> bool:
        found: list[Any] = []
        resolve(doc, parts, 0, found, elements=True)
        return any(map(test, found))

    return dotted


def whole(parts: Path, test: Test) -> Predicate:
    """Holds when the test holds for a value at the path; arrays are taken as they are."""
    if not parts:
        return test
    return lambda doc: any(map(test, values_at(doc, parts)))


def negated(predicate: Predicate) -> Predicate:
    return lambda doc: not predicate(doc)
