"""How a tournament goes on: drawn at its start, from match to match, to its prizes or to its end
without any.

Everything here is called inside the transaction in which it comes to it: by the contest that keeps
the money (``TOURNAMENTS``), and by the match that is over (``match_over``). So there is no moment
at which a match is over and its winner is nowhere.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from bson import ObjectId

from desperados.characters.actor import find_actors
from desperados.characters.notices.writing import notify
from desperados.combat.placements import stored_placements
from desperados.combat.prizes import tell_places
from desperados.combat.tournaments.documents import (
    MatchReason,
    Tournament,
    TournamentMatch,
    TournamentOutcome,
    TournamentStatus,
)
from desperados.combat.tournaments.events import (
    CALLED_OFF,
    PLACED,
    TURNED_AWAY,
    MatchDone,
    MatchReady,
    TournamentFinished,
    TournamentStarted,
)
from desperados.combat.tournaments.matches import MATCHES
from desperados.combat.tournaments.rules import Bracket, Pairing, length, weights
from desperados.engine import clock
from desperados.engine.errors import Contention
from desperados.engine.live.events import push
from desperados.engine.staging import StagedUpdate
from desperados.engine.transactions import stage
from desperados.play.outcome import Outcome
from desperados.play.seeds import draws_of
from desperados.play.shapes import games
from desperados.play.shapes.contests import ContestKind, decide, participants
from desperados.play.shapes.documents import Contest, ContestEntry
from desperados.play.shapes.rules import Verdict

CONTEST = PURPOSE = "tournament"
TITLE = "tournament_champion"


async def load_tournament(where: dict[str, Any]) -> Tournament | None:
    """A tournament of ours: those of another program have no contest."""
    return await Tournament.load_one({**where, "contestId": {"$ne": None}})


def change_tournament(tournament: Tournament, change: dict[str, Any]) -> None:
    """Stage a change of a tournament in its status.

    Outcomes: changed; not found, when it is in another status by now, or a write conflict, when
    another match of it is over at this moment (the transaction runs again).
    """
    stage(
        StagedUpdate(
            Tournament.collection_name(),
            {"_id": tournament.id, "status": tournament.status.value},
            change,
            otherwise=Contention(retry_after=1),
        )
    )


# From the contest


async def turn_away(contest: Contest, entries: Sequence[ContestEntry]) -> Collection[ObjectId]:
    """Who has died or left the world before the start does not sit down."""
    there = await find_actors(entry.character_id for entry in entries)
    away = [
        entry
        for entry in entries
        if entry.character_id not in there or there[entry.character_id].dead
    ]
    if away:
        tournament = await load_tournament({"_id": contest.ref_id})
        for entry in away:
            if tournament is not None and entry.character_id in there:
                notify(entry.character_id, TURNED_AWAY, name=tournament.name, fee=entry.paid)
    return {entry.character_id for entry in away}


async def start(contest: Contest) -> None:
    """Draw the bracket of those who are there, and open the first matches."""
    tournament = await load_tournament({"_id": contest.ref_id})
    assert tournament is not None
    assert tournament.seed is not None
    entrants = [entry.character_id for entry in await participants(contest)]
    bracket = Bracket.draw(entrants, draws_of(tournament.seed))
    pool = contest.gathered + tournament.guarantee
    for who in entrants:
        push(
            TournamentStarted(tournament_id=tournament.id, entrants=len(entrants), prize_pool=pool),
            to=who,
        )
    await _open_matches(tournament, bracket.pairings())
    changed = {
        "status": TournamentStatus.ACTIVE.value,
        "participants": entrants,
        "prizePool": pool,
        "bracket": bracket.stored(),
        "endsAt": clock.now() + length(len(entrants)),
    }
    change_tournament(tournament, {"$set": changed})


async def cancelled(contest: Contest) -> None:
    """Everybody has its money back."""
    tournament = await load_tournament({"_id": contest.ref_id})
    assert tournament is not None
    for who in tournament.participants:
        notify(who, CALLED_OFF, name=tournament.name)
    changed = {**over(TournamentOutcome.CANCELLED), "prizePool": 0}
    change_tournament(tournament, {"$set": changed})


async def ended(contest: Contest) -> None:
    """All prizes are paid: tell everybody."""
    tournament = await load_tournament({"_id": contest.ref_id})
    assert tournament is not None
    for prize in contest.prizes:
        push(
            TournamentFinished(tournament_id=tournament.id, place=prize.place, prize=prize.amount),
            to=prize.character_id,
        )
    champion = Bracket.of(tournament.bracket).champion
    await tell_places(
        contest,
        "tournament",
        PLACED,
        tournament.name,
        honours={champion: Outcome(titles=(TITLE,))} if champion is not None else {},
        silent=tournament.disqualified,
    )
    paid = {"prizePool": contest.gathered, "placements": stored_placements(contest)}
    change_tournament(tournament, {"$set": paid})


TOURNAMENTS = ContestKind(started=start, cancelled=cancelled, ended=ended, unfit=turn_away)


def over(outcome: TournamentOutcome) -> dict[str, Any]:
    """What changes of a tournament at its end."""
    return {
        "status": TournamentStatus.COMPLETE.value,
        "outcome": outcome.value,
        "endsAt": clock.now(),
    }


# From the matches


async def match_over(game: TournamentMatch, verdict: Verdict) -> None:
    """Let the winner of a match go on; after the final, share the pool."""
    tournament = await load_tournament({"_id": game.tournament_id})
    if tournament is None or tournament.status is not TournamentStatus.ACTIVE:
        return  # it was called off meanwhile
    bracket = Bracket.of(tournament.bracket, tournament.disqualified)
    winner, reason = _judged(game, verdict, bracket.gone)
    _tell(game, winner, reason)
    before = set(bracket.pairings())
    bracket = bracket.decided(game.round, game.match_number, winner)
    await _open_matches(tournament, [p for p in bracket.pairings() if p not in before])
    changed: dict[str, Any] = {"bracket": bracket.stored()}
    if bracket.is_over:
        await _share(tournament, bracket)
        changed |= over(TournamentOutcome.FINISHED)
    change_tournament(tournament, {"$set": changed})


def _judged(
    game: TournamentMatch, verdict: Verdict, gone: Collection[ObjectId]
) -> tuple[ObjectId | None, MatchReason]:
    """Who has won a match and why, when those who are disqualified win nothing."""
    players = (game.player1_id, game.player2_id)
    seat, reason = verdict.facts["winner"], MatchReason(verdict.facts["reason"])
    winner = None if seat is None else players[seat]
    if winner is None:
        return None, reason
    other = players[1 - seat]
    if winner not in gone:
        sent_away = reason is MatchReason.FORFEIT and other in gone
        return winner, MatchReason.DISQUALIFIED if sent_away else reason
    came = reason in (MatchReason.PLAYED, MatchReason.LOT, MatchReason.FORFEIT)
    return (other if came and other not in gone else None), MatchReason.DISQUALIFIED


def _tell(game: TournamentMatch, winner: ObjectId | None, reason: MatchReason) -> None:
    """Stage who has won, and tell the two; the match that whoever moved gets shows it, too.

    Outcomes: changed; the row of a match that is being settled is there.
    """
    game.winner_id, game.reason = winner, reason
    stage(
        StagedUpdate(
            TournamentMatch.collection_name(),
            {"_id": game.id},
            {"$set": {"winnerId": winner, "reason": reason.value}},
            otherwise=Contention(retry_after=1),
        )
    )
    done = MatchDone(
        tournament_id=game.tournament_id,
        match_id=game.id,
        winner_id=winner,
        reason=reason.value,
    )
    for player in (game.player1_id, game.player2_id):
        push(done, to=player)


async def _open_matches(tournament: Tournament, pairings: Sequence[Pairing]) -> None:
    for pairing in pairings:
        players = (pairing.one, pairing.other)
        match = await games.open_game(
            MATCHES,
            players,
            purpose=PURPOSE,
            ref_id=tournament.id,
            tournament_id=tournament.id,
            round=pairing.round,
            match_number=pairing.number,
            player1_id=pairing.one,
            player2_id=pairing.other,
        )
        assert match.deadline is not None
        for who, opponent in (players, players[::-1]):
            ready = MatchReady(
                tournament_id=tournament.id,
                match_id=match.id,
                round=pairing.round,
                opponent_id=opponent,
                deadline=match.deadline,
            )
            push(ready, to=who)


async def _share(tournament: Tournament, bracket: Bracket) -> None:
    """Share the pool by how far everybody has come. What is guaranteed is for a tournament that
    somebody has won."""
    assert tournament.contest_id is not None
    await decide(
        tournament.contest_id,
        bracket.ranking(),
        weights(len(tournament.participants)),
        subsidy=tournament.guarantee if bracket.champion is not None else 0,
        forfeits=tournament.disqualified,
    )
