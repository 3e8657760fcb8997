"""The audit of the bank: what was agreed is what was paid.

- an investment has the terms under which its money was taken, and paid what they say, from the
  ledger and at its time;
- a vault is as large as was paid for;
- a trade of metal cost what the rate and the pressure that it met say, and that was posted.
"""

from __future__ import annotations

from typing import Any

from desperados.accounts.documents import AuditLog
from desperados.economy.bank import curve, terms
from desperados.economy.bank.documents import (
    BankAccount,
    Investment,
    InvestmentOutcome,
    InvestmentStatus,
    InvestmentTerms,
    MetalTrade,
    VaultTier,
)
from desperados.engine.manifest.auditing import Check, Progress
from desperados.engine.manifest.reading import Row, batches, by_id, rows_by
from desperados.ledger.audit import account_of, owners_of
from desperados.ledger.money.accounts import escrow
from desperados.ledger.money.archive import ENTRIES, ROWS, WALLETS
from desperados.ledger.money.documents import Currency, Operation
from desperados.ledger.money.sources import Source

_PAID = (Source.INVESTMENT_REDEEMED.value, Source.INVESTMENT_RETURN.value)
_EXCHANGED = frozenset(
    source.value
    for source in (
        Source.METAL_BOUGHT,
        Source.METAL_PURCHASE,
        Source.METAL_SOLD,
        Source.METAL_SALE,
    )
)
_CERTAIN = 10_000  # a draw that no chance of default below 100% reaches


async def check_bank(check: Check, tell: Progress) -> None:
    """Compare investments with their terms and payments, vaults and metal with what they cost."""
    async for batch in batches(Investment.collection_name(), {}):
        check.examined += len(batch)
        tell(check.name, check.examined)
        await _check_investments(check, [row for row in batch if row.get("holdId") is not None])
    async for batch in batches(BankAccount.collection_name(), {}):
        check.examined += len(batch)
        tell(check.name, check.examined)
        await _check_vaults(check, batch)
    async for batch in batches(MetalTrade.collection_name(), {}):
        check.examined += len(batch)
        tell(check.name, check.examined)
        await _check_trades(check, batch)


async def _check_investments(check: Check, investments: list[Row]) -> None:
    names = {row["_id"]: str(escrow(row["holdId"])) for row in investments}
    held = await rows_by(ENTRIES, "account", names.values())
    operations = [row["operation"] for rows in held.values() for row in rows]
    known = await by_id(Operation.collection_name(), operations)
    legs = await rows_by(ROWS, "operation", operations)
    owners = await owners_of(leg for rows in legs.values() for leg in rows)
    for investment in investments:
        where, rows = f"investments/{investment['_id']}", held[names[investment["_id"]]]
        agreed = _agreed(rows, known)
        if agreed is not None and agreed != _terms_of(investment):
            check.report(where, "has other terms than were agreed")
        if problem := _problem_of(Investment.hydrate(dict(investment))):
            check.report(where, problem)
        if investment["status"] != InvestmentStatus.REDEEMED.value:
            continue
        paid = sum(
            int(leg["amount"])
            for operation in {row["operation"] for row in rows}
            for leg in legs[operation]
            if leg["source"] in _PAID
            and leg["amount"] > 0
            and owners.get(account_of(leg)) == investment["characterId"]
        )
        if paid != int(investment.get("payout") or 0):
            check.report(where, f"says it paid {investment.get('payout')}, but {paid} were posted")


def _agreed(rows: list[Row], known: dict[Any, Row]) -> Row | None:
    """What the operation that took the principal says; None for those of before operations."""
    for row in rows:
        details = (known.get(row["operation"]) or {}).get("details")
        if row["source"] == Source.INVESTMENT_HELD.value and details:
            return {"terms": details["terms"], "maturesAt": details["maturesAt"]}
    return None


def _terms_of(investment: Row) -> Row:
    return {"terms": investment.get("terms"), "maturesAt": investment["maturesAt"]}


def _problem_of(investment: Investment) -> str | None:
    """What is wrong with the payout that was drawn, by the terms that are stored."""
    agreed, paid = investment.terms, investment.payout
    if agreed is None:
        return "has no terms"
    if investment.status is InvestmentStatus.ACTIVE or paid is None:
        return None
    early = investment.outcome is InvestmentOutcome.EARLY
    closed_at = investment.closed_at
    if closed_at is not None and early is not (closed_at < investment.matures_at):
        return f"was closed at {closed_at:%Y-%m-%d %H:%M}, which is not when it ends"
    if early:
        wanted = terms.early_payout(investment.principal, agreed)
    elif paid == 0:
        return None if agreed.default_chance else "lost everything, which it could not"
    else:
        share = terms.hundredths(investment.interest_rate)
        low, high = terms.returns(agreed)
        if not low <= share <= high:
            return f"returned {share / 100:g}%, outside {low / 100:g} to {high / 100:g}%"
        wanted = terms.payout(investment.principal, _without_default(agreed), _CERTAIN, share)
    return None if paid == wanted else f"pays {paid}, but its terms say {wanted}"


def _without_default(agreed: InvestmentTerms) -> InvestmentTerms:
    return agreed.model_copy(update={"default_chance": 0})


async def _check_vaults(check: Check, vaults: list[Row]) -> None:
    """Who opened a vault here began with the smallest; others came with what they had."""
    owners = [vault["characterId"] for vault in vaults]
    paid = await rows_by(WALLETS, "characterId", owners, {"source": Source.VAULT_UPGRADE.value})
    acts = await rows_by(
        [AuditLog.collection_name()], "characterId", owners, {"action": "VAULT_TIER_SET"}
    )
    tiers = list(VaultTier)
    for vault in vaults:
        owner, where = vault["characterId"], f"bankaccounts/{vault['_id']}"
        if vault["tier"] not in set(VaultTier):
            check.report(where, f"is of the unknown tier {vault['tier']!r}")
            continue
        noted = {act["details"]["tier"] for act in acts[owner]}
        coins = -sum(int(row["amount"]) for row in paid[owner] if row["reference"] == vault["_id"])
        reached = tiers.index(VaultTier(vault["tier"]))
        costs = [terms.TIER_COSTS[tier] for tier in tiers[: reached + 1]]
        possible = [sum(costs)] if VaultTier.BRONZE.value in noted else _sums_from_the_end(costs)
        if coins not in possible:
            check.report(where, f"is {vault['tier']}, but {coins} were paid for it")


def _sums_from_the_end(costs: list[int]) -> list[int]:
    return [sum(costs[start + 1 :]) for start in range(len(costs))]


async def _check_trades(check: Check, trades: list[Row]) -> None:
    legs = await rows_by(ROWS, "operation", [trade["operation"] for trade in trades])
    for trade in trades:
        where, units, dollars = f"metaltrades/{trade['_id']}", trade["units"], trade["dollars"]
        posted = _posted_sums(legs[trade["operation"]])
        wanted = {trade["metal"]: units, Currency.DOLLARS.value: -dollars if units > 0 else dollars}
        if posted != wanted:
            check.report(where, f"says {wanted}, but {posted} were posted")
        if trade.get("pressure") is None:
            continue  # of before there was any
        price = curve.buy_cost if units > 0 else curve.sell_proceeds
        due = price(abs(units), trade["centsPerUnit"], trade["pressure"])
        if dollars != due:
            check.report(where, f"was made for {dollars} dollars, but its price was {due}")


def _posted_sums(legs: list[Row]) -> dict[str, int]:
    """What the legs of a trade add up to by currency, whoever has it: some may wait as a reward."""
    sums: dict[str, int] = {}
    for leg in legs:
        if leg["source"] in _EXCHANGED:
            sums[leg["currency"]] = sums.get(leg["currency"], 0) + int(leg["amount"])
    return sums
