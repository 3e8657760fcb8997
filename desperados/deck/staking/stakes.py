"""Stakes: money that somebody puts on its own deed.

What is held at the start comes back with a win on top of it, or leaves the world. What would be won
is agreed at the start: it is less than what the odds of the best possible play would make fair. So
no stake has a positive mean, however well somebody plays: whoever knows more cards than the table
of the odds knows no better ones.

A game with a stake is played with a plain deck and at its full target: special cards and the
relief for who has lost often are for games that are played for their own sake.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from desperados.characters.participant import Participant
from desperados.deck.actions import ActionType, PlayedAction
from desperados.deck.errors import InvalidStake
from desperados.deck.staking.odds import most_percent
from desperados.ledger.money.accounts import Account, escrow, wallet
from desperados.ledger.money.documents import Currency, HoldPurpose, HoldStatus
from desperados.ledger.money.holds import new_hold
from desperados.ledger.money.movement import Movement, burn, mint, move
from desperados.ledger.money.sources import Source


@dataclass(frozen=True, slots=True)
class Tier:
    """Stakes of ``least`` to ``most`` dollars, from ``level`` on. ``loss`` is what of the amount is
    held and may be lost, in percent; ``edge`` the share of the win that the house keeps."""

    level: int
    least: int
    most: int
    loss: int
    edge: int


TIERS = (
    Tier(1, 10, 100, 100, 1),
    Tier(10, 101, 500, 150, 2),
    Tier(25, 501, 2_000, 200, 5),
    Tier(50, 2_001, 10_000, 300, 8),
)


@dataclass(frozen=True, slots=True)
class Stake:
    """Dollars on the outcome of a deed."""

    amount: int


@dataclass(frozen=True, slots=True)
class Held:
    """A stake that is taken: what moves, the hold that it opens, and what the game keeps of it."""

    hold: ObjectId
    movements: list[Movement]
    opened: dict[Account, dict[str, Any]]
    terms: dict[str, int]


def tier_of(amount: int) -> Tier | None:
    """The tier of a stake; None if nobody stakes so much, or so little."""
    return next((tier for tier in TIERS if tier.least <= amount <= tier.most), None)


def winnings(amount: int, percent: int) -> int:
    """What a stake of ``amount`` wins where the best play succeeds in ``percent`` of the games at
    most: never more than the amount, and never more than what is fair, less the edge.

    Raises:
        InvalidStake: nobody stakes this much.
    """
    tier = tier_of(amount)
    if tier is None:
        raise InvalidStake(path="stake")
    kept = 100 - tier.edge
    fair = _held(amount, tier) * (100 - percent) * kept // (100 * max(1, percent))
    return min(amount * kept // 100, fair)


def take_stake(
    stake: Stake, action: PlayedAction, who: Participant, skill: int, session: ObjectId
) -> Held:
    """What takes a stake on a deed.

    Raises:
        InvalidStake: nobody stakes this much at this level, or on this deed.
    """
    tier = tier_of(stake.amount)
    if tier is None:
        raise InvalidStake(path="stake", least=TIERS[0].least, most=TIERS[-1].most)
    if who.level < tier.level:
        raise InvalidStake(path="stake", level=tier.level)
    if action.type is ActionType.CRIME:
        raise InvalidStake("Nobody takes bets on a crime.", path="stake")
    held = _held(stake.amount, tier)
    win = winnings(stake.amount, most_percent(action.game, action.grade, skill))
    if not win:
        raise InvalidStake("This is too sure a thing: nobody bets against it.", path="stake")
    account, document = new_hold(who.id, HoldPurpose.STAKE, session)
    return Held(
        account.id,
        move(wallet(who.id), account, Currency.DOLLARS, held, Source.STAKE_HELD, session),
        {account: document},
        {"amount": stake.amount, "held": held, "win": win},
    )


def settled_stake(
    hold: ObjectId, terms: Mapping[str, int], owner: ObjectId | None, session: ObjectId
) -> tuple[list[Movement], dict[Account, HoldStatus]]:
    """What becomes of a stake: back with its win to the ``owner``, or (None) out of the world."""
    account, dollars = escrow(hold), Currency.DOLLARS
    if owner is None:
        lost = burn(account, dollars, terms["held"], Source.STAKE_LOST, reference=session)
        return [lost], {account: HoldStatus.LAPSED}
    purse = wallet(owner)
    moved = move(account, purse, dollars, terms["held"], Source.STAKE_RELEASED, session)
    if terms["win"]:
        won = mint(purse, dollars, terms["win"], Source.STAKE_WINNINGS, reference=session)
        moved.append(won)
    return moved, {account: HoldStatus.RELEASED}


def _held(amount: int, tier: Tier) -> int:
    return amount * tier.loss // 100
