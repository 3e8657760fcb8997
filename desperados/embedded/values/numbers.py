"""BSON's numbers: their widths, and arithmetic that keeps integers whole."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from typing import Any

from bson import Decimal128, Int64

from desperados.embedded.errors import CommandError

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
DECIMAL_CONTEXT = decimal.Context(
    prec=34, Emin=-6143, Emax=6144, rounding=decimal.ROUND_HALF_EVEN, traps=[]
)


def whole(number: int, *, wide: bool) -> int | None:
    """The integer as int32, or int64 when `wide` or needed; None when it fits in neither."""
    if not wide and INT32_MIN <= number <= INT32_MAX:
        return int(number)
    if INT64_MIN <= number <= INT64_MAX:
        return Int64(number)
    return None


def to_decimal(value: Any) -> decimal.Decimal:
    if type(value) is Decimal128:
        return value.to_decimal()
    if type(value) is float:
        # As the server does: a double becomes a decimal of 15 significant digits.
        return decimal.Context(prec=15).create_decimal(value).normalize()
    return decimal.Decimal(int(value))


def from_decimal(value: decimal.Decimal) -> Decimal128:
    return Decimal128(DECIMAL_CONTEXT.create_decimal(value))


def arithmetic(
    left: Any,
    right: Any,
    operation: Callable[[Any, Any], Any],
    decimal_operation: Callable[[decimal.Decimal, decimal.Decimal], decimal.Decimal],
) -> Any:
    """Apply an operation that keeps integers whole; the wider of both types is the result's.

    Returns None when an integer result fits in 64 bits no longer: `$inc` refuses that,
    an expression goes on with a double.
    """
    kinds = (type(left), type(right))
    if Decimal128 in kinds:
        return from_decimal(decimal_operation(to_decimal(left), to_decimal(right)))
    if float in kinds:
        return float(operation(float(left), float(right)))
    return whole(operation(int(left), int(right)), wide=Int64 in kinds)


def as_int(value: Any, what: str) -> int:
    """A whole number given in any numeric type, or FailedToParse."""
    if type(value) in (int, Int64):
        return int(value)
    if type(value) is float and value.is_integer():
        return int(value)
    if type(value) is Decimal128:
        exact = value.to_decimal()
        if exact.is_finite() and exact == exact.to_integral_value():
            return int(exact)
    raise CommandError("FailedToParse", f"Expected an integer: {what}: {value!r}")
