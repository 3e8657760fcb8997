"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.engine.manifest.domain import Audit, Domain
from desperados.engine.manifest.routes import MINE, Moderator, Owner, Public, Route
from desperados.law import documents, queries, service, staff
from desperados.law.audit import check_law
from desperados.law.bots import BOTS
from desperados.law.jobs import JOBS

DOMAIN = Domain(
    name="law",
    documents=(documents,),
    routes=(
        Route("GET", f"{MINE}/law", queries.status, Owner),
        Route("POST", f"{MINE}/law/bail", service.pay_bail, Owner),
        Route("POST", f"{MINE}/law/surrender", service.surrender, Owner),
        Route("POST", "/admin/characters/{characterId}/pardon", staff.pardon, Moderator),
        Route("GET", "/law/most-wanted", queries.most_wanted, Public),
        Route("GET", "/law/prisoners/{prisonerId}", queries.bail_quote, Public),
    ),
    jobs=JOBS,
    audits=(Audit("law", check_law),),
    leaving=(service.wind_up,),
    bots=BOTS,
    escrows={documents.Bounty.collection_name(): ("holdId",)},
)
