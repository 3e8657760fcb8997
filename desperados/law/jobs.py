"""Due work of the law. Wanted levels and bounties fall by themselves and need none."""

from __future__ import annotations

from datetime import timedelta

from desperados.engine.work import DueJob, Job
from desperados.law.documents import JailSentence, SentenceStatus
from desperados.law.service import release

# Who has served is free whenever somebody looks, so the note of it may come a little later.
_POLL = timedelta(minutes=1)

JOBS: tuple[Job, ...] = (
    DueJob(
        "sentences_end",
        collection=JailSentence.collection_name(),
        due="endsAt",
        where={"status": SentenceStatus.SERVING.value},
        settle=release,
        poll=_POLL,
    ),
    # Those of another program have no status until they are over.
    DueJob(
        "foreign_sentences_end",
        collection=JailSentence.collection_name(),
        due="endsAt",
        where={"status": None},
        settle=release,
        poll=_POLL,
    ),
)
