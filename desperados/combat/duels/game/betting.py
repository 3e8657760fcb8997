"""Betting in a duel: one bet and two raises of it in a deal, never more than both can pay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

from desperados.combat.duels.game import rounds
from desperados.combat.duels.game.table import Table, other
from desperados.engine.dice import Draws
from desperados.play.shapes.errors import IllegalMove

MOST_RAISES = 2


def names(table: Table, seat: int) -> list[str]:
    """What a side may do when it is to bet."""
    may_put = table.room(seat) > 0
    if not table.owed(seat):
        return ["check", "bet", "all_in"] if may_put else ["check"]
    raising = ["raise", "all_in"] if may_put and table.raises < MOST_RAISES else []
    return ["call", "fold", *raising]


def bet(table: Table, seat: int, name: str, about: Mapping[str, Any], draws: Draws) -> None:
    """One of ``names``.

    Raises:
        IllegalMove: it bets or raises by less than 1 point, or by more than both can pay.
    """
    if name == "fold":
        rounds.win(table, other(seat), "fold", draws)
    elif name == "check":
        if table.checked:
            rounds.show_down(table, draws)
        else:
            table.checked, table.to_move = True, other(seat)
    elif name == "call":
        _put(table, seat, table.owed(seat))
        rounds.show_down(table, draws)
    else:
        more = table.room(seat) if name == "all_in" else _amount(table, seat, about)
        table.raises += table.owed(seat) > 0
        _put(table, seat, table.owed(seat) + more)
        table.to_move = other(seat)


def _amount(table: Table, seat: int, about: Mapping[str, Any]) -> int:
    amount = about.get("amount")
    if not is_whole(amount) or not 1 <= amount <= table.room(seat):
        raise IllegalMove(path="amount", most=table.room(seat))
    return amount


def _put(table: Table, seat: int, points: int) -> None:
    side = table.sides[seat]
    side.points, side.staked = side.points - points, side.staked + points


def is_whole(value: Any) -> TypeGuard[int]:
    """Whether a client sent a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)
