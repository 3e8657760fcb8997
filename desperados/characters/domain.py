"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.characters import documents
from desperados.characters import events as character_events
from desperados.characters import service as characters
from desperados.characters.bots import BOTS as CHARACTER_BOTS
from desperados.characters.content import CONTENT
from desperados.characters.notices import documents as notice_documents
from desperados.characters.notices import preferences
from desperados.characters.notices import service as notices
from desperados.characters.notices.bots import BOTS as NOTICE_BOTS
from desperados.characters.tallies import documents as tallies
from desperados.characters.tallies.goals import GOALS, achievements
from desperados.engine.manifest.domain import Domain
from desperados.engine.manifest.routes import (
    MINE,
    MINUTE,
    Limit,
    Owner,
    Public,
    RateClass,
    Route,
    Subject,
    User,
)

EVENTS = RateClass("events", (Limit(30, MINUTE, Subject.ACCOUNT),))
# How many characters one account makes is the service's own rule.
CREATE_CHARACTER = RateClass("create_character", (Limit(5, 15 * MINUTE, Subject.ACCOUNT),))

DOMAIN = Domain(
    name="characters",
    documents=(documents, tallies, notice_documents),
    routes=(
        Route("POST", "/characters", characters.create, User, CREATE_CHARACTER, "/characters/{id}"),
        Route("GET", "/characters", characters.list_mine, User),
        Route("GET", MINE, characters.get, Owner),
        Route("DELETE", MINE, characters.delete, Owner),
        Route("GET", f"{MINE}/achievements", achievements, Owner),
        Route("GET", f"{MINE}/events", character_events.follow_events, Owner, EVENTS),
        Route("GET", f"{MINE}/notices", notices.list_notices, Owner),
        Route("GET", f"{MINE}/notices/unread", notices.count_unread, Owner),
        Route("POST", f"{MINE}/notices/read", notices.mark_all_read, Owner),
        Route("DELETE", f"{MINE}/notices/read", notices.clear_read, Owner),
        Route("GET", f"{MINE}/notices/preferences", preferences.get_preferences, Owner),
        Route("PUT", f"{MINE}/notices/preferences", preferences.set_preferences, Owner),
        Route("POST", f"{MINE}/notices/{{noticeId}}/read", notices.mark_read, Owner),
        Route("DELETE", f"{MINE}/notices/{{noticeId}}", notices.delete_notice, Owner),
        Route("GET", "/profiles/{characterId}", characters.public_profile, Public),
    ),
    content=CONTENT,
    bots=(*CHARACTER_BOTS, *NOTICE_BOTS),
    followers=(GOALS,),
    leaving=(preferences.forget,),
)
