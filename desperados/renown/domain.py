"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.engine.manifest.domain import Domain
from desperados.engine.manifest.routes import MINE, Owner, Route
from desperados.renown import documents, service

DOMAIN = Domain(
    name="renown",
    documents=(documents,),
    routes=(
        Route("GET", f"{MINE}/standings", service.standings, Owner),
        Route("GET", f"{MINE}/standings/history", service.standing_history, Owner),
        Route("GET", f"{MINE}/reputation", service.reputation, Owner),
    ),
)
