"""What notices say, how long they last, and how many of one kind a list shows. Pure."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from desperados.characters.notices.documents import NoticeType
from desperados.engine.storage.far_dates import FarDate

LASTS = timedelta(days=30)
HOUR = timedelta(hours=1)
LONGEST_TITLE, LONGEST_MESSAGE = 200, 500
# What shows more of one type in one hour is a flood, and hides the rest of the list.
SHOWN_OF_AN_HOUR = 30
NEVER_MUTED = frozenset({NoticeType.JAIL, NoticeType.SYSTEM, NoticeType.MAIL_RECEIVED})

Row = Mapping[str, Any]
Slot = tuple[str, datetime]  # a type of notice, and the beginning of an hour


@dataclass(frozen=True, slots=True)
class Text:
    """What a notice says: English, with fields in braces as ``str.format`` knows them.

    The notice keeps ``code`` and the fields beside the English, so that a client that speaks
    another language says it itself.
    """

    code: str
    type: NoticeType
    title: str
    message: str

    @property
    def fields(self) -> frozenset[str]:
        """The names of the fields that it needs."""
        parts = string.Formatter().parse(self.title + self.message)
        return frozenset(name for _, name, _, _ in parts if name)

    def filled(self, fields: Mapping[str, Any]) -> tuple[str, str]:
        """Title and message. What a name makes too long is cut.

        Raises:
            KeyError: a field is missing.
        """
        return (
            _cut(self.title.format_map(fields), LONGEST_TITLE),
            _cut(self.message.format_map(fields), LONGEST_MESSAGE),
        )


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def hour_of(moment: datetime) -> datetime:
    """The beginning of the hour (UTC). A date beyond the calendar is an hour of its own."""
    if isinstance(moment, FarDate):
        return moment
    return moment.replace(minute=0, second=0, microsecond=0)


def end_of(hour: datetime) -> datetime:
    """The end of the hour that began at ``hour``."""
    return hour if isinstance(hour, FarDate) else hour + HOUR


def date_of(row: Row) -> datetime:
    """Since when a notice is there. Of a row without a date the id tells it, to the second."""
    date: datetime = row.get("createdAt") or row["_id"].generation_time
    return date


def slot_of(row: Row) -> Slot:
    """What is counted together: notices of one type in one hour."""
    return row.get("type", ""), hour_of(date_of(row))


def shown_of(
    rows: Iterable[Row], before: Mapping[Slot, int]
) -> tuple[Sequence[Row], Mapping[Slot, Row]]:
    """Which of these rows, newest first, a list shows, and the last shown of each full slot.

    ``before`` counts what earlier pages showed. A slot is full with 30; what is older is merged
    into the last one that is shown.
    """
    counted = Counter(before)
    shown: list[Row] = []
    full: dict[Slot, Row] = {}
    for row in rows:
        slot = slot_of(row)
        counted[slot] += 1
        if counted[slot] <= SHOWN_OF_AN_HOUR:
            shown.append(row)
        if counted[slot] == SHOWN_OF_AN_HOUR:
            full[slot] = row
    return shown, full
