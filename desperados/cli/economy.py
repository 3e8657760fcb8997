"""``desperados economy report``: the economy as tables, and as a page with charts."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rich.table import Table

import desperados
from desperados.cli.charts import page
from desperados.cli.console import errors, output, styled
from desperados.economy.watch.report import EconomyReport, economy_report
from desperados.ledger.money.sources import Flow


async def report(url: str | None, days: int, html: Path | None) -> None:
    """Print the report; write the page if a file is named."""
    async with desperados.connect(url):
        found = await economy_report(days=days)
    _print(found)
    if html is not None:
        await asyncio.to_thread(html.write_text, page(found), encoding="utf-8")
        errors.print(f"The page is in {html}.", soft_wrap=True)


def _print(found: EconomyReport) -> None:
    output.print(f"{found.since:%Y-%m-%d %H:%M} to {found.until:%Y-%m-%d %H:%M} UTC")
    supply = Table("currency", "supply", "minted", "burned", "velocity", "gini", "where")
    for line in found.supply:
        where = ", ".join(f"{kind} {amount:,}" for kind, amount in line.held.items() if amount)
        supply.add_row(
            line.currency.value,
            *(f"{number:,}" for number in (line.total, line.minted, line.burned)),
            f"{line.velocity:.1%} a day",
            f"{line.gini:.3f}",
            where,
        )
    output.print(supply)
    flows = Table("day", "source", "flow", "currency", "amount", "movements")
    for flow in found.flows:
        colour = {Flow.FAUCET: "green", Flow.TRANSFER: "white"}.get(flow.flow, "red")
        flows.add_row(
            flow.day,
            flow.source,
            styled(flow.flow.value, colour),
            flow.currency.value,
            f"{flow.amount:,}",
            f"{flow.movements:,}",
        )
    output.print(flows)
    holders = Table("richest", "dollars")
    for holder in found.top_holders:
        holders.add_row(f"{holder.name} ({holder.character_id})", f"{holder.dollars:,}")
    output.print(holders)
    if found.basket_index is not None:
        output.print(f"Prices against the window before: {found.basket_index:.1f} (100 = the same)")
    odd = Table("worth a look", "who", "amount", "why")
    for suspicion in found.suspicions:
        odd.add_row(
            suspicion.pattern, ", ".join(suspicion.who), f"{suspicion.amount:,}", suspicion.detail
        )
    output.print(odd if found.suspicions else "Nothing looks odd.")
