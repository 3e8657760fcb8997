"""Arithmetic of expressions and accumulators: integers stay whole, the wider type wins."""

from __future__ import annotations

import decimal
import math
import operator
from collections.abc import Callable
from typing import Any

from bson import Decimal128, Int64

from desperados.embedded.errors import CommandError, located
from desperados.embedded.expressions.operands import Function, absent
from desperados.embedded.values.moments import add_dates, is_date, subtract_dates
from desperados.embedded.values.numbers import (
    DECIMAL_CONTEXT,
    arithmetic,
    from_decimal,
    to_decimal,
    whole,
)
from desperados.embedded.values.order import order_key
from desperados.embedded.values.types import (
    NUMERIC,
    is_number,
    truthy,
    type_name,
)


def need_numbers(name: str, *values: Any) -> None:
    for value in values:
        if type(value) not in NUMERIC:
            raise CommandError(
                "TypeMismatch", f"{name} only supports numeric types, not {type_name(value)}"
            )


def add(*values: Any) -> Any:
    if any(map(absent, values)):
        return None

    if any(map(is_date, values)):
        return add_dates(values)
    need_numbers("$add", *values)
    total: Any = 0
    for value in values:
        total = combine(total, value, operator.add)
    return total


def combine(left: Any, right: Any, function: Callable[[Any, Any], Any]) -> Any:
    """Arithmetic in the wider type of both; beyond 64 bits it goes on as a double."""
    result = arithmetic(left, right, function, function)
    return float(function(float(left), float(right))) if result is None else result


def subtract(left: Any, right: Any) -> Any:
    if absent(left) or absent(right):
        return None

    if is_date(left):
        return subtract_dates(left, right)
    need_numbers("$subtract", left, right)
    return combine(left, right, operator.sub)


def multiply(*values: Any) -> Any:
    if any(map(absent, values)):
        return None
    need_numbers("$multiply", *values)
    total: Any = 1
    for value in values:
        total = combine(total, value, operator.mul)
    return total


def divide(left: Any, right: Any) -> Any:
    if absent(left) or absent(right):
        return None
    need_numbers("$divide", left, right)
    if not truthy(right):
        raise CommandError("BadValue", "can't $divide by zero")
    if Decimal128 in (type(left), type(right)):
        return from_decimal(DECIMAL_CONTEXT.divide(to_decimal(left), to_decimal(right)))
    return float(left) / float(right)


def modulo(left: Any, right: Any) -> Any:
    if absent(left) or absent(right):
        return None
    need_numbers("$mod", left, right)
    if not truthy(right):
        raise located(16610, "can't $mod by zero")

    def integers(a: int, b: int) -> int:
        rest = abs(a) % abs(b)
        return -rest if a < 0 else rest

    if float in (type(left), type(right)) and Decimal128 not in (type(left), type(right)):
        return math.fmod(float(left), float(right))
    return arithmetic(left, right, integers, DECIMAL_CONTEXT.remainder)


def unary(
    name: str, whole_number: Callable[[int], int] | None, real: Callable[[float], float]
) -> Function:
    def run(value: Any) -> Any:
        if absent(value):
            return None
        need_numbers(name, value)
        if type(value) is Decimal128:
            return from_decimal(decimal.Decimal(repr(real(float(value.to_decimal())))))
        if whole_number is not None and type(value) is not float:
            return whole(whole_number(int(value)), wide=type(value) is Int64)
        try:
            return float(real(float(value)))
        except (ValueError, OverflowError):
            return math.nan

    return Function(run)


def rounding(mode: str) -> Callable[..., Any]:
    def run(value: Any, place: Any = 0) -> Any:
        if absent(value) or absent(place):
            return None
        need_numbers("$round" if mode == decimal.ROUND_HALF_EVEN else "$trunc", value)
        if type(value) is float and not math.isfinite(value):
            return value
        number = value.to_decimal() if type(value) is Decimal128 else decimal.Decimal(value)
        step = decimal.Decimal(1).scaleb(-int(place))
        context = decimal.Context(prec=400, rounding=mode)
        result = (
            number.quantize(step, context=context)
            if int(place) >= 0
            else ((number / step).quantize(decimal.Decimal(1), context=context) * step)
        )
        if type(value) is Decimal128:
            return from_decimal(result)
        if type(value) is float:
            return float(result)
        return whole(int(result), wide=type(value) is Int64)

    return run


def power(base: Any, exponent: Any) -> Any:
    if absent(base) or absent(exponent):
        return None
    need_numbers("$pow", base, exponent)
    if type(exponent) in (int, Int64) and exponent < 0 and type(base) in (int, Int64):
        return float(base) ** float(exponent)
    return combine(base, exponent, operator.pow)


def logarithm(value: Any, base: Any) -> Any:
    if absent(value) or absent(base):
        return None
    need_numbers("$log", value, base)
    return math.log(float(value)) / math.log(float(base))


# Over many values ---------------------------------------------------------------------------


def flatten_single(values: tuple[Any, ...]) -> list[Any]:
    """The operands of `$sum`, `$avg`, `$min`, `$max` as expressions: one array is its items."""
    if len(values) == 1 and type(values[0]) is list:
        return list(values[0])
    return list(values)


def total(values: list[Any]) -> Any:
    result: Any = 0
    for value in values:
        if type(value) in NUMERIC:
            result = combine(result, value, operator.add)
    return result


def average(values: list[Any]) -> Any:
    numbers = [value for value in values if type(value) in NUMERIC]
    return divide(total(numbers), len(numbers)) if numbers else None


def extreme(values: list[Any], *, greatest: bool) -> Any:
    present = [value for value in values if not absent(value)]
    if not present:
        return None
    return max(present, key=order_key) if greatest else min(present, key=order_key)


def deviation(values: list[Any], *, sample: bool) -> Any:
    numbers = [float(to_decimal(value)) for value in values if is_number(value)]
    count = len(numbers) - sample
    if count <= 0:
        return None
    mean = math.fsum(numbers) / len(numbers)
    return math.sqrt(math.fsum((number - mean) ** 2 for number in numbers) / count)
