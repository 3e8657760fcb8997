"""The audit: replay the whole history, and name the first row that breaks it.

It reads one snapshot of the database, so it may run beside a live game. It streams: memory grows
with the number of accounts, not with their history. Every check says how much it looked at; a check
that found nothing looked at everything.

Limit: a server keeps the history of a snapshot for 300 s (``minSnapshotHistoryWindowInSeconds``);
an audit that takes longer needs that raised, or a secondary that is restored from a backup.
"""

from __future__ import annotations

from desperados.economy.audit import check_escrow
from desperados.economy.market.audit import check_market
from desperados.economy.trades.audit import check_trades
from desperados.engine.manifest.auditing import AuditReport, Check, Progress
from desperados.engine.transactions import snapshot
from desperados.ledger.items.audit import check_items
from desperados.ledger.money.audit import check_chains, check_operations
from desperados.ops.references import check_references


async def audit(progress: Progress | None = None) -> AuditReport:
    """Prove the ledger, the items, the market, the escrow and the references, or say what is off.

    ``progress`` is called with the name of the check and the number of documents examined so far.
    """
    tell = progress or (lambda _name, _examined: None)
    async with snapshot():
        chains = Check("chains")
        supply = Check("supply")
        operations = Check("operations")
        items = Check("items")
        market = Check("market")
        escrow = Check("escrow")
        trades = Check("trades")
        references = Check("references")
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
        await check_operations(operations, tell)
        await check_items(items, tell)
        await check_market(market, tell)
        await check_escrow(escrow, tell)
        await check_trades(trades, tell)
        await check_references(references, tell)
    checks = [chains, supply, operations, items, market, escrow, trades, references]
    return AuditReport(checks, supplies)
