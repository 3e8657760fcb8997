"""The rules of what people do for their souls. Pure functions and tables."""

from __future__ import annotations

from typing import Any

from desperados.ledger.money.documents import Currency
from desperados.ledger.money.errors import OversizedAmount
from desperados.ledger.money.rules import check_amount
from desperados.play.requirements import Kind, Requirement, Window

LEAST_ALMS, MOST_ALMS = 1, 10_000  # dollars
GENEROUS_FROM = 100  # dollars: less is a prayer with a coin

AT_CHURCH = (
    Requirement(Kind.PLACE_TYPE, "church"),
    Requirement(Kind.HOURS, value=Window(5, 21)),
)


def check_alms(dollars: Any) -> int:
    """``dollars`` if so much can be given at once.

    Raises:
        InvalidAmount: it is not a whole number from 1 to 10,000.
    """
    amount = check_amount(dollars, Currency.DOLLARS)
    if amount > MOST_ALMS:
        raise OversizedAmount(path="amount", most=MOST_ALMS)
    return amount


def deed_of(dollars: int) -> str:
    """What alms of so many dollars are in the table of conduct."""
    return "give_poor" if dollars >= GENEROUS_FROM else "pray_or_donate"
