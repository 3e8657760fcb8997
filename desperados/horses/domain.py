"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.engine.manifest.domain import Domain
from desperados.horses import documents

DOMAIN = Domain(
    name="horses",
    documents=(documents,),
)
