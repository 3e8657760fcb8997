"""How anybody tells a character something that lasts: staged with what it tells of.

One insert, no read: it leaves with the other writes of the command. What the character has muted is
written all the same, so that whoever writes need not ask.
"""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId
from pydantic.alias_generators import to_camel

from desperados.characters.notices.documents import Notification
from desperados.characters.notices.events import NoticeArrived
from desperados.characters.notices.rules import LASTS, Text
from desperados.engine import clock, dice
from desperados.engine.live.events import push
from desperados.engine.staging import StagedInsert
from desperados.engine.transactions import stage

Value = str | int | ObjectId | datetime


def notify(to: ObjectId, text: Text, **fields: Value) -> None:
    """Stage a notice to a character, which hears of it after the commit.

    ``fields`` are those of the text, and ids of what it is about.

    Raises:
        KeyError: a field of the text is missing.
        GameError: no transaction is open.
    """
    title, message = text.filled(fields)
    at = clock.now()
    data = {"text": text.code, **{to_camel(name): value for name, value in fields.items()}}
    notice = {
        "_id": dice.new_id(),
        "characterId": to,
        "type": text.type.value,
        "title": title,
        "message": message,
        "isRead": False,
        "data": data,
        "createdAt": at,
        "expiresAt": at + LASTS,
        "__v": 0,
    }
    stage(StagedInsert(Notification.collection_name(), notice))
    arrived = NoticeArrived(
        id=notice["_id"],
        type=text.type,
        title=title,
        message=message,
        data={
            name: str(value) if isinstance(value, ObjectId) else value
            for name, value in data.items()
        },
        created_at=at,
    )
    push(arrived, to=to)
