"""The game of a duel: best of three rounds, each in three hidden phases. Pure functions.

1. *Selection*, at the same time and unseen: each side keeps some of its five cards and draws the
   others, once.
2. *Betting* of points, in turn: check, bet, call, raise, fold.
3. *Reveal*: the better hand wins the points in the pot. Who has no points left has lost the duel.

Whoever lets its time pass plays what it has said it would keep, else what is worth keeping; then it
checks, or folds. Who has not moved for ten minutes loses; if neither has, nobody has won. The sides
have the same chances whoever has challenged whom: skills help at reading and hiding, never at
cards.

Terms: ``skills`` of the two seats (``instinct``, ``deception``, ``sleight``, 0 to 100), the
challenger first; ``at``, when it begins, in whole seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from desperados.combat.duels.game import abilities, betting, rounds
from desperados.combat.duels.game.abilities import ABILITIES
from desperados.combat.duels.game.betting import is_whole
from desperados.combat.duels.game.table import (
    BETTING,
    HAND,
    OVER,
    READY,
    SEATS,
    SELECTION,
    Side,
    Table,
    other,
)
from desperados.deck.cards import cards_of
from desperados.deck.hands import Strength
from desperados.engine.dice import Draws
from desperados.play.shapes.errors import IllegalMove
from desperados.play.shapes.rules import Move, Rules, State, Verdict

CHALLENGER, DEFENDER = SEATS
TURN = timedelta(minutes=1)
AWAY_SECONDS = 600
MOST_HOLDS = 5  # in a deal: what one keeps may be said again, but not for ever


def start(terms: Mapping[str, Any], _draws: Draws) -> State:
    """Two who have agreed. The challenger says that it is there before anything is dealt."""
    at = int(terms["at"])
    return Table([Side(**skills, here_at=at) for skills in terms["skills"]]).stored()


def turn(state: State) -> Collection[int]:
    """Who is to move."""
    phase = state["phase"]
    if phase == READY:
        return (CHALLENGER,)
    if phase == BETTING:
        return (state["to_move"],)
    if phase == SELECTION:
        return [seat for seat in SEATS if not state["sides"][seat]["chosen"]]
    return ()


def legal(state: State, seat: int) -> Collection[str]:
    """What a side may do."""
    table = Table.of(state)
    if table.phase == READY:
        return ("ready", "withdraw")
    side = table.sides[seat]
    found = ["forfeit", *abilities.names(table, seat)]
    if table.phase == SELECTION:
        return [*found, "draw", *(["hold"] if side.holds < MOST_HOLDS else [])]
    if not side.accused:
        found.append("accuse")
    return [*found, *betting.names(table, seat)]


def step(state: State, move: Move, draws: Draws) -> State:
    """The table after a move.

    Raises:
        IllegalMove: its arguments are wrong.
    """
    table, seat, name = Table.of(state), move.seat, move.name
    _count_presence(table, move)
    if table.phase == OVER:
        return table.stored()
    if name == "ready":
        rounds.deal(table, draws)
    elif name == "withdraw":
        table.end(None, "void")
    elif name == "forfeit":
        table.end(other(seat), "forfeit")
    elif name == "hold":
        table.sides[seat].held = _kept(move.about)
        table.sides[seat].holds += 1
    elif name == "draw":
        rounds.select(table, seat, _to_keep(table.sides[seat], move.about), draws)
    elif name == "accuse":
        abilities.accuse(table, seat, draws)
    elif name in ABILITIES:
        abilities.use(table, seat, name, move.about, draws)
    else:
        betting.bet(table, seat, name, move.about, draws)
    return table.stored()


def auto(state: State, seat: int) -> tuple[str, Mapping[str, Any]]:
    """What the clock does for a side."""
    if state["phase"] == READY:
        return "withdraw", {}
    if state["phase"] == SELECTION:
        return "draw", {}
    return ("fold" if Table.of(state).owed(seat) else "check"), {}


def verdict(state: State, closed: bool) -> Verdict | None:
    """How it has ended. Whose time is over has the duel of whoever is ahead."""
    table = Table.of(state)
    if table.phase == OVER:
        winner, reason = table.winner, table.reason
    elif closed:
        winner = rounds.leader(table)
        reason = "void" if winner is None else "timeout"
    else:
        return None
    facts = {
        "winner": winner,
        "reason": reason,
        "points": [side.points + side.staked for side in table.sides],
        "wins": [side.wins for side in table.sides],
        "best": [_best_shown(table, seat) for seat in SEATS],
    }
    return Verdict("void" if winner is None else "complete", facts)


def view(state: State, seat: int | None) -> Mapping[str, Any]:
    """What a side may see: all of its own, and of the other one what lies on the table."""
    table = Table.of(state)
    shown = {
        "phase": table.phase,
        "round": table.round,
        "suddenDeath": bool(table.sudden),
        "opens": table.opens,
        "pot": table.pot,
        "sides": [_public(side) for side in table.sides],
        "rounds": table.rounds,
        "winner": table.winner,
        "reason": table.reason,
    }
    if seat is None:
        return shown
    own = table.sides[seat]
    return shown | {
        "hand": own.hand,
        "held": own.held,
        "nerve": own.nerve,
        "reads": own.reads,
        "owed": max(0, table.owed(seat)),
        "room": table.room(seat),
    }


def _public(side: Side) -> dict[str, Any]:
    return {
        "points": side.points,
        "wins": side.wins,
        "staked": side.staked,
        "chosen": side.chosen,
    }


def _count_presence(table: Table, move: Move) -> None:
    """Note that a side is there; or end the duel of whoever has been away for too long."""
    at = int(move.at.timestamp())
    mine, theirs = table.sides[move.seat], table.sides[other(move.seat)]
    if not move.auto:
        mine.here_at, table.acted, table.idle = at, True, 0
    elif table.phase != READY and at - mine.here_at >= AWAY_SECONDS:
        gone_too = at - theirs.here_at >= AWAY_SECONDS
        table.end(*((None, "void") if gone_too else (other(move.seat), "timeout")))


def _to_keep(side: Side, about: Mapping[str, Any]) -> list[int]:
    """What a side keeps: as it says now, else as it has said, else what is worth keeping."""
    if about.get("cards") is not None:
        return _kept(about)
    return side.held if side.held is not None else worth_keeping(side)


def _kept(about: Mapping[str, Any]) -> list[int]:
    places = about.get("cards")
    if not isinstance(places, list) or len(places) > HAND or not all(map(is_whole, places)):
        raise IllegalMove(path="cards")
    if len(set(places)) < len(places) or not set(places) <= set(range(HAND)):
        raise IllegalMove(path="cards")
    return sorted(places)


def worth_keeping(side: Side) -> list[int]:
    """The places of what anybody would keep: a straight and better whole, else what is there more
    than once."""
    if side.strength()[0] >= Strength.STRAIGHT:
        return list(range(HAND))
    ranks = [card.rank for card in cards_of(side.hand)]
    counts = Counter(ranks)
    return [place for place, found in enumerate(ranks) if counts[found] > 1]


def _best_shown(table: Table, seat: int) -> int | None:
    """The best hand that a side has shown, if it has shown any."""
    shown = [row["strengths"][seat] for row in table.rounds if row["strengths"] is not None]
    return max(shown, default=None)


RULES = Rules(
    start=start,
    legal=legal,
    step=step,
    auto=auto,
    verdict=verdict,
    view=view,
    limit=lambda _state: TURN,
    turn=turn,
    aside=frozenset({"hold", *ABILITIES}),
)
