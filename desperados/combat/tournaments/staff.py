"""What the staff do with tournaments: announce them, call them off, disqualify."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from bson import ObjectId
from pydantic import Field

from desperados.accounts.acts import may_act
from desperados.accounts.documents import UserRole
from desperados.accounts.inputs import Reason
from desperados.characters.actor import Actor, find_actors, load_actor
from desperados.combat.tournaments.announcing import announce
from desperados.combat.tournaments.documents import (
    TournamentMatch,
    TournamentOutcome,
    TournamentStatus,
)
from desperados.combat.tournaments.errors import InvalidTournament, NotPlaying, TournamentOver
from desperados.combat.tournaments.hands import FORFEIT
from desperados.combat.tournaments.matches import MATCHES
from desperados.combat.tournaments.rules import (
    FURTHEST,
    LEAST,
    MOST,
    MOST_FEE,
    MOST_GUARANTEE,
    REGISTRATION,
)
from desperados.combat.tournaments.running import change_tournament, over
from desperados.combat.tournaments.service import the_tournament
from desperados.combat.tournaments.views import TournamentView, view_of
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.play.shapes import games
from desperados.play.shapes.contests import call_off

Name = Annotated[str, Field(min_length=3, max_length=60, examples=["The Gallows Square Open"])]
Size = Annotated[int, Field(ge=LEAST, le=MOST, examples=[16])]
Fee = Annotated[int, Field(ge=0, le=MOST_FEE, examples=[100])]
StartsAt = Annotated[datetime, Field(examples=["1876-08-02T20:00:00Z"])]
Guarantee = Annotated[int, Field(ge=0, le=MOST_GUARANTEE, examples=[0])]


@command
async def create_tournament(
    staff: ObjectId,
    *,
    name: Name,
    capacity: Size,
    starts_at: StartsAt,
    reason: Reason,
    entry_fee: Fee = 0,
    guarantee: Guarantee = 0,
    key: str | None = None,
) -> TournamentView:
    """Announce a tournament. Its prizes are the fees and the ``guarantee``, which the world adds.

    Raises:
        InvalidTournament: there are not 2 to 64 places, the start is not 5 minutes to 30 days
            ahead, the fee not 0 to 100,000 or the guarantee not 0 to 10,000 dollars.
        InvalidReason: the reason is not 5 to 500 characters.
        Forbidden: you are no member of the staff.
        KeyReused: the key was used with another request.
    """
    for field, fits in (
        ("capacity", LEAST <= capacity <= MOST),
        ("entryFee", 0 <= entry_fee <= MOST_FEE),
        ("guarantee", 0 <= guarantee <= MOST_GUARANTEE),
        ("startsAt", REGISTRATION <= starts_at - clock.now() <= FURTHEST),
    ):
        if not fits:
            raise InvalidTournament(path=field)
    act = await may_act(staff, (), needed=UserRole.MODERATOR, reason=reason)
    tournament = announce(
        name, fee=entry_fee, capacity=capacity, starts_at=starts_at, guarantee=guarantee
    )
    act.note(
        "TOURNAMENT_CREATED",
        tournament=tournament.id,
        before={},
        after={"fee": entry_fee, "capacity": capacity, "guarantee": guarantee},
    )
    return view_of(tournament)


@command(queue="tournament_id")
async def cancel_tournament(
    staff: ObjectId, tournament_id: ObjectId, *, reason: Reason, key: str | None = None
) -> TournamentView:
    """Call a tournament off that is not decided. Everybody gets back exactly what it paid.

    Raises:
        TournamentNotFound: there is no such tournament.
        TournamentOver: it is decided, or was called off.
        WrongStage: it is being called off for want of players.
        SelfDealing: you take part.
        InvalidReason: the reason is not 5 to 500 characters.
        Forbidden: you are no member of the staff, or one of your rank takes part.
        KeyReused: the key was used with another request.
    """
    tournament = await the_tournament(tournament_id)
    people = await find_actors(tournament.participants)
    act = await may_act(
        staff,
        (person.user_id for person in people.values()),
        needed=UserRole.MODERATOR,
        reason=reason,
    )
    if tournament.status is TournamentStatus.COMPLETE:
        raise TournamentOver()
    assert tournament.contest_id is not None
    await call_off(tournament.contest_id)
    before, ended = tournament.status, over(TournamentOutcome.CANCELLED)
    change_tournament(tournament, {"$set": ended})
    act.note(
        "TOURNAMENT_CANCELLED",
        tournament=tournament.id,
        before={"status": before.value},
        after={"status": ended["status"]},
    )
    tournament.status, tournament.outcome = TournamentStatus.COMPLETE, TournamentOutcome.CANCELLED
    return view_of(tournament)


@command(queue="tournament_id")
async def disqualify(
    staff: ObjectId,
    tournament_id: ObjectId,
    character_id: ObjectId,
    *,
    reason: Reason,
    key: str | None = None,
) -> TournamentView:
    """Disqualify somebody in a tournament that is on. Whoever meets it goes on, at once where it
    has not played its hand; what it would have won leaves the world.

    Raises:
        TournamentNotFound: there is no such tournament.
        TournamentOver: it is not on.
        NotPlaying: the character is not in the bracket, or was disqualified before.
        CharacterNotFound: there is no such character.
        SelfDealing: it is yours.
        InvalidReason: the reason is not 5 to 500 characters.
        Forbidden: you are no member of the staff, or the player is of your rank.
        KeyReused: the key was used with another request.
    """
    person = await load_actor(character_id)
    act = await may_act(
        staff, (person.user_id,), needed=UserRole.MODERATOR, reason=reason, character_id=person.id
    )
    tournament = await the_tournament(tournament_id)
    if tournament.status is not TournamentStatus.ACTIVE:
        raise TournamentOver()
    if person.id not in tournament.participants or person.id in tournament.disqualified:
        raise NotPlaying()
    gone = [*tournament.disqualified, person.id]
    change_tournament(tournament, {"$push": {"disqualified": person.id}})
    act.note(
        "TOURNAMENT_DISQUALIFIED",
        character_id=person.id,
        tournament=tournament.id,
        before={"disqualified": tournament.disqualified},
        after={"disqualified": gone},
    )
    await _give_up(tournament.id, person)
    return view_of(await the_tournament(tournament_id))


async def _give_up(tournament_id: ObjectId, player: Actor) -> None:
    """Let somebody lose the match that it has not played yet. Who has played its hand loses when
    the other one has; for the dead the clock moves."""
    match = await TournamentMatch.load_one(
        {"seats.characterId": player.id, "settledAt": None, "tournamentId": tournament_id}
    )
    if match is None:
        return
    seat = games.seat_of(match.to_mongo(), player.id)
    if player.dead:
        await games.expire(MATCHES, match.id)
    elif seat in MATCHES.rules.turn(match.state):
        await games.move(MATCHES, player.id, match.id, FORFEIT, version=match.version)
