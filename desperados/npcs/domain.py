"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.engine.manifest.domain import Domain
from desperados.npcs import documents
from desperados.npcs.content import CONTENT

DOMAIN = Domain(
    name="npcs",
    documents=(documents,),
    content=CONTENT,
)
