"""What comes of a duel: the wager, the rating, experience, standing, conduct, and perhaps a fall.

It is the purpose of the games that are duels: called in the transaction of the move, or of the
clock, that ended one, and so once.
"""

from __future__ import annotations

from bson import ObjectId

from desperados.characters.actor import itself
from desperados.characters.happenings import PURPOSE, Happened, note
from desperados.characters.notices.writing import notify
from desperados.characters.participant import Participant, find_participants
from desperados.combat.duels import holding, wagers
from desperados.combat.duels.documents import (
    Duel,
    DuelPhase,
    DuelSession,
    DuelStatus,
    DuelType,
    EndReason,
)
from desperados.combat.duels.errors import DuelNotFound
from desperados.combat.duels.events import LOST, WON, DuelEnded
from desperados.combat.duels.ratings import move_ratings, ratings_of
from desperados.deck.hands import Strength
from desperados.engine import clock
from desperados.engine.allowances import usage_of
from desperados.engine.errors import Contention
from desperados.engine.live.events import push
from desperados.engine.staging import StagedUpdate
from desperados.engine.storage.reads import together
from desperados.engine.transactions import stage
from desperados.play.outcome import NOTHING, Deed, Defeat, DefeatKind, Outcome, Share
from desperados.play.settle import settle
from desperados.play.shapes.rules import Verdict
from desperados.renown.rules import FACTIONS

DUEL = Deed(name="duel")
BEST = {Strength.ROYAL_FLUSH: "royal_flush", Strength.FOUR: "four_of_a_kind"}


async def settle_duel(game: DuelSession, verdict: Verdict) -> None:
    """Draw the consequences of a duel that has ended. Who won and has left the world since wins
    nothing: then all get back what they put up."""
    duel = await Duel.load_one({"_id": game.ref_id})
    if duel is None:
        raise DuelNotFound()
    players = [seat.character_id for seat in game.seats]
    people = await find_participants(players)
    seat, reason = verdict.facts["winner"], EndReason(verdict.facts["reason"])
    if seat is None or players[seat] not in people:
        await holding.give_back(duel, people)
        _close(duel, None, EndReason.VOID if seat is None else reason)
        return
    best = verdict.facts["best"][seat]
    await _award(duel, people[players[seat]], people.get(players[1 - seat]), reason, best)


async def _award(
    duel: Duel, winner: Participant, loser: Participant | None, reason: EndReason, best: int | None
) -> None:
    loser_id = _other(duel, winner.id)
    wins, rated = wagers.wins_over(winner.id, loser_id), wagers.rated_of(winner.id, loser_id)
    counters, ratings = usage_of(wins, rated), ratings_of([winner.id, loser_id])
    await together(itself(winner), counters, ratings)
    usage = counters.result
    counts = loser is not None and usage.before(*wins) < wins[0].most
    shares = [Share(winner, _of_winner(duel, winner, loser) if counts else NOTHING)]
    if loser is not None:
        shares.append(Share(loser, _of_loser(duel, winner, loser, reason)))
    paid = holding.payout(duel, [winner.id], winner.id)
    await settle(
        DUEL,
        *shares,
        reference=duel.id,
        movements=paid.movements,
        opened=paid.opened,
        closed=paid.closed,
    )
    change = None
    if duel.type is DuelType.RANKED and usage.before(*rated) < rated[0].most:
        change = move_ratings(winner.id, loser_id, ratings.result)
        if change is not None:
            usage.use(*rated)
    if counts:
        usage.use(*wins)
    usage.write()
    _close(duel, winner.id, reason, change)
    if loser is not None:
        _tell(duel, winner, loser)
        if counts:
            _note(duel, winner, loser, best)


def _of_winner(duel: Duel, winner: Participant, loser: Participant | None) -> Outcome:
    """What a win that counts gives. Whoever has died meanwhile learns nothing any more."""
    if loser is None or winner.dead:
        return NOTHING
    fair = wagers.is_fair(winner.level, loser.level)
    standing = wagers.FAIR_STANDING if fair else wagers.AMBUSH_STANDING
    return Outcome(
        combat_xp=wagers.combat_xp(duel.type, winner.level, loser.level),
        conduct=("fair_duel" if fair else "ambush",),
        standing=_among_its_own(winner, standing),
    )


def _of_loser(duel: Duel, winner: Participant, loser: Participant, reason: EndReason) -> Outcome:
    """A cheat loses its name, and in a duel to the death the loser falls. Whom death, the law or
    another has felled meanwhile does not fall again."""
    if loser.dead:
        return NOTHING
    cheated = reason is EndReason.CHEATING
    defeat = None
    if duel.lethal and not loser.jailed and loser.down_until is None:
        defeat = Defeat(
            kind=DefeatKind.DUEL,
            danger=wagers.MORTAL_DANGER,
            opponent_level=winner.level,
            killer=winner.id,
            cause=f"a duel with {winner.name}",
        )
    return Outcome(
        conduct=("cheat",) if cheated else (),
        standing=_among_its_own(loser, wagers.CHEAT_STANDING) if cheated else {},
        defeat=defeat,
    )


def _among_its_own(person: Participant, points: int) -> dict[str, int]:
    """Standing with one's own faction, in which such things are told."""
    return {person.faction: points} if person.faction in FACTIONS else {}


def _note(duel: Duel, winner: Participant, loser: Participant, best: int | None) -> None:
    about = ["fair" if wagers.is_fair(winner.level, loser.level) else "ambush"]
    if duel.lethal:
        about.append("lethal")
    shown = [BEST[Strength(best)]] if best in BEST else []
    for one, other, tags in ((winner, loser, ["won", *shown]), (loser, winner, ["lost"])):
        note(
            one,
            Happened.FIGHT_ENDED,
            *tags,
            "character",
            *about,
            f"{PURPOSE}duel",
            target=f"character:{other.id}",
            other=other.id,
            rank=other.level,
            reference=duel.id,
        )


def _tell(duel: Duel, winner: Participant, loser: Participant) -> None:
    notify(loser.id, LOST, duel_id=duel.id, name=winner.name)
    if duel.wager:
        notify(winner.id, WON, duel_id=duel.id, name=loser.name, dollars=duel.wager)


def _close(
    duel: Duel, winner: ObjectId | None, reason: EndReason, change: int | None = None
) -> None:
    """Stage how a duel has ended.

    Outcomes: changed; not found, when somebody outside has ended it (the transaction runs again,
    and fails in the end).
    """
    stage(
        StagedUpdate(
            Duel.collection_name(),
            {
                "_id": duel.id,
                "status": {"$in": [DuelStatus.ACCEPTED.value, DuelStatus.ACTIVE.value]},
            },
            {
                "$set": {
                    "status": DuelStatus.COMPLETE.value,
                    "phase": DuelPhase.OVER.value,
                    "winnerId": winner,
                    "endReason": reason.value,
                    "ratingChange": change,
                    "closedAt": clock.now(),
                }
            },
            otherwise=Contention(retry_after=1),
        )
    )
    ended = DuelEnded(
        duel_id=duel.id, winner_id=winner, reason=reason, wager=duel.wager, rating_change=change
    )
    for side in (duel.challenger_id, duel.defender_id):
        push(ended, to=side)


def _other(duel: Duel, side: ObjectId) -> ObjectId:
    return duel.defender_id if side == duel.challenger_id else duel.challenger_id
