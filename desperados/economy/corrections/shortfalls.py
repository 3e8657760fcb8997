"""What a reversal cannot take, because it was spent, and who waits for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bson import ObjectId

from desperados.economy.errors import NotReversible
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import Account, AccountKind
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.errors import AccountNotFound
from desperados.ledger.money.sources import Flow

Place = tuple[Account, Currency]


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Coins that ``debtor`` does not have, and who waits for them: the world, if nobody."""

    debtor: ObjectId
    creditor: ObjectId | None
    currency: Currency
    amount: int


async def without_shortfalls(
    movements: Sequence[ledger.Movement],
) -> tuple[list[ledger.Movement], list[Shortfall]]:
    """The movements that wallets can bear, and what is missing.

    The movements of a reversal come with those that give first.

    Raises:
        NotReversible: several would wait for one debtor, or a debtor for somebody else.
        AccountNotFound: a character who took part is gone.
    """
    wallets = {move.account for move in movements if move.account.kind is AccountKind.WALLET}
    balances = await ledger.balances_of(wallets)
    for account in wallets - balances.keys():
        raise AccountNotFound(account=str(account))
    held: dict[Place, int] = {
        (account, currency): amount
        for account, amounts in balances.items()
        for currency, amount in amounts.items()
    }
    kept: list[ledger.Movement] = []
    missing: list[Shortfall] = []
    waits: dict[Currency, int] = defaultdict(int)
    for movement in movements:
        place = (movement.account, movement.currency)
        if place not in held:
            kept.append(movement)
            continue
        short = max(0, -movement.amount - held[place])
        held[place] += movement.amount + short
        if movement.amount + short:
            kept.append(replace(movement, amount=movement.amount + short))
        if short:
            creditor = None
            if movement.source.flow is Flow.TRANSFER:
                creditor = _creditor(movements, movement)
                waits[movement.currency] += short
            missing.append(Shortfall(movement.account.id, creditor, movement.currency, short))
    return [part for part in (_less(movement, waits) for movement in kept) if part.amount], missing


def _creditor(movements: Sequence[ledger.Movement], owed: ledger.Movement) -> ObjectId:
    """The one who is to get back what ``owed`` takes."""
    given = {
        movement.account
        for movement in movements
        if movement.currency is owed.currency
        and movement.source.flow is Flow.TRANSFER
        and movement.amount > 0
    }
    takers = {
        movement.account
        for movement in movements
        if movement.currency is owed.currency
        and movement.source.flow is Flow.TRANSFER
        and movement.amount < 0
    }
    if len(given) != 1 or given & takers or next(iter(given)).kind is not AccountKind.WALLET:
        raise NotReversible("Not one character alone would wait for what is missing.")
    return next(iter(given)).id


def _less(movement: ledger.Movement, waits: dict[Currency, int]) -> ledger.Movement:
    """A movement to who waits, without what was not taken."""
    if movement.amount < 0 or movement.source.flow is not Flow.TRANSFER:
        return movement
    cut = min(movement.amount, waits[movement.currency])
    waits[movement.currency] -= cut
    return replace(movement, amount=movement.amount - cut)
