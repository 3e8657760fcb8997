"""Looks at tournaments and their matches."""

from __future__ import annotations

from bson import ObjectId

from desperados.combat.tournaments.documents import (
    Tournament,
    TournamentMatch,
    TournamentStatus,
)
from desperados.combat.tournaments.matches import MATCHES, TournamentMatchView, match_view
from desperados.combat.tournaments.service import the_tournament
from desperados.combat.tournaments.views import TournamentView, view_of
from desperados.engine.storage.indexes import HAS_TEXT
from desperados.engine.storage.paging import read_page
from desperados.engine.views import Cursor, Limit, Page
from desperados.play.shapes import games


async def list_tournaments(
    status: TournamentStatus = TournamentStatus.REGISTRATION,
    *,
    limit: Limit = 50,
    after: Cursor | None = None,
) -> Page[TournamentView]:
    """Tournaments in a status, by their start: those that take entries, are on, or are over.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    over = status is TournamentStatus.COMPLETE
    return await read_page(
        Tournament.collection(),
        {"status": TournamentStatus(status).value},
        sort="-startsAt" if over else "startsAt",
        limit=limit,
        after=after,
        view=lambda row: view_of(Tournament.hydrate(row)),
    )


async def get_tournament(tournament_id: ObjectId) -> TournamentView:
    """A tournament, with its bracket.

    Raises:
        TournamentNotFound: there is no such tournament.
    """
    return view_of(await the_tournament(tournament_id))


async def list_matches(
    tournament_id: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[TournamentMatchView]:
    """The matches of a tournament, in the order in which they began. Hands are shown when they were
    compared, and the seed of a match that is over.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await read_page(
        TournamentMatch.collection(),
        {"tournamentId": tournament_id, "seedHash": HAS_TEXT},
        sort="_id",
        limit=limit,
        after=after,
        view=lambda row: match_view(TournamentMatch.hydrate(row), None),
    )


async def my_tournaments(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[TournamentView]:
    """The tournaments that a character has a place in, or had, the latest first.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await read_page(
        Tournament.collection(),
        {"participants": actor},
        sort="-startsAt",
        limit=limit,
        after=after,
        view=lambda row: view_of(Tournament.hydrate(row)),
    )


async def my_matches(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[TournamentMatchView]:
    """The matches that a character is to play, the eldest first, with its hands.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await read_page(
        TournamentMatch.collection(),
        {"seats.characterId": actor, "settledAt": None},
        sort="_id",
        limit=limit,
        after=after,
        view=lambda row: match_view(TournamentMatch.hydrate(row), games.seat_of(row, actor)),
    )


async def my_match(actor: ObjectId, match_id: ObjectId) -> TournamentMatchView:
    """A match of a character, as it is now.

    Raises:
        GameNotFound: there is no such match, or the character does not play it.
    """
    match, seat = await games.read(MATCHES, actor, match_id)
    return match_view(match, seat)
