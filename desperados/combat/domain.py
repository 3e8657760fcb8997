"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.combat import documents
from desperados.engine.manifest.domain import Domain

DOMAIN = Domain(
    name="combat",
    documents=(documents,),
)
