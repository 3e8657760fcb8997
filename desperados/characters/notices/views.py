"""What is shown of notices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic_core import to_jsonable_python

from desperados.characters.notices.rules import date_of
from desperados.engine.views import Id, View


class NoticeView(View):
    """Something that a character was told.

    ``title`` and ``message`` are English; ``data`` has the code of the text (``text``), its fields
    and the ids of what it is about. ``merged`` older notices of the same type and hour are not
    listed by themselves.
    """

    id: Id
    type: str
    title: str
    message: str
    data: dict[str, Any]
    is_read: bool
    created_at: datetime
    expires_at: datetime | None
    merged: int = 0


class UnreadView(View):
    """How many notices are unread, of types that are not muted. With ``more`` there are more."""

    unread: int
    more: bool


class NoticesChanged(View):
    """How many notices were ``changed``. With ``more`` there are more: ask again."""

    changed: int
    more: bool


def notice_view(row: Mapping[str, Any], merged: int = 0) -> NoticeView:
    """A stored notice, as its owner sees it."""
    data = row.get("data")
    return NoticeView(
        id=row["_id"],
        type=row.get("type", ""),
        title=row.get("title", ""),
        message=row.get("message", ""),
        data=to_jsonable_python(data, fallback=str) if isinstance(data, dict) else {},
        is_read=bool(row.get("isRead")),
        created_at=date_of(row),
        expires_at=row.get("expiresAt"),
        merged=merged,
    )
