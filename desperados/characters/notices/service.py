"""Reading one's notices, and putting them away.

Unread notices are counted where they are, in the index, and no counter is kept: two commands that
tell one character something at once would meet at it, and the rows that vanish by their date would
leave it wrong. Counting stops at 1,000.

A list shows at most 30 notices of one type and hour (UTC). Older ones of that hour are merged into
the last that is shown: a storm of raids hides nothing else. They are all there, and counted.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.characters.notices.documents import Notification
from desperados.characters.notices.errors import NoticeNotFound
from desperados.characters.notices.preferences import muted_by
from desperados.characters.notices.rules import (
    SHOWN_OF_AN_HOUR,
    Row,
    Slot,
    date_of,
    end_of,
    hour_of,
    shown_of,
    slot_of,
)
from desperados.characters.notices.views import (
    NoticesChanged,
    NoticeView,
    UnreadView,
    notice_view,
)
from desperados.engine.commands import command
from desperados.engine.staging import StagedUpdate
from desperados.engine.storage.collection import aggregate_all, find_all
from desperados.engine.storage.paging import last_of, read_page
from desperados.engine.transactions import stage
from desperados.engine.views import Cursor, Limit, Page

MOST_COUNTED = 1_000
MOST_CHANGED = 1_000
MOST_OF_AN_HOUR = 10_000
_ORDER = "-createdAt"
_READ = {"isRead": True}

Where = dict[str, Any]


async def list_notices(
    actor: ObjectId,
    *,
    unread: bool = False,
    limit: Limit = 20,
    after: Cursor | None = None,
) -> Page[NoticeView]:
    """The notices of a character, newest first; with ``unread`` only those that were not read.

    Where notices were merged, a page holds fewer than ``limit``, and there may be more after it.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    where: Where = {"characterId": actor}
    if unread:
        where["isRead"] = False
    before = {} if after is None else await _shown_before(where, after)
    full = [slot for slot, count in before.items() if count >= SHOWN_OF_AN_HOUR]
    page = await read_page(
        Notification.collection(),
        {**where, "$nor": [_of(slot) for slot in full]} if full else where,
        sort=_ORDER,
        limit=limit,
        after=after,
        view=lambda row: row,
    )
    shown, last = shown_of(page.items, before)
    merged = {row["_id"]: await _older(where, row) for row in last.values()}
    return Page(
        items=[notice_view(row, merged.get(row["_id"], 0)) for row in shown], next=page.next
    )


def _of(slot: Slot) -> Where:
    """The notices of one type and hour."""
    kind, hour = slot
    return {"type": kind, "createdAt": {"$gte": hour, "$lt": end_of(hour)}}


async def _shown_before(where: Where, after: str) -> dict[Slot, int]:
    """How many there are of each type in the hour in which a page begins, before that page."""
    at, identity = last_of(after, _ORDER)
    if not isinstance(at, datetime):
        return {}  # after the last that has a date
    hour = hour_of(at)
    before = (
        {"createdAt": {"$gt": at, "$lt": end_of(hour)}},
        {"createdAt": at, "_id": {"$gte": identity}},
    )
    rows = await aggregate_all(
        Notification.collection(),
        [
            {"$match": {"$or": [{**where, **part} for part in before]}},
            {"$limit": MOST_OF_AN_HOUR},
            {"$group": {"_id": "$type", "count": {"$sum": 1}}},
        ],
    )
    return {(row["_id"], hour): row["count"] for row in rows}


async def _older(where: Where, last: Row) -> int:
    """How many of the same type and hour are older than the last that is shown. Asked only where
    there are 30: three times on a page of 100, unless a flood is of many types."""
    kind, hour = slot_of(last)
    at = date_of(last)
    older = (
        {"createdAt": {"$gte": hour, "$lt": at}},
        {"createdAt": at, "_id": {"$lt": last["_id"]}},
    )
    found: int = await Notification.collection().count_documents(
        {"$or": [{**where, "type": kind, **part} for part in older]}, limit=MOST_COUNTED
    )
    return found


async def count_unread(actor: ObjectId) -> UnreadView:
    """How many notices a character has not read, of the types that it has not muted; to 1,000."""
    where: Where = {"characterId": actor, "isRead": False}
    muted = await muted_by(actor)
    if muted:
        where["type"] = {"$nin": muted}
    found = await Notification.collection().count_documents(where, limit=MOST_COUNTED + 1)
    return UnreadView(unread=min(found, MOST_COUNTED), more=found > MOST_COUNTED)


@command
async def mark_read(actor: ObjectId, notice_id: ObjectId, *, key: str | None = None) -> NoticeView:
    """Mark a notice as read. One that is read stays so.

    Raises:
        NoticeNotFound: there is no such notice of this character.
        KeyReused: the key was used with another request.
    """
    mine = {"_id": notice_id, "characterId": actor}
    row = await Notification.collection().find_one(mine)
    if row is None:
        raise NoticeNotFound()
    if not row.get("isRead"):
        stage(
            StagedUpdate(
                Notification.collection_name(), mine, {"$set": _READ}, otherwise=NoticeNotFound()
            )
        )
    return notice_view({**row, **_READ})


@command
async def mark_all_read(actor: ObjectId, *, key: str | None = None) -> NoticesChanged:
    """Mark the newest 1,000 unread notices as read, those of muted types included.

    Raises:
        KeyReused: the key was used with another request.
    """
    found = await _newest(actor, read=False)
    if found:
        await Notification.collection().update_many({"_id": {"$in": found}}, {"$set": _READ})
    return NoticesChanged(changed=len(found), more=len(found) == MOST_CHANGED)


@command
async def delete_notice(actor: ObjectId, notice_id: ObjectId, *, key: str | None = None) -> None:
    """Throw a notice away, read or not.

    Raises:
        NoticeNotFound: there is no such notice of this character.
        KeyReused: the key was used with another request.
    """
    deleted = await Notification.collection().delete_one({"_id": notice_id, "characterId": actor})
    if not deleted.deleted_count:
        raise NoticeNotFound()


@command
async def clear_read(actor: ObjectId, *, key: str | None = None) -> NoticesChanged:
    """Throw the newest 1,000 notices away that were read.

    Raises:
        KeyReused: the key was used with another request.
    """
    found = await _newest(actor, read=True)
    if found:
        await Notification.collection().delete_many({"_id": {"$in": found}})
    return NoticesChanged(changed=len(found), more=len(found) == MOST_CHANGED)


async def _newest(actor: ObjectId, *, read: bool) -> list[ObjectId]:
    rows = await find_all(
        Notification.collection(),
        {"characterId": actor, "isRead": read},
        {"_id": 1},
        sort=[("createdAt", -1), ("_id", -1)],
        limit=MOST_CHANGED,
    )
    return [row["_id"] for row in rows]
