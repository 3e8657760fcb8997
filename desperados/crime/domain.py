"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.crime import documents
from desperados.engine.manifest.domain import Domain

DOMAIN = Domain(
    name="crime",
    documents=(documents,),
)
