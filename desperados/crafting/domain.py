"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.crafting import documents
from desperados.crafting.content import CONTENT
from desperados.engine.manifest.domain import Domain

DOMAIN = Domain(
    name="crafting",
    documents=(documents,),
    content=CONTENT,
)
