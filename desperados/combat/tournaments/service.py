"""What players do in tournaments: join, leave, and play their hands."""

from __future__ import annotations

from typing import Annotated

from bson import ObjectId
from pydantic import Field

from desperados.characters.actor import load_actor
from desperados.combat.tournaments.documents import (
    Tournament,
    TournamentMatch,
    TournamentStatus,
)
from desperados.combat.tournaments.errors import TournamentNotFound, TournamentOver
from desperados.combat.tournaments.hands import HOLD
from desperados.combat.tournaments.matches import MATCHES, TournamentMatchView, match_view
from desperados.combat.tournaments.running import change_tournament, load_tournament
from desperados.combat.tournaments.views import TournamentView, view_of
from desperados.deck.hands import SIZE
from desperados.engine.commands import command
from desperados.play.shapes import games
from desperados.play.shapes.contests import enter, leave
from desperados.play.shapes.errors import EntriesClosed

Hold = Annotated[
    list[Annotated[int, Field(ge=0, le=SIZE - 1)]], Field(max_length=SIZE, examples=[[0, 3]])
]
Version = Annotated[int, Field(ge=0, examples=[0])]


async def the_tournament(tournament_id: ObjectId) -> Tournament:
    """A tournament of ours.

    Raises:
        TournamentNotFound: there is none with this id.
    """
    tournament = await load_tournament({"_id": tournament_id})
    if tournament is None:
        raise TournamentNotFound()
    return tournament


@command(queue="tournament_id")
async def join_tournament(
    actor: ObjectId, tournament_id: ObjectId, *, key: str | None = None
) -> TournamentView:
    """Take a place in a tournament, and pay its fee. Until the start it can be given up again.

    Raises:
        TournamentNotFound: there is no such tournament.
        EntriesClosed: it has begun, or was called off.
        ContestFull: all places are taken.
        AlreadyEntered: the character, or another one of its account, takes part.
        CharacterUnavailable: the character is dead.
        TradeLocked: the staff bar the character from trade, and there is a fee.
        TooNew: the character is too young to stake anything.
        InsufficientFunds: the character carries less than the fee.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    tournament = await _open(tournament_id)
    assert tournament.contest_id is not None
    entry = await enter(tournament.contest_id, actor)
    change_tournament(
        tournament, {"$push": {"participants": actor}, "$inc": {"prizePool": entry.paid}}
    )
    tournament.participants.append(actor)
    tournament.prize_pool += entry.paid
    return view_of(tournament)


@command(queue="tournament_id")
async def leave_tournament(
    actor: ObjectId, tournament_id: ObjectId, *, key: str | None = None
) -> None:
    """Give a place up before the start; exactly what was paid comes back.

    Raises:
        TournamentNotFound: there is no such tournament.
        EntriesClosed: it has begun, or was called off.
        NotEntered: the character does not take part.
        KeyReused: the key was used with another request.
    """
    tournament = await _open(tournament_id)
    assert tournament.contest_id is not None
    entry = await leave(tournament.contest_id, actor)
    change_tournament(
        tournament, {"$pull": {"participants": actor}, "$inc": {"prizePool": -entry.paid}}
    )


@command
async def play_match(
    actor: ObjectId,
    match_id: ObjectId,
    hold: Hold,
    version: Version,
    *,
    key: str | None = None,
) -> TournamentMatchView:
    """Hold cards of the hand that was dealt, by their places from 0, and draw the others anew.

    What the other one does is not seen before both have played. ``version`` is that of the match
    as it was seen.

    Raises:
        GameNotFound: there is no such match, or the character does not play it.
        GameOver: it is over.
        GameMoved: new hands were dealt since ``version``.
        NotYourTurn: the character has played this hand.
        IllegalMove: these are no places of different cards.
        TournamentOver: the tournament was called off.
        CharacterUnavailable: the character is dead, or held.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    person = await load_actor(actor)
    match = await TournamentMatch.load_one({"_id": match_id})
    if match is not None and match.settled_at is None:
        tournament = await load_tournament({"_id": match.tournament_id})
        if tournament is None or tournament.status is not TournamentStatus.ACTIVE:
            raise TournamentOver()
    person.must_be_free()
    moved = await games.move(
        MATCHES, actor, match_id, HOLD, version=version, about={"hold": list(hold)}
    )
    return match_view(moved, games.seat_of(moved.to_mongo(), actor))


async def _open(tournament_id: ObjectId) -> Tournament:
    tournament = await the_tournament(tournament_id)
    if tournament.status is not TournamentStatus.REGISTRATION:
        raise EntriesClosed()
    return tournament
