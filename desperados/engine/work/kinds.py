"""The kinds of due work, as domains declare them.

- a ``DueJob``: documents that carry the date at which something happens to them;
- a ``PeriodicJob``: one piece of work for each period of time;
- a ``Sweep``: a period's work over many rows, each a piece of its own;
- a ``Follower``: what has happened, applied in order to what else it concerns.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from desperados.engine.happenings.documents import Happening

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday: weekly periods begin on Mondays
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class Lane(StrEnum):
    """Jobs of one lane wait for each other, and for no job of another lane."""

    FOREGROUND = "foreground"  # what somebody waits for, and what is quickly done
    BACKGROUND = "background"  # what reads or changes a whole world
    FOLLOWING = "following"  # what follows a command, and is looked at right after its commit


@dataclass(frozen=True, slots=True)
class DueJob:
    """Documents of ``collection`` that match ``where`` are due once the date in ``due`` has passed.

    An index must begin with the equality fields of ``where`` and go on with ``due`` and ``_id``.
    ``settle`` gets the id, and must do nothing where another worker was first. ``poll`` is how
    often somebody looks.
    """

    name: str
    collection: str
    due: str
    settle: Callable[[Any], Awaitable[Any]]
    where: Mapping[str, Any] = field(default_factory=dict)
    poll: timedelta = SECOND
    lane: Lane = Lane.FOREGROUND


@dataclass(frozen=True, slots=True)
class Periodic:
    """What has a period: work is due when the period has begun.

    Of the periods that were missed, the last ``catch_up`` are made up one by one. Days begin at
    midnight UTC and weeks on Monday, ``offset`` later.
    """

    name: str
    every: timedelta
    _: KW_ONLY
    catch_up: int = 0
    offset: timedelta = timedelta()
    poll: timedelta = MINUTE
    lane: Lane = Lane.FOREGROUND

    def period_of(self, moment: datetime) -> datetime:
        """The start of the period that ``moment`` is in."""
        return moment - (moment - EPOCH - self.offset) % self.every


@dataclass(frozen=True, slots=True)
class PeriodicJob(Periodic):
    """One piece of work for each period of ``every``.

    ``run`` gets the start of the period and must have its effect once for each, whatever happens:
    what it writes is keyed by the period.
    """

    run: Callable[[datetime], Awaitable[Any]]
    _: KW_ONLY
    catch_up: int = 6


@dataclass(frozen=True, slots=True)
class Sweep(Periodic):
    """Work over many rows for each period of ``every``; one that fails does not stop the others.

    ``rows`` gets the start of the period and the row to go on after (None: from the first), and
    yields the rows in a fixed order. A row is what BSON can hold, mostly an id. ``settle`` gets
    the period and a row, and must have its effect once for both: a row may come again after its
    worker was killed. A row that fails is tried again by itself and set aside in the end; the
    period is done when every row had its turn.
    """

    rows: Callable[[datetime, Any], AsyncIterator[Any]]
    settle: Callable[[datetime, Any], Awaitable[Any]]
    _: KW_ONLY
    lane: Lane = Lane.BACKGROUND


@dataclass(frozen=True, slots=True)
class Follower:
    """``happenings`` (each a "name", or a "name.tag") are applied, each once, in order by key.

    ``key`` is the stored field of a ``Happening`` that says what belongs together (``actor``,
    ``zone``); those in which it has no value are not followed. An index must begin with
    ``waiting``, the key, ``at`` and ``_id``. ``apply`` gets up to 100 happenings of one key in the
    order of (at, _id), in an open transaction that other keys may share and that may run again;
    where it can, it writes absolute values. A key whose happenings cannot be applied waits and is
    set aside in the end, and holds up no other. ``poll`` is how often somebody looks where no nudge
    comes.
    """

    name: str
    happenings: frozenset[str]
    key: str
    apply: Callable[[list[Happening]], Awaitable[Any]]
    poll: timedelta = SECOND
    lane: Lane = Lane.FOLLOWING


Job = DueJob | PeriodicJob | Sweep | Follower


def piece(job: Job | Periodic, *parts: Any) -> str:
    """The name of a piece of work: the job, then the document or key, or the period and the row."""
    return ":".join((job.name, *(_text(part) for part in parts)))


def _text(part: Any) -> str:
    return part.strftime("%Y-%m-%dT%H:%MZ") if isinstance(part, datetime) else str(part)
