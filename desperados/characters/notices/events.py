"""What a character hears of its notices."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from desperados.characters.notices.documents import NoticeType
from desperados.engine.live.events import Event
from desperados.engine.views import Id


class NoticeArrived(Event):
    """There is a new notice. Of a type that you have muted you do not hear."""

    event = "notification:new"

    id: Id
    type: NoticeType
    title: str
    message: str
    data: dict[str, Any]
    created_at: datetime


class PreferencesChanged(Event):
    """What you want to hear was changed, maybe on another device."""

    event = "notification:preferences"

    muted: list[NoticeType]
