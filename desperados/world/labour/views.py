"""What work shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from bson import ObjectId
from pydantic import Field

from desperados.deck.documents import ActionResult, Suit
from desperados.engine.views import Id, View
from desperados.play.requirements.views import UnmetView

Percent = Annotated[int, Field(ge=0, le=100)]


class JobView(View):
    """Work that is offered here: its energy and its least and most pay now. It can be done if
    nothing is ``unmet``, and from ``ready_at`` on."""

    job: str
    name: str
    suit: Suit
    plain: bool
    energy: int
    least_pay: int
    most_pay: int
    xp: int
    left_today: int
    ready_at: datetime | None
    unmet: list[UnmetView]


class WorkView(View):
    """Work that was done. ``seed``, with ``skill`` and ``suit``, gives its hand, so that whoever
    knows them can deal it again; plain work has none. ``score`` is in percent; below 20 it failed,
    and was not paid."""

    id: Id
    job: str
    suit: Suit
    skill: int
    cards: list[str]
    strength: int | None
    effectiveness: int | None
    score: Percent
    succeeded: bool
    dollars: int
    xp: int
    energy_spent: int
    seed: str | None
    at: datetime


PURPOSE = "job"


def stored_work(character: ObjectId, done: WorkView) -> dict[str, Any]:
    """Work as an ``ActionResult`` stores it."""
    result = done.model_dump(mode="json", exclude={"id", "job", "at"})
    return {
        "_id": done.id,
        "characterId": character,
        "actionId": done.job,
        "result": {"purpose": PURPOSE, **result},
        "performedAt": done.at,
        **ActionResult.first_extras,
    }


def work_view(row: Mapping[str, Any]) -> WorkView:
    """Work that was stored."""
    known = {name: row["result"][name] for name in WorkView.model_fields if name in row["result"]}
    return WorkView(id=row["_id"], job=row["actionId"], at=row["performedAt"], **known)
