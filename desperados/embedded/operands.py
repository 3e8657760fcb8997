"""What every operator of the expression language is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from desperados.embedded.errors import located
from desperados.embedded.values import (
    MISSING,
    order_key,
    type_name,
)

# More arguments than any call has.
MANY = 1_000_000


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
