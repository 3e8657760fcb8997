"""The rounds of a duel: what is dealt, who wins it, and when the duel is over. Pure functions.

Best of three. Equal hands are dealt again once, then each takes its points back and nobody has won
the round. Who is level after three rounds is told apart by points, then by hands in sudden death.
A deal that only the clock has played does not count.
"""

from __future__ import annotations

from desperados.combat.duels.game.table import (
    BETTING,
    HAND,
    MOST_NERVE,
    NERVE_OF_A_DEAL,
    SEATS,
    SELECTION,
    Table,
    other,
    take_back,
)
from desperados.engine.dice import Draws

ROUNDS, NEEDED = 3, 2
ANTE = 10
MOST_SUDDEN = 5  # equal hands of sudden death, then nobody has won
MOST_IDLE = 4  # deals in a row that only the clock has played


def deal(table: Table, draws: Draws) -> None:
    """Deal both sides five cards and take the ante, as far as both have it. The sides take turns in
    betting first."""
    table.deal += 1
    table.opens = other(table.opens) if table.deal > 1 else draws.randrange(len(SEATS))
    table.phase, table.checked, table.raises, table.acted = SELECTION, False, 0, False
    ante = 0 if table.sudden else min(ANTE, *(side.points for side in table.sides))
    for side in table.sides:
        side.seen, side.held, side.holds, side.chosen = [], None, 0, False
        side.hand = side.draw(draws, HAND)
        side.palmed, side.reads = False, []
        side.points, side.staked = side.points - ante, ante
        if table.deal > 1:
            side.nerve = min(MOST_NERVE, side.nerve + NERVE_OF_A_DEAL)


def select(table: Table, seat: int, kept: list[int], draws: Draws) -> None:
    """A side keeps these places of its hand and draws the others; when both have, they bet."""
    side = table.sides[seat]
    drawn = iter(side.draw(draws, HAND - len(kept)))
    side.hand = [card if place in kept else next(drawn) for place, card in enumerate(side.hand)]
    side.chosen = True
    if all(side.chosen for side in table.sides):
        table.phase, table.to_move = BETTING, table.opens


def show_down(table: Table, draws: Draws) -> None:
    """Both show their hands."""
    if not table.acted:
        _wait(table, draws)
        return
    first, second = (side.strength() for side in table.sides)
    if first != second:
        win(table, 0 if first > second else 1, "showdown", draws)
        return
    _note(table, None, "equal")
    take_back(table)
    if table.sudden:
        table.sudden += 1
        if table.sudden > MOST_SUDDEN:
            table.end(None, "void")
            return
        deal(table, draws)
    elif not table.replayed:
        table.replayed = True
        deal(table, draws)
    else:
        _go_on(table, draws)


def win(table: Table, seat: int, how: str, draws: Draws) -> None:
    """A side wins the deal, and the points in the pot."""
    _note(table, seat, how)
    winner = table.sides[seat]
    winner.points += table.pot
    winner.wins += 1
    for side in table.sides:
        side.staked = 0
    loser = table.sides[other(seat)]
    if table.sudden or winner.wins == NEEDED or not loser.points:
        table.end(seat, "normal")
    else:
        _go_on(table, draws)


def leader(table: Table) -> int | None:
    """Who is ahead by rounds, then by points; None if nobody is."""
    first, second = ((side.wins, side.points + side.staked) for side in table.sides)
    if first == second:
        return None
    return 0 if first > second else 1


def _go_on(table: Table, draws: Draws) -> None:
    table.replayed = False
    if table.round < ROUNDS:
        table.round += 1
    elif (ahead := leader(table)) is not None:
        table.end(ahead, "normal")
        return
    else:
        table.sudden = 1
    deal(table, draws)


def _wait(table: Table, draws: Draws) -> None:
    """Nobody is there: it is dealt again, but not for ever."""
    _note(table, None, "idle")
    take_back(table)
    table.idle += 1
    if table.idle >= MOST_IDLE:
        table.end(None, "void")
    else:
        deal(table, draws)


def _note(table: Table, winner: int | None, how: str) -> None:
    """What both may know of a deal that is over: hands are shown only where they decided it."""
    shown = how in ("showdown", "equal")
    table.rounds.append(
        {
            "round": table.round,
            "sudden": bool(table.sudden),
            "winner": winner,
            "how": how,
            "pot": table.pot,
            "hands": [side.hand for side in table.sides] if shown else None,
            "strengths": [int(side.strength()[0]) for side in table.sides] if shown else None,
        }
    )
