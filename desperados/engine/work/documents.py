"""What is stored of due work beside the work itself."""

from __future__ import annotations

from pydantic import Field

from desperados.engine import clock
from desperados.engine.storage.documents import CodedDocument, index
from desperados.engine.storage.fields import Date, Integer, Mixed


class JobClaim(CodedDocument):
    """A piece of work that a worker has in hand, or that waits after a failure.

    ``id`` is its name ("<job>:<document>", "<job>:<period>" or "<job>:<period>:<row>"). It is
    deleted when the work is done. ``dead`` ones wait for an operator. The claim of a sweep's period
    keeps the ``position`` from which others go on, the claim of a row the ``row`` itself, and that
    of a follower's key the key; ``set_aside`` counts how often what came for a dead one was put
    with it.
    """

    job: str
    worker: str
    until: Date
    attempts: Integer = 0
    error: str | None = None
    dead: bool = False
    period: Date | None = None
    row: Mixed = None
    position: Mixed = None
    set_aside: Integer = 0
    created_at: Date = Field(default_factory=clock.now)

    class Settings:
        name = "jobclaims"
        indexes = (index("dead", "createdAt"), index("job", "until"))


class JobRun(CodedDocument):
    """One period of a job that is done. ``id`` is "<job>:<start of the period>"."""

    job: str
    period: Date
    finished_at: Date

    class Settings:
        name = "jobruns"
        indexes = (index("job", "period"),)


class JobState(CodedDocument):
    """When workers last looked at a job and last did some of it. ``id`` is the name of the job."""

    looked_at: Date
    worked_at: Date | None = None

    class Settings:
        name = "jobstates"
        indexes = ()
