"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.engine.manifest.domain import Domain
from desperados.gambling import documents

DOMAIN = Domain(
    name="gambling",
    documents=(documents,),
)
