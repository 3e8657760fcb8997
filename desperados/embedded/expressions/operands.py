"""What every operator of the expression language is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from desperados.embedded.errors import located
from desperados.embedded.values.order import order_key
from desperados.embedded.values.types import MISSING, Doc, type_name

# What an expression compiles to: a function of the document and the variables.
Evaluate = Callable[[Any, Doc], Any]

# More arguments than any call has.
MANY = 1_000_000


@dataclass
class Scope:
    """The variables that an expression may name, besides the system's."""

    names: frozenset[str] = field(default_factory=frozenset)

    def with_names(self, *names: str) -> Scope:
        return Scope(self.names | set(names))


@dataclass(frozen=True)
class Function:
    """An operator: how to compute it, and how many arguments it takes.

    `named` lists the keys of an operator that takes a document, the required ones first
    (`least` of them).
    """

    run: Callable[..., Any]
    least: int = 1
    most: int = 1
    named: tuple[str, ...] | None = None
    positional: bool = False


def constant(value: Any) -> Evaluate:
    return lambda _doc, _variables: value


def absent(value: Any) -> bool:
    return value is None or value is MISSING


def need_array(name: str, value: Any) -> list[Any]:
    if type(value) is not list:
        raise located(
            28651, f"The input argument to {name} must be an array, not {type_name(value)}"
        )
    return value


def ranked(value: Any) -> Any:
    """The order of expressions: a missing value is less than null, and not equal to it."""
    return (0,) if value is MISSING else order_key(value)
