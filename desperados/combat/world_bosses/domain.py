"""What the wing contributes to the whole."""

from __future__ import annotations

from desperados.combat.world_bosses import documents
from desperados.engine.manifest.domain import Domain

WING = Domain(
    name="world_bosses",
    documents=(documents,),
)
