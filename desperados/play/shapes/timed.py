"""Timed work: something is begun, is ready at a date, and is collected once, or called off before.

The document is the domain's own, with the fields of ``Timed``. What comes of the work is drawn when
it is begun and kept to itself until it is collected: whoever collects again after a refusal gets
what was drawn. Nothing happens at ``ready_at``; a domain that wants to tell its owner has a job.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from bson import ObjectId

from desperados.engine import clock
from desperados.engine.errors import Contention, NotFound
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.storage.documents import Document
from desperados.engine.storage.fields import Date, Mixed
from desperados.engine.transactions import stage
from desperados.play.shapes.errors import AlreadyCollected, NotReady


class Timed(Document):
    """The envelope of timed work. ``inputs`` are what went into it, as they are given back."""

    started_at: Date
    ready_at: Date
    inputs: dict[str, Mixed]
    result: dict[str, Mixed]
    collected_at: Date | None = None
    cancelled_at: Date | None = None


W = TypeVar("W", bound=Timed)


def start(work: W) -> W:
    """Begin, inside the open transaction in which the inputs are taken."""
    stage(StagedInsert(work.collection_name(), work.to_mongo()))
    return work


async def collect(document: type[W], where: Mapping[str, Any]) -> W:
    """End work that is ready, inside the open transaction in which its result is given.

    ``where`` finds it and says whose it must be. Returns it with its result.

    Raises:
        NotFound: there is no such work.
        AlreadyCollected: it was collected or called off.
        NotReady: it is not finished; with ``ready_at``.
    """
    work = await _load_open(document, where)
    if clock.now() < work.ready_at:
        raise NotReady(ready_at=work.ready_at.isoformat())
    return _end(document, work, "collectedAt")


async def cancel(document: type[W], where: Mapping[str, Any]) -> W:
    """Call work off that is not finished, inside the open transaction in which its inputs go back.
    Returns it with its inputs.

    Raises:
        NotFound: there is no such work.
        AlreadyCollected: it was collected or called off, or is ready to be collected.
    """
    work = await _load_open(document, where)
    if clock.now() >= work.ready_at:
        raise AlreadyCollected("It is finished; collect it.")
    return _end(document, work, "cancelledAt")


async def _load_open(document: type[W], where: Mapping[str, Any]) -> W:
    work = await document.load_one(where)
    if work is None:
        raise NotFound()
    if work.collected_at is not None or work.cancelled_at is not None:
        raise AlreadyCollected()
    return work


def _end(document: type[W], work: W, field: str) -> W:
    """Stage the one end of some work.

    Outcomes: ended; not found or a write conflict, when it was ended at this moment (the
    transaction runs again).
    """
    ended = {field: clock.now()}
    identity: ObjectId = work.id
    stage(
        StagedUpdate(
            document.collection_name(),
            {"_id": identity, "collectedAt": None, "cancelledAt": None},
            {"$set": ended},
            otherwise=Contention(retry_after=1),
        )
    )
    return document.hydrate({**work.to_mongo(), **ended})
