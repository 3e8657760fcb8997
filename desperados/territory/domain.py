"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.engine.manifest.domain import Domain
from desperados.territory import documents
from desperados.territory.content import CONTENT

DOMAIN = Domain(
    name="territory",
    documents=(documents,),
    content=CONTENT,
)
