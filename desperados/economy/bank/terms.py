"""What the bank's contracts say: sizes of vaults, and what an investment pays. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from desperados.economy.bank.documents import InvestmentTerms, VaultTier
from desperados.ledger.money.rules import as_proceeds, at_cost

# Dollars that a vault holds; None is without a limit of its own.
CAPACITIES: Mapping[VaultTier, int | None] = MappingProxyType(
    {VaultTier.BRONZE: 500, VaultTier.SILVER: 2_000, VaultTier.GOLD: None}
)
# Dollars that it costs to reach a tier from the one below.
TIER_COSTS: Mapping[VaultTier, int] = MappingProxyType(
    {VaultTier.BRONZE: 0, VaultTier.SILVER: 100, VaultTier.GOLD: 500}
)

MOST_ACTIVE_INVESTMENTS = 10

_HUNDREDTHS = 100  # of a percent in a percent
_WHOLE = 100 * _HUNDREDTHS


def next_tier(tier: VaultTier | None) -> VaultTier | None:
    """The only tier that can be reached from ``tier`` (None: no vault yet); None after the last."""
    tiers = list(VaultTier)
    following = 0 if tier is None else tiers.index(tier) + 1
    return tiers[following] if following < len(tiers) else None


def early_payout(principal: int, terms: InvestmentTerms) -> int:
    """Dollars for an investment that is given back before it matures: no return, and a penalty."""
    penalty = at_cost(principal, hundredths(terms.early_penalty), _WHOLE)
    return max(0, principal - penalty)


def payout(principal: int, terms: InvestmentTerms, chance: int, share: int) -> int:
    """Dollars that a matured investment pays.

    ``chance`` is drawn from 1 to 10,000: up to the chance of default everything is lost. ``share``
    is drawn from the returns, see ``returns``, in hundredths of a percent.
    """
    if chance <= hundredths(terms.default_chance):
        return 0
    return principal + as_proceeds(principal, share, _WHOLE)


def mean_payout(principal: int, terms: InvestmentTerms) -> Fraction:
    """What a matured investment pays on the mean, before it is rounded down."""
    kept = Fraction(_WHOLE - hundredths(terms.default_chance), _WHOLE)
    return principal * kept * (1 + Fraction(sum(returns(terms)), 2 * _WHOLE))


def returns(terms: InvestmentTerms) -> tuple[int, int]:
    """The lowest and the highest return, in hundredths of a percent."""
    return hundredths(terms.min_return), hundredths(terms.max_return)


def hundredths(percent: float) -> int:
    """``percent`` in whole hundredths."""
    return round(percent * _HUNDREDTHS)
