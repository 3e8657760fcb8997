"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.engine.manifest.domain import Domain
from desperados.mystic import documents

DOMAIN = Domain(
    name="mystic",
    documents=(documents,),
)
