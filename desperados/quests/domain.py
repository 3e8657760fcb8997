"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.engine.manifest.domain import Domain
from desperados.quests import documents
from desperados.quests.content import CONTENT

DOMAIN = Domain(
    name="quests",
    documents=(documents,),
    content=CONTENT,
)
