"""What play contributes to the whole."""

from __future__ import annotations

from desperados.engine.manifest.domain import Audit, Domain
from desperados.engine.manifest.routes import MINE, Owner, Public, Route
from desperados.play import documents, proofs
from desperados.play.bots import BOTS
from desperados.play.shapes import documents as shapes_documents
from desperados.play.shapes import offers, questions
from desperados.play.shapes.audit import check_stakes
from desperados.play.shapes.jobs import JOBS

DOMAIN = Domain(
    name="play",
    documents=(documents, shapes_documents),
    routes=(
        Route("GET", f"{MINE}/questions", questions.open_questions, Owner),
        Route("POST", f"{MINE}/questions/{{questionId}}/answers", questions.answer, Owner),
        Route("GET", f"{MINE}/offers/made", offers.offers_made, Owner),
        Route("GET", f"{MINE}/offers/received", offers.offers_received, Owner),
        Route("POST", f"{MINE}/offers/{{offerId}}/acceptance", offers.accept_offer, Owner),
        Route("POST", f"{MINE}/offers/{{offerId}}/refusal", offers.decline_offer, Owner),
        Route("DELETE", f"{MINE}/offers/{{offerId}}", offers.withdraw_offer, Owner),
        Route("GET", "/games/{kind}/{gameId}/proof", proofs.game_proof, Public),
    ),
    jobs=JOBS,
    audits=(Audit("stakes", check_stakes),),
    bots=BOTS,
)
