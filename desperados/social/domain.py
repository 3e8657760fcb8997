"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.engine.manifest.domain import Domain
from desperados.social import documents

DOMAIN = Domain(
    name="social",
    documents=(documents,),
)
