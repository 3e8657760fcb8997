"""What the economy refuses."""

from __future__ import annotations

from desperados.engine.errors import (
    Conflict,
    Contention,
    GameError,
    InvalidInput,
    NotFound,
    RateLimited,
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


class SelfTransfer(InvalidInput):
    """Sender and recipient are the same."""


class CharacterNotFound(NotFound):
    """There is no such character."""


class RecipientNotFound(NotFound):
    """There is no such recipient."""


class AccountNotFound(NotFound):
    """There is no such account."""


class InsufficientFunds(Conflict):
    """There is not enough money on this account."""


class AccountFull(Conflict):
    """This account cannot hold that much."""


class AlreadyReversed(Conflict):
    """This operation was reversed before."""


class OperationNotFound(NotFound):
    """There is no such operation."""


class BalanceMoved(Contention):
    """The balance changed under this posting; try again."""


class UnbalancedPosting(GameError):
    """A posting would make or destroy money that no faucet or sink accounts for."""


class CharacterUnavailable(Conflict):
    """The character is dead, in jail, in a fight or banned, and cannot take part in this."""


class SameOwner(InvalidInput):
    """Both characters belong to one account."""


class TooNew(Conflict):
    """A character sends nothing during its first 24 hours."""


class LimitExceeded(Conflict):
    """The limit of the day is used up, or this would pass it."""


class TooManyPayments(InvalidInput):
    """A batch pays 1 to 100 recipients, each once."""


class NotAtBank(Conflict):
    """The character is not at a bank."""


class NoVault(Conflict):
    """Open a vault first."""


class InvalidTier(Conflict):
    """A vault grows by one tier at a time: bronze, silver, gold."""


class VaultFull(Conflict):
    """The vault cannot hold that much; upgrade it."""


class Cooldown(RateLimited):
    """One trade at the exchange in five seconds."""


class RateMoved(Conflict):
    """The rate has moved past the bound that was given."""


class ProductNotFound(NotFound):
    """There is no such investment product."""


class OutsideProductRange(InvalidInput):
    """The product does not take this amount."""


class TooManyInvestments(Conflict):
    """A character has at most ten active investments."""


class InvestmentNotFound(NotFound):
    """There is no such investment, or it is not yours."""


class AlreadyRedeemed(Conflict):
    """This investment was redeemed before."""


class RewardNotFound(NotFound):
    """There is no such reward, or it is not yours."""


class AlreadyClaimed(Conflict):
    """This reward was claimed before."""


class WalletFull(Conflict):
    """The wallet has no room for any of it."""


class TaxIncomplete(GameError):
    """Some characters could not be taxed; the run goes on where it stopped."""
