"""Dates that Python's calendar does not have.

The database holds a date as 64 bits of milliseconds, Python knows the years 1 to 9999, and
JavaScript's last day, with which programs say "never", is in the year 275760. The driver refuses
to decode such a date, and with it everything else that was read. Here it is read as a ``FarDate``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, ClassVar, NamedTuple, NoReturn, Self

from bson import DatetimeMS
from bson.codec_options import TypeDecoder

from desperados.engine.errors import CorruptValue


class Place(NamedTuple):
    """Where a value is stored: the class or collection, the path of the field, the ``_id``."""

    document: str
    field: str
    identity: Any


class FarDate(datetime):
    """A stored date before the year 1 or after the year 9999.

    It compares as the date that it is, shows as the first or last millisecond of the calendar, and
    is written back as it was. What would compute with it is refused, for the result would be wrong:
    with a ``CorruptValue`` that names the row.
    """

    __slots__ = ("milliseconds", "place")

    milliseconds: int
    place: Place | None

    met: ClassVar[bool] = False
    """Whether this process has read one: only then is it looked which row it came with."""

    # By this bson knows its own types: it encodes int() of what has 9, as it does for DatetimeMS.
    _type_marker = 9

    def __new__(cls, milliseconds: int, place: Place | None = None) -> Self:
        shown = (9999, 12, 31, 23, 59, 59, 999_000) if milliseconds > 0 else (1, 1, 1, 0, 0, 0, 0)
        made = super().__new__(cls, *shown, UTC)
        made.milliseconds = milliseconds
        made.place = place
        cls.met = True
        return made

    def __int__(self) -> int:
        return self.milliseconds

    def __repr__(self) -> str:
        return f"FarDate({self.milliseconds})"

    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        return FarDate, (self.milliseconds, self.place)

    # All dates of the calendar lie between those that are not in it, as 0 does between theirs.

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FarDate) and self.milliseconds == other.milliseconds

    def __ne__(self, other: object) -> bool:  # the calendar's has one of its own
        return not self == other

    def __hash__(self) -> int:
        return hash(self.milliseconds)

    def __lt__(self, other: date) -> bool:
        return self.milliseconds < _order(other)

    def __le__(self, other: date) -> bool:
        return self.milliseconds <= _order(other)

    def __gt__(self, other: date) -> bool:
        return self.milliseconds > _order(other)

    def __ge__(self, other: date) -> bool:
        return self.milliseconds >= _order(other)

    def _refuse(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        where, field, identity = self.place or Place("A document", "a date", "")
        raise CorruptValue(
            f"{where}.{field} of {identity} is beyond the calendar ({self.milliseconds} ms since "
            "1970), and this needs to compute with it.",
            document=where,
            field=field,
            id=str(identity),
            value=self.milliseconds,
        )

    __add__ = __radd__ = __sub__ = __rsub__ = _refuse
    timestamp = replace = _refuse

    def astimezone(self, _tz: Any = None) -> Self:
        """Itself: no zone has it in its calendar."""
        return self


def _order(other: date) -> int:
    return other.milliseconds if isinstance(other, FarDate) else 0


class FarDateDecoder(TypeDecoder):
    """For the driver's codec. It makes a DatetimeMS of the dates that Python has no other for."""

    bson_type = DatetimeMS

    def transform_bson(self, value: DatetimeMS) -> FarDate:
        """The date as the rest of the program knows it."""
        return FarDate(int(value))


def name_places(stored: Any, document: str, identity: Any = None, path: str = "") -> None:
    """Tell the far dates in a stored document, or a part of one, which row they are in."""
    items = stored.items() if isinstance(stored, Mapping) else enumerate(stored)
    for key, value in list(items):
        if type(value) is FarDate and value.place is None:
            at = Place(document, f"{path}{key}", identity)
            stored[key] = FarDate(value.milliseconds, at)
        elif type(value) is dict or type(value) is list:
            name_places(value, document, identity, f"{path}{key}.")
