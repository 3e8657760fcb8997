"""How questions and offers are shown."""

from __future__ import annotations

from datetime import datetime

from desperados.engine.views import Id, View
from desperados.ledger.money.documents import Currency
from desperados.play.shapes.documents import Offer, OfferStatus, Question, QuestionStatus


class OptionView(View):
    """One answer that may be given: ``code`` is what is sent."""

    code: str
    text: str


class QuestionView(View):
    """A question; ``answer`` is the option that was taken, by whomever."""

    id: Id
    kind: str
    text: str
    options: list[OptionView]
    default: str
    status: QuestionStatus
    answer: str | None
    created_at: datetime
    expires_at: datetime


def question_view(question: Question) -> QuestionView:
    """The question as whoever was asked sees it; what it is about stays in the game."""
    return QuestionView(
        id=question.id,
        kind=question.kind,
        text=question.text,
        options=[OptionView(code=option.code, text=option.text) for option in question.options],
        default=question.default,
        status=question.status,
        answer=question.answer,
        created_at=question.created_at,
        expires_at=question.expires_at,
    )


class ProposalView(View):
    """What one character offers another, as the two see it. ``amount`` lies in escrow while it is
    open."""

    id: Id
    kind: str
    from_id: Id
    to_id: Id
    subject: str
    text: str
    currency: Currency | None
    amount: int
    status: OfferStatus
    created_at: datetime
    expires_at: datetime


def proposal_view(offer: Offer) -> ProposalView:
    """The offer as its two sides see it."""
    return ProposalView(
        id=offer.id,
        kind=offer.kind,
        from_id=offer.from_id,
        to_id=offer.to_id,
        subject=offer.subject,
        text=offer.text,
        currency=offer.currency,
        amount=offer.amount,
        status=offer.status,
        created_at=offer.created_at,
        expires_at=offer.expires_at,
    )
