"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.engine.manifest.domain import Domain
from desperados.gangs import documents

DOMAIN = Domain(
    name="gangs",
    documents=(documents,),
)
