"""What the ledger of money refuses."""

from __future__ import annotations

from desperados.engine.errors import (
    Conflict,
    Contention,
    GameError,
    InvalidInput,
    NotFound,
)


class InvalidAmount(InvalidInput):
    """An amount is a whole number, at least 1."""


class ZeroAmount(InvalidAmount):
    """An amount is at least 1."""


class NegativeAmount(InvalidAmount):
    """An amount is positive; to move money the other way, swap the two sides."""


class FractionalAmount(InvalidAmount):
    """An amount is a whole number of coins."""


class OversizedAmount(InvalidAmount):
    """The amount is more than a wallet of this currency can hold."""


class UnknownCurrency(InvalidInput):
    """There is no such currency: dollars, gold or silver."""


class UnknownSource(InvalidInput):
    """Money enters and leaves the world only through the named faucets and sinks."""


class AccountNotFound(NotFound):
    """There is no such account."""


class InsufficientFunds(Conflict):
    """There is not enough money on this account."""


class AccountFull(Conflict):
    """This account cannot hold that much."""


class BalanceMoved(Contention):
    """The balance changed under this posting; try again."""


class UnbalancedPosting(GameError):
    """A posting would make or destroy money that no faucet or sink accounts for."""
