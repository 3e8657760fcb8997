"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.deck import documents
from desperados.deck.content import CONTENT
from desperados.engine.manifest.domain import Domain

DOMAIN = Domain(
    name="deck",
    documents=(documents,),
    content=CONTENT,
)
