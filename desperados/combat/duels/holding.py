"""The money of a duel: held of each side once it has agreed, and given to whoever it belongs to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from bson import ObjectId

from desperados.combat.duels.documents import Duel
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import Account, escrow, pending, wallet
from desperados.ledger.money.documents import Currency, HoldPurpose, HoldStatus
from desperados.ledger.money.holds import new_hold
from desperados.ledger.money.movement import Movement
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.sources import Source
from desperados.ledger.rewards import new_reward


@dataclass(slots=True)
class Payout:
    """What leaves the holds of a duel, for ``ledger.post`` or ``play.settle``."""

    movements: list[Movement] = field(default_factory=list)
    opened: dict[Account, dict[str, Any]] = field(default_factory=dict)
    closed: dict[Account, HoldStatus] = field(default_factory=dict)


async def hold(duel_id: ObjectId, side: ObjectId, dollars: int) -> ObjectId | None:
    """Take a wager out of a wallet; returns the hold, None where there is no wager.

    Raises:
        InsufficientFunds: the character carries less.
    """
    if not dollars:
        return None
    account, document = new_hold(side, HoldPurpose.STAKE, duel_id)
    await ledger.post(
        ledger.move(
            wallet(side), account, Currency.DOLLARS, dollars, Source.STAKE_HELD, reference=duel_id
        ),
        OperationKind.STAKE,
        opened={account: document},
    )
    return account.id


def payout(duel: Duel, there: Collection[ObjectId], winner: ObjectId | None = None) -> Payout:
    """What lies in the holds of a duel goes to the winner, or without one back to either side. What
    belongs to somebody who is not ``there`` any more waits as a reward, and lapses."""
    found = Payout()
    for side, hold_id in holds_of(duel).items():
        to = winner or side
        source = Source.STAKE_RELEASED if to == side else Source.STAKE_WON
        receiver, held = wallet(to), escrow(hold_id)
        if to not in there:
            reward = new_reward(to, source.value)
            receiver = pending(reward["_id"])
            found.opened[receiver] = reward
        found.closed[held] = HoldStatus.RELEASED if to == side else HoldStatus.CAPTURED
        found.movements += ledger.move(
            held, receiver, Currency.DOLLARS, duel.wager, source, duel.id
        )
    return found


async def give_back(duel: Duel, there: Collection[ObjectId]) -> None:
    """Give back what is held for a duel of which nothing has come."""
    back = payout(duel, there)
    if back.movements:
        await ledger.post(
            back.movements, OperationKind.STAKE, opened=back.opened, closed=back.closed
        )


def holds_of(duel: Duel) -> Mapping[ObjectId, ObjectId]:
    """Where the money of each side lies."""
    sides = {
        duel.challenger_id: duel.challenger_hold_id,
        duel.defender_id: duel.defender_hold_id,
    }
    return {side: hold_id for side, hold_id in sides.items() if hold_id is not None}
