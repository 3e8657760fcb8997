"""The audit: replay the whole history, and name the first row that breaks it.

It reads one snapshot of the database, so it may run beside a live game. It streams: memory grows
with the number of accounts, not with their history. Every check says how much it looked at; a check
that found nothing looked at everything.

Limit: a server keeps the history of a snapshot for 300 s (``minSnapshotHistoryWindowInSeconds``);
an audit that takes longer needs that raised, or a secondary that is restored from a backup.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from desperados.economy.audit import check_escrow
from desperados.economy.bank.audit import check_bank
from desperados.economy.estates_audit import check_estates
from desperados.economy.market.audit import check_market
from desperados.economy.reversals_audit import check_debts, check_reversals
from desperados.economy.trades.audit import check_trades
from desperados.engine.manifest.auditing import AuditReport, Check, Progress
from desperados.engine.transactions import snapshot
from desperados.ledger.audit import check_holds, check_rewards
from desperados.ledger.items.audit import check_items
from desperados.ledger.money.audit import check_chains, check_operations
from desperados.ops.references import check_references

# What is looked at after the chains of money and their sum, in this order.
CHECKS: Mapping[str, Callable[[Check, Progress], Awaitable[None]]] = {
    "operations": check_operations,
    "items": check_items,
    "holds": check_holds,
    "rewards": check_rewards,
    "market": check_market,
    "escrow": check_escrow,
    "bank": check_bank,
    "trades": check_trades,
    "reversals": check_reversals,
    "debts": check_debts,
    "estates": check_estates,
    "references": check_references,
}


async def audit(progress: Progress | None = None) -> AuditReport:
    """Prove the ledgers, and what was promised, held, paid and undone, or say what is off.

    ``progress`` is called with the name of the check and the number of documents examined so far.
    """
    tell = progress or (lambda _name, _examined: None)
    async with snapshot():
        chains, supply = Check("chains"), Check("supply")
        supplies = await check_chains(chains, tell)
        for total in supplies:
            supply.examined += 1
            if total.difference:
                supply.report(
                    f"currency/{total.currency}",
                    f"accounts hold {total.total}, but {total.minted} were minted, "
                    f"{total.burned} burned and {total.unproven} were there before: "
                    f"{total.difference:+} coins are unexplained",
                )
        checks = [chains, supply]
        for name, look in CHECKS.items():
            checks.append(Check(name))
            await look(checks[-1], tell)
    return AuditReport(checks, supplies)
