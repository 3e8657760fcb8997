"""Due work of the shapes of play: one job for all questions, all offers and all contests."""

from __future__ import annotations

from desperados.engine.work import DueJob
from desperados.play.shapes.contest_steps import advance
from desperados.play.shapes.documents import Contest, Offer, Question, QuestionStatus
from desperados.play.shapes.offers import expire_offer
from desperados.play.shapes.questions import answer_by_default

JOBS = (
    DueJob(
        "question_defaults",
        collection=Question.collection_name(),
        due="expiresAt",
        where={"status": QuestionStatus.OPEN.value},
        settle=answer_by_default,
    ),
    DueJob(
        "offer_expiry",
        collection=Offer.collection_name(),
        due="expiresAt",
        where={"closedAt": None},
        settle=expire_offer,
    ),
    DueJob("contest_steps", collection=Contest.collection_name(), due="dueAt", settle=advance),
)
