"""What the wing contributes to the whole."""

from __future__ import annotations

from desperados.combat.legends import documents
from desperados.engine.manifest.domain import Domain

WING = Domain(
    name="legends",
    documents=(documents,),
)
