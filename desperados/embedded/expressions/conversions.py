"""`$convert` and its short forms: which type becomes which, and numbers read from text.

What MongoDB does not convert is refused with ConversionFailure (241), never guessed: Python takes
`1_000`, ` 5` and digits of other scripts for numbers, the server does not.
"""

from __future__ import annotations

import decimal
import math
import re
import sys
from collections.abc import Callable
from typing import Any

from bson import Decimal128, Int64, ObjectId
from bson.errors import InvalidId

from desperados.embedded.errors import CommandError
from desperados.embedded.expressions.operands import Function, absent
from desperados.embedded.expressions.texts import text
from desperados.embedded.values.moments import from_date, is_date, to_date
from desperados.embedded.values.numbers import DECIMAL_CONTEXT, from_decimal, to_decimal, whole
from desperados.embedded.values.types import TYPE_NUMBERS, is_number, truthy, type_name

_IN_CONVERT = "in $convert with no onError value"


def _failure(message: str) -> CommandError:
    return CommandError("ConversionFailure", message, number=241)


def _unsupported(value: Any, kind: str) -> CommandError:
    return _failure(f"Unsupported conversion from {type_name(value)} to {kind} {_IN_CONVERT}")


# Numbers from text --------------------------------------------------------------------------

_DIGITS = re.compile(r"[-+]?[0-9]+")
_REAL = re.compile(
    r"[-+]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?|nan|inf(?:inity)?)", re.IGNORECASE
)
_HEXADECIMAL = re.compile(r"[-+]?0x", re.IGNORECASE)
_NOT_ZERO = re.compile(r"[1-9]")


def _unreadable(value: str, reason: str) -> CommandError:
    return _failure(f"Failed to parse number '{value}' {_IN_CONVERT}: {reason}")


def _check_form(value: str, form: re.Pattern[str]) -> None:
    if _HEXADECIMAL.match(value):
        raise _failure(f"Illegal hexadecimal input {_IN_CONVERT}: {value}")
    if not value:
        raise _unreadable(value, "No digits" if form is _DIGITS else "Empty string")
    if value[0].isspace() and form is _REAL:
        raise _unreadable(value, "Leading whitespace")
    if not form.fullmatch(value):
        raise _unreadable(value, "Did not consume whole string.")


def _integer_from_text(value: str) -> int:
    _check_form(value, _DIGITS)
    return int(value)


def _double_from_text(value: str) -> float:
    _check_form(value, _REAL)
    number = float(value)
    mantissa = value.lower().partition("e")[0]
    overflow = math.isinf(number) and "n" not in mantissa
    # The C library calls what is nearer to zero than a full-precision double out of range.
    underflow = abs(number) < sys.float_info.min and _NOT_ZERO.search(mantissa) is not None
    if overflow or underflow:
        raise _unreadable(value, "Out of range")
    return number


def _decimal_from_text(value: str) -> Decimal128:
    _check_form(value, _REAL)
    context = DECIMAL_CONTEXT.copy()
    context.clear_flags()
    number = context.create_decimal(value)
    for flag, word in ((decimal.Overflow, "overflow"), (decimal.Underflow, "underflow")):
        if context.flags[flag]:
            raise _unreadable(value, f"Conversion from string to decimal would {word}")
    return Decimal128(number)


# The types ----------------------------------------------------------------------------------


def _to_double(value: Any) -> float:
    if type(value) is str:
        return _double_from_text(value)
    if type(value) is bool:
        return float(value)
    if is_date(value):
        return float(from_date(value))
    if type(value) is not Decimal128:
        return float(value)
    number = float(value.to_decimal())
    if math.isinf(number) and value.to_decimal().is_finite():
        raise _failure(f"Conversion would overflow target type {_IN_CONVERT}: {value}")
    return number


def _to_decimal(value: Any) -> Decimal128:
    if type(value) is str:
        return _decimal_from_text(value)
    return from_decimal(to_decimal(from_date(value)))


def _to_integer(value: Any, kind: str) -> int:
    number = from_date(value)
    if type(value) is str:
        number = _integer_from_text(value)
    elif type(value) in (float, Decimal128):
        exact = to_decimal(value) if type(value) is Decimal128 else decimal.Decimal(value)
        if not exact.is_finite():
            name = "NaN" if exact.is_nan() else "infinity"
            raise _failure(f"Attempt to convert {name} value to integer type {_IN_CONVERT}")
        number = int(exact)
    result = whole(int(number), wide=kind == "long")
    if result is None or (kind == "int" and type(result) is Int64):
        if type(value) is str:
            raise _unreadable(value, "Overflow")
        raise _failure(f"Conversion would overflow target type {_IN_CONVERT}: {value}")
    return result


def _to_object_id(value: Any) -> ObjectId:
    try:
        # 12 bytes would do for the driver.
        return value if isinstance(value, ObjectId) else ObjectId(str(value))
    except InvalidId as error:
        raise _failure(f"Failed to parse objectId '{value}' {_IN_CONVERT}: {error}") from None


def _to_date(value: Any) -> Any:
    try:
        return to_date(value)
    except ValueError:
        raise _failure(f"Error parsing date string '{value}'; {_IN_CONVERT}") from None
    except OverflowError:
        raise _failure(f"Conversion would overflow target type {_IN_CONVERT}: {value}") from None


_PLAIN = frozenset({"double", "int", "long", "decimal", "string", "bool", "date"})
# What each type can be made of, and how.
_CONVERSIONS: dict[str, tuple[frozenset[str], Callable[[Any], Any]]] = {
    "double": (_PLAIN, _to_double),
    "decimal": (_PLAIN, _to_decimal),
    "int": (_PLAIN - {"date"}, lambda value: _to_integer(value, "int")),
    "long": (_PLAIN, lambda value: _to_integer(value, "long")),
    "string": (_PLAIN | {"objectId"}, text),
    "objectId": (frozenset({"string", "objectId"}), _to_object_id),
    "date": ((_PLAIN | {"objectId", "timestamp"}) - {"int", "bool"}, _to_date),
}


def convert(value: Any, kind: str) -> Any:
    """`$convert`: raises ConversionFailure (241) when the value has no such form."""
    if kind == "bool":
        return truthy(value)
    sources, run = _CONVERSIONS.get(kind, (frozenset(), None))
    if run is None or type_name(value) not in sources:
        raise _unsupported(value, kind)
    return run(value)


def _to(kind: str) -> Function:
    return Function(lambda value: None if absent(value) else convert(value, kind))


def _convert(**arguments: Any) -> Any:
    value, kind = arguments["input"], arguments["to"]
    if absent(value):
        return arguments.get("onNull")
    if type(kind) is dict:
        kind = kind.get("type")
    if is_number(kind):
        kind = {number: name for name, number in TYPE_NUMBERS.items()}.get(int(kind))
    if kind not in TYPE_NUMBERS:
        raise CommandError("BadValue", f"Unknown type name: {arguments['to']}")
    if "onError" not in arguments:
        return convert(value, kind)
    try:
        return convert(value, kind)
    except CommandError:
        return arguments["onError"]


CONVERSIONS: dict[str, Function] = {
    "$convert": Function(_convert, 2, 2, ("input", "to", "onError", "onNull", "format")),
    "$toString": _to("string"),
    "$toInt": _to("int"),
    "$toLong": _to("long"),
    "$toDouble": _to("double"),
    "$toDecimal": _to("decimal"),
    "$toBool": _to("bool"),
    "$toObjectId": _to("objectId"),
    "$toDate": _to("date"),
}
