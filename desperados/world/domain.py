"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.engine.manifest.domain import Domain
from desperados.engine.manifest.routes import MINE, MINUTE, Owner, Public, Route
from desperados.world import calendar, documents, gates
from desperados.world import service as content
from desperados.world.content import CONTENT
from desperados.world.jobs import JOBS

DOMAIN = Domain(
    name="world",
    documents=(documents,),
    routes=(
        Route("GET", "/clock", calendar.read_clock, Public),
        Route("GET", "/content", content.list_kinds, Public, keep_seconds=MINUTE),
        Route("GET", "/content/{kind}", content.list_content, Public, keep_seconds=MINUTE),
        Route("GET", "/content/{kind}/{entry}", content.get_content, Public, keep_seconds=MINUTE),
        Route("GET", f"{MINE}/gates/{{kind}}/{{entry}}", gates.read_gate, Owner),
    ),
    inner=(calendar.keep_calendar,),
    jobs=JOBS,
    content=CONTENT,
)
