"""What the wing contributes to the whole."""

from __future__ import annotations

from desperados.combat.bosses import documents
from desperados.engine.manifest.domain import Domain

WING = Domain(
    name="bosses",
    documents=(documents,),
)
