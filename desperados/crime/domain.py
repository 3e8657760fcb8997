"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.crime import documents
from desperados.crime.arrests import queries as arrest_queries
from desperados.crime.arrests import service as arrests
from desperados.crime.arrests.bots import BOTS as ARREST_BOTS
from desperados.crime.attempts import queries as crime_queries
from desperados.crime.attempts import service as crimes
from desperados.crime.attempts import sightings as seen
from desperados.crime.attempts.bots import BOTS as CRIME_BOTS
from desperados.crime.attempts.resolving import resolve
from desperados.crime.bounties import queries as bounty_queries
from desperados.crime.bounties import service as bounties
from desperados.crime.bounties import staff as bounty_staff
from desperados.crime.bounties.bots import BOTS as BOUNTY_BOTS
from desperados.crime.hiding import service as hiding
from desperados.crime.hiding.bots import BOTS as HIDING_BOTS
from desperados.crime.hunting import contracts, door, hunts
from desperados.crime.hunting import documents as hunting_documents
from desperados.crime.hunting import queries as hunting_queries
from desperados.crime.hunting.bots import BOTS as HUNTING_BOTS
from desperados.crime.hunting.content import CONTENT
from desperados.crime.hunting.jobs import JOBS as HUNTING_JOBS
from desperados.crime.hunting.lawmen import send_lawmen
from desperados.crime.jail import queries as jail_queries
from desperados.crime.jail import service as jail
from desperados.crime.jail.bots import BOTS as JAIL_BOTS
from desperados.crime.jobs import JOBS
from desperados.engine.manifest.domain import Domain
from desperados.engine.manifest.routes import MINE, Moderator, Owner, Public, Route

DOMAIN = Domain(
    name="crime",
    documents=(documents, hunting_documents),
    routes=(
        # Crimes, and those who saw them
        Route("GET", f"{MINE}/crimes", crime_queries.list_crimes, Owner),
        Route("POST", f"{MINE}/crimes", crimes.attempt_crime, Owner),
        Route("GET", f"{MINE}/crimes/past", crime_queries.past_crimes, Owner),
        Route("GET", f"{MINE}/witnessed", crime_queries.my_sightings, Owner),
        Route("POST", f"{MINE}/witnessed/{{sightingId}}/report", seen.report_crime, Owner),
        Route("GET", f"{MINE}/witnesses", crime_queries.told_of_me, Owner),
        Route("POST", f"{MINE}/witnesses/{{sightingId}}/silence", seen.silence_witness, Owner),
        # In jail
        Route("GET", f"{MINE}/jail", jail_queries.read_jail, Owner),
        Route("POST", f"{MINE}/jail/escapes", jail.attempt_escape, Owner),
        Route("POST", f"{MINE}/jail/bribes", jail.bribe_jailer, Owner),
        Route("POST", f"{MINE}/jail/labour", jail.prison_labour, Owner),
        Route("POST", f"{MINE}/jail/talks", jail.socialize, Owner),
        # Prices on heads
        Route("GET", "/bounties", bounty_queries.bounty_board, Public),
        Route("GET", "/bounties/heads/{characterId}", bounty_queries.bounties_on, Public),
        Route("GET", f"{MINE}/bounties", bounty_queries.my_bounties, Owner),
        Route("POST", f"{MINE}/bounties", bounties.post_bounty, Owner),
        Route("DELETE", f"{MINE}/bounties/{{bountyId}}", bounties.cancel_bounty, Owner),
        Route("DELETE", "/admin/bounties/{bountyId}", bounty_staff.retract_bounty, Moderator),
        # Arrests
        Route("GET", f"{MINE}/arrests/candidates", arrest_queries.wanted_here, Owner),
        Route("POST", f"{MINE}/arrests", arrests.arrest_character, Owner),
        # Hunters, and those whom they hunt
        Route("GET", "/hunters", hunting_queries.list_hunters, Public),
        Route("GET", f"{MINE}/bounty-hunts", hunting_queries.my_hunts, Owner),
        Route("POST", f"{MINE}/bounty-hunts", hunts.hire_hunter, Owner),
        Route("DELETE", f"{MINE}/bounty-hunts/{{huntId}}", hunts.cancel_hire, Owner),
        Route("GET", "/outlaws", hunting_queries.list_outlaws, Public),
        Route("GET", f"{MINE}/law-contracts", hunting_queries.my_contracts, Owner),
        Route("POST", f"{MINE}/law-contracts", contracts.start_contract, Owner),
        Route("POST", f"{MINE}/law-contracts/current/trail", contracts.track_target, Owner),
        Route("POST", f"{MINE}/law-contracts/current/stand", contracts.confront_target, Owner),
        Route("DELETE", f"{MINE}/law-contracts/current", contracts.abandon_contract, Owner),
        # Out of sight
        Route("POST", f"{MINE}/hiding", hiding.lie_low, Owner),
        Route("GET", "/disguises", hiding.list_disguises, Public),
        Route("PUT", f"{MINE}/disguise", hiding.wear_disguise, Owner),
        Route("DELETE", f"{MINE}/disguise", hiding.drop_disguise, Owner),
    ),
    inner=(send_lawmen,),
    jobs=(*JOBS, *HUNTING_JOBS),
    content=CONTENT,
    leaving=(bounties.wind_up, hunts.wind_up, contracts.wind_up),
    purposes={
        crimes.PURPOSE: resolve,
        contracts.PURPOSE: contracts.settle_fight,
        door.PURPOSE: door.settle_fight,
    },
    questions={contracts.KIND: contracts.resolve_lead, door.KIND: door.resolve_hunter},
    bots=(*CRIME_BOTS, *JAIL_BOTS, *HIDING_BOTS, *BOUNTY_BOTS, *ARREST_BOTS, *HUNTING_BOTS),
)
