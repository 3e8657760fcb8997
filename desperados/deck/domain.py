"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.deck import documents
from desperados.deck.content import CONTENT
from desperados.deck.jobs import JOBS
from desperados.deck.sessions import ACTION, DECK_GAME, PRACTICE
from desperados.deck.settling import settle_action, settle_practice
from desperados.engine.manifest.domain import Domain

DOMAIN = Domain(
    name="deck",
    documents=(documents,),
    jobs=JOBS,
    content=CONTENT,
    purposes={ACTION: settle_action, PRACTICE: settle_practice},
    games={DECK_GAME.name: DECK_GAME},
    escrows={documents.ActionDeckSession.collection_name(): ("holdId",)},
)
