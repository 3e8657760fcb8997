"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.engine.manifest.domain import Domain
from desperados.engine.manifest.routes import MINE, Owner, Route
from desperados.mystic import documents, service
from desperados.mystic.bots import BOTS

DOMAIN = Domain(
    name="mystic",
    documents=(documents,),
    routes=(Route("POST", f"{MINE}/alms", service.give_alms, Owner),),
    bots=BOTS,
)
