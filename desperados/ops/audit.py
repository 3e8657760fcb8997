"""The audit: replay the whole history, and name the first row that breaks it.

It reads one snapshot of the database, so it may run beside a live game. It streams: memory grows
with the number of accounts, not with their history. Every check says how much it looked at; a check
that found nothing looked at everything.

Limit: a server keeps the history of a snapshot for 300 s (``minSnapshotHistoryWindowInSeconds``);
an audit that takes longer needs that raised, or a secondary that is restored from a backup.
"""

from __future__ import annotations

from collections.abc import Sequence

from desperados.assembly.domains import domains
from desperados.engine.manifest.auditing import AuditReport, Check, Progress, Supply
from desperados.engine.transactions import snapshot
from desperados.ops.references import check_references


async def audit(progress: Progress | None = None) -> AuditReport:
    """Prove what the manifests name and every reference, or say what is off.

    ``progress`` is called with the name of the check and the number of documents examined so far.
    """
    tell = progress or (lambda _name, _examined: None)
    report = AuditReport([], [])
    async with snapshot():
        for audit in (audit for domain in domains() for audit in domain.audits):
            check = Check(audit.name)
            report.checks.append(check)
            for supply in await audit.run(check, tell) or ():
                report.supplies.append(supply)
        if report.supplies:
            report.checks.append(_explained(report.supplies))
        references = Check("references")
        report.checks.append(references)
        await check_references(references, tell)
    return report


def _explained(supplies: Sequence[Supply]) -> Check:
    """Whether every coin that lies somewhere was made, and none is missing."""
    check = Check("supply", examined=len(supplies))
    for supply in supplies:
        if supply.difference:
            check.report(
                f"currency/{supply.currency}",
                f"accounts hold {supply.total}, but {supply.minted} were minted, "
                f"{supply.burned} burned and {supply.unproven} were there before: "
                f"{supply.difference:+} coins are unexplained",
            )
    return check
