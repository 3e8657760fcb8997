"""The numbers of money: caps, what an amount is, how a rate is applied. Pure functions.

Amounts are whole coins. Nothing here looks at the database, the clock or chance.
"""

from __future__ import annotations

from typing import Annotated, Any

from desperados.engine.views import told
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.errors import (
    FractionalAmount,
    InvalidAmount,
    NegativeAmount,
    OversizedAmount,
    UnknownCurrency,
    UnknownSource,
    ZeroAmount,
)
from desperados.ledger.money.sources import RESERVED, Flow, Source

LARGEST_EXACT = 2**53 - 1  # what every client's number type holds exactly

CAPS: dict[Currency, int] = {
    Currency.DOLLARS: 2_147_483_647,
    Currency.GOLD: 100_000,
    Currency.SILVER: 1_000_000,
}


# What a request says of coins; the cap of gold and silver is lower.
Coins = Annotated[int, told(1, CAPS[Currency.DOLLARS])]


def check_amount(amount: Any, currency: Currency, *, path: str = "amount") -> int:
    """``amount`` if it is a whole number of coins from 1 to the currency's cap.

    Raises:
        InvalidAmount: it is no number at all (a text, a boolean, nothing).
        FractionalAmount: it is not of an integer type; 5.0 is refused too, for it may have been
            rounded on its way here.
        ZeroAmount: it is 0.
        NegativeAmount: it is below 0.
        OversizedAmount: it is above the cap of the currency.
    """
    if isinstance(amount, float):
        raise FractionalAmount(path=path)
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise InvalidAmount(path=path)
    if amount == 0:
        raise ZeroAmount(path=path)
    if amount < 0:
        raise NegativeAmount(path=path)
    if amount > CAPS[currency]:
        raise OversizedAmount(path=path, most=CAPS[currency], currency=currency.value)
    return int(amount)


def check_currency(currency: Any) -> Currency:
    """``currency`` as the enum.

    Raises:
        UnknownCurrency: it is none of the three.
    """
    try:
        return Currency(currency)
    except ValueError:
        raise UnknownCurrency(path="currency") from None


def check_source(source: Any, *flows: Flow) -> Source:
    """``source`` as the enum, of one of the given flows.

    Raises:
        UnknownSource: there is no such source, or it is of another flow.
    """
    try:
        found = Source(source)  # type: ignore[call-arg]
    except ValueError:
        raise UnknownSource(path="source") from None
    if found.flow not in flows:
        wanted = " or ".join(flow.value for flow in flows)
        raise UnknownSource(
            f"{found.value} is a {found.flow.value}, not a {wanted}.", path="source"
        )
    return found


def check_unreserved(source: Source) -> None:
    """Refuse the sources through which nobody earns or spends.

    Raises:
        UnknownSource: only the ledger itself and reversals post it.
    """
    if source in RESERVED:
        raise UnknownSource(f"Only the ledger itself posts {source.value}.", path="source")


def at_cost(amount: int, numerator: int, denominator: int) -> int:
    """A cost or tax of ``numerator/denominator`` of ``amount``, rounded up, against who pays."""
    return -(-amount * numerator // denominator)


def as_proceeds(amount: int, numerator: int, denominator: int) -> int:
    """Proceeds or a bonus of ``numerator/denominator`` of ``amount``, rounded down."""
    return amount * numerator // denominator
