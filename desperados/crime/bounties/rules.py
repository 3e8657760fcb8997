"""What a player may put on a head, what that costs, and for how long. Tables and pure functions.

Source: the design of the game, crime: "Bounties". The fee is what makes it a loss to put a price on
a friend and share it: more is paid than ever comes back.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from desperados.crime.errors import PriceOutOfRange
from desperados.engine.allowances import per_day
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.rules import check_amount

LEAST, MOST = 100, 100_000  # dollars at once
MOST_ON_A_HEAD = 250_000  # dollars, of all players
MOST_PAYERS = 12  # on one head
FEE_PERCENT = 10
STANDS_FOR = timedelta(days=7)
STANDS_AT_LEAST = timedelta(days=1)
LEAST_LEVEL = 5  # of the head
POSTS = per_day("post_bounty", 5)


def check_price(amount: Any) -> int:
    """``amount`` if it is a price for a head.

    Raises:
        InvalidAmount: it is no whole number of dollars.
        PriceOutOfRange: it is not 100 to 100,000.
    """
    dollars = check_amount(amount, Currency.DOLLARS)
    if not LEAST <= dollars <= MOST:
        raise PriceOutOfRange(path="amount", least=LEAST, most=MOST)
    return dollars


def fee(amount: int) -> int:
    """What posting ``amount`` dollars costs: a tenth, rounded up, which nobody gets back."""
    return -(-amount * FEE_PERCENT // 100)
