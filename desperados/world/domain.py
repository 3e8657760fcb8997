"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.engine.manifest.domain import Domain
from desperados.engine.manifest.routes import MINE, MINUTE, Moderator, Owner, Public, Route
from desperados.world import almanac, calendar, documents, gates
from desperados.world import service as content
from desperados.world.bots import BOTS
from desperados.world.content import CONTENT
from desperados.world.jobs import JOBS
from desperados.world.labour import queries as labour_queries
from desperados.world.labour import service as labour
from desperados.world.lodging import service as lodging
from desperados.world.secrets import searching
from desperados.world.secrets import service as secrets
from desperados.world.travel import documents as travel_documents
from desperados.world.travel import encounters
from desperados.world.travel import queries as travel_queries
from desperados.world.travel import service as travel

DOMAIN = Domain(
    name="world",
    documents=(documents, travel_documents),
    routes=(
        Route("GET", "/clock", calendar.read_clock, Public),
        Route("GET", "/holidays", almanac.list_holidays, Public),
        Route("GET", "/weather/{region}", almanac.get_weather, Public),
        Route("GET", "/locations/{location}/conditions", almanac.get_conditions, Public),
        Route("PUT", "/admin/weather/{region}", almanac.set_weather, Moderator),
        Route("GET", "/content", content.list_kinds, Public, keep_seconds=MINUTE),
        Route("GET", "/content/{kind}", content.list_content, Public, keep_seconds=MINUTE),
        Route("GET", "/content/{kind}/{entry}", content.get_content, Public, keep_seconds=MINUTE),
        Route("GET", f"{MINE}/gates/{{kind}}/{{entry}}", gates.read_gate, Owner),
        Route("GET", f"{MINE}/exits", travel_queries.read_exits, Owner),
        Route("POST", f"{MINE}/journeys", travel.travel, Owner),
        Route("GET", f"{MINE}/jobs", labour_queries.read_jobs, Owner),
        Route("GET", f"{MINE}/work", labour_queries.list_work, Owner),
        Route("POST", f"{MINE}/work", labour.work, Owner),
        Route("GET", f"{MINE}/rests", lodging.read_rests, Owner),
        Route("POST", f"{MINE}/rests", lodging.rest, Owner),
        Route("GET", f"{MINE}/secrets", secrets.secrets_here, Owner),
        Route("POST", f"{MINE}/secrets/{{secret}}/unlock", secrets.unlock_secret, Owner),
        Route("POST", f"{MINE}/searches", searching.search_area, Owner),
    ),
    inner=(calendar.keep_calendar,),
    jobs=JOBS,
    content=CONTENT,
    questions={encounters.KIND: encounters.resolve_encounter},
    bots=BOTS,
)
