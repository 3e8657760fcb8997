"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.crime import documents
from desperados.crime.hiding import service as hiding
from desperados.crime.hiding.bots import BOTS as HIDING_BOTS
from desperados.crime.jail import queries as jail_queries
from desperados.crime.jail import service as jail
from desperados.crime.jail.bots import BOTS as JAIL_BOTS
from desperados.engine.manifest.domain import Domain
from desperados.engine.manifest.routes import MINE, Owner, Public, Route

DOMAIN = Domain(
    name="crime",
    documents=(documents,),
    routes=(
        # In jail
        Route("GET", f"{MINE}/jail", jail_queries.read_jail, Owner),
        Route("POST", f"{MINE}/jail/escapes", jail.attempt_escape, Owner),
        Route("POST", f"{MINE}/jail/bribes", jail.bribe_jailer, Owner),
        Route("POST", f"{MINE}/jail/labour", jail.prison_labour, Owner),
        Route("POST", f"{MINE}/jail/talks", jail.socialize, Owner),
        # Out of sight
        Route("POST", f"{MINE}/hiding", hiding.lie_low, Owner),
        Route("GET", "/disguises", hiding.list_disguises, Public),
        Route("PUT", f"{MINE}/disguise", hiding.wear_disguise, Owner),
        Route("DELETE", f"{MINE}/disguise", hiding.drop_disguise, Owner),
    ),
    bots=(*JAIL_BOTS, *HIDING_BOTS),
)
