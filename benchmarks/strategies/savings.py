"""Money that works without its owner: every product of the seeds, at its largest."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import yaml

from desperados.economy.bank import terms
from desperados.economy.bank.documents import InvestmentTerms
from strategies.play import Strategy

SEEDS = Path(__file__).parents[2] / "seeds" / "investment_products.yaml"
LARGE = 10_000  # dollars: what takes more at once is no savings book


def ten_of(product: dict[str, Any]) -> Strategy:
    """As many as a character may have, each as large as it may be, held to their end."""
    agreed = _agreed(product)
    principal: int = product["maxAmount"]
    low, high = terms.returns(agreed)

    def play(chance: Random) -> float:
        return sum(
            terms.payout(principal, agreed, chance.randint(1, 10_000), chance.randint(low, high))
            - principal
            for _ in range(terms.MOST_ACTIVE_INVESTMENTS)
        )

    return Strategy(f"ten of {product['name']} for {principal:,} each", play)


def leave_before_the_draw(product: dict[str, Any]) -> Strategy:
    """Whatever could fail is given back in the last hour."""
    agreed = _agreed(product)
    principal: int = product["maxAmount"]

    def play(_chance: Random) -> float:
        return terms.early_payout(principal, agreed) - principal

    return Strategy(f"{product['name']}, given back in the last hour", play)


def _agreed(product: dict[str, Any]) -> InvestmentTerms:
    return InvestmentTerms(
        min_return=product["minReturn"],
        max_return=product["maxReturn"],
        early_penalty=product["earlyPenalty"],
        default_chance=product["defaultChance"],
    )


def products() -> list[dict[str, Any]]:
    """What the seeds offer."""
    found: list[dict[str, Any]] = yaml.safe_load(SEEDS.read_text())["investment_products"]
    return found


STRATEGIES = tuple(
    make(product)
    for product in products()
    if product["maxAmount"] > LARGE
    for make in (ten_of, leave_before_the_draw)
)
