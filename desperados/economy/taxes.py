"""The two taxes on what players have and give: wealth tax and transfer tax. Pure functions."""

from __future__ import annotations

from datetime import timedelta

from desperados.ledger.money.rules import as_proceeds, at_cost

# Wealth tax: up to so many dollars, so many hundredths of a percent a day.
WEALTH_BANDS: tuple[tuple[int | None, int], ...] = (
    (100_000, 0),
    (1_000_000, 10),
    (10_000_000, 25),
    (50_000_000, 50),
    (100_000_000, 80),
    (None, 120),
)
WEALTH_TAX_FROM = 100_000
MOST_WEALTH_TAX = 1_200_000
WEALTH_TAX_AGE = timedelta(days=7)  # accounts whose first character is younger are exempt

# Transfer tax: what a character sends beyond so many dollars in a UTC day costs one percent.
UNTAXED_TRANSFERS = 1_000
TRANSFER_TAX = 1

_HUNDREDTHS = 10_000


def wealth_tax(wealth: int) -> int:
    """Dollars a day on a wealth of so many dollars.

    Each band is taxed at its own rate and rounded down, so more wealth never leaves less.
    """
    tax, below = 0, 0
    for top, rate in WEALTH_BANDS:
        if wealth <= below:
            break
        within = (wealth if top is None else min(wealth, top)) - below
        tax += as_proceeds(within, rate, _HUNDREDTHS)
        below = top or wealth
    return min(tax, MOST_WEALTH_TAX)


def share_of_tax(wealth: int, account: int) -> int:
    """What a character pays who has ``wealth`` of the ``account`` dollars of its account.

    Rounded down; so wealth that is spread over the characters of an account pays what it would in
    one hand, less a dollar for each at most.
    """
    return as_proceeds(wealth_tax(account), wealth, account) if account else 0


def transfer_tax(amount: int, sent_before: int) -> int:
    """Dollars of tax on sending ``amount``, on top of it, after ``sent_before`` on the same day.

    Rounded up on each transfer, so sending in parts never costs less.
    """
    free = max(0, UNTAXED_TRANSFERS - sent_before)
    return at_cost(max(0, amount - free), TRANSFER_TAX, 100)
