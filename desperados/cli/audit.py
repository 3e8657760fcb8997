"""``desperados audit``: the audit as a table."""

from __future__ import annotations

from rich.table import Table

import desperados
from desperados.cli.console import count, output, spinner, styled
from desperados.cli.exits import NOT_IN_ORDER
from desperados.engine.manifest.auditing import AuditReport
from desperados.ops.audit import audit


async def audit_world(url: str | None) -> int:
    """Audit the world at ``url`` and print what was found."""
    async with desperados.connect(url):
        with spinner() as progress:
            task = progress.add_task("audit")
            report = await audit(
                lambda name, examined: progress.update(task, description=f"{name}: {examined:,}")
            )
    print_report(report)
    return 0 if report.clean else NOT_IN_ORDER


def print_report(report: AuditReport) -> None:
    """Print an audit as tables, and everything that is off."""
    supply = Table("currency", "in accounts", "minted", "burned", "unproven", "difference")
    for line in report.supplies:
        off = count(line.difference, f"{line.difference:+,}" if line.difference else None)
        numbers = (line.total, line.minted, line.burned, line.unproven)
        supply.add_row(line.currency, *(f"{number:,}" for number in numbers), off)
    for column in supply.columns[1:]:
        column.justify = "right"
    output.print(supply)
    checks = Table("check", "examined", "found")
    for check in report.checks:
        checks.add_row(check.name, f"{check.examined:,}", count(check.found))
    for column in checks.columns[1:]:
        column.justify = "right"
    output.print(checks)
    if report.first is None:
        output.print("Every coin is accounted for.", style="green")
        return
    first = f"{report.first.where}: {report.first.problem}"
    output.print(styled("First:", "red"), first, soft_wrap=True)
    for check in report.checks:
        for finding in check.findings:
            output.print(f"  {finding.check}: {finding.where}: {finding.problem}", soft_wrap=True)
