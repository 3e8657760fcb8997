"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.deck import documents, queries, service
from desperados.deck.audit import check_games
from desperados.deck.bots import BOTS
from desperados.deck.collection import collecting
from desperados.deck.content import CONTENT
from desperados.deck.sessions import ACTION, DECK_GAME, PRACTICE
from desperados.deck.settling import settle_action, settle_practice
from desperados.engine.manifest.domain import Audit, Domain
from desperados.engine.manifest.routes import MINE, Owner, Route
from desperados.play.shapes.games import due_job

GAME = f"{MINE}/deck/games/{{id}}"

DOMAIN = Domain(
    name="deck",
    documents=(documents,),
    routes=(
        Route("GET", f"{MINE}/actions", queries.list_actions, Owner),
        Route("POST", f"{MINE}/actions", service.start_action, Owner, creates=GAME),
        Route("GET", f"{MINE}/actions/results", queries.list_results, Owner),
        Route("POST", f"{MINE}/practice", service.practice_game, Owner, creates=GAME),
        Route("GET", f"{MINE}/deck", queries.read_deck, Owner),
        Route("PUT", f"{MINE}/deck", collecting.build_deck, Owner),
        Route("GET", f"{MINE}/deck/record", queries.read_record, Owner),
        Route("GET", f"{MINE}/deck/games/current", queries.current_game, Owner),
        Route("GET", f"{MINE}/deck/games/{{gameId}}", queries.get_game, Owner),
        Route("POST", f"{MINE}/deck/games/{{gameId}}/moves", service.play, Owner),
    ),
    inner=(collecting.award_card,),
    jobs=(due_job(DECK_GAME),),
    content=CONTENT,
    audits=(Audit("deck_games", check_games),),
    purposes={ACTION: settle_action, PRACTICE: settle_practice},
    games={DECK_GAME.name: DECK_GAME},
    bots=BOTS,
    escrows={documents.ActionDeckSession.collection_name(): ("holdId",)},
)
