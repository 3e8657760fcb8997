"""What an audit says: checks, findings, and the supply of each currency."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

MOST_FINDINGS = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is off. ``where`` names the document: ``collection/_id``."""

    check: str
    where: str
    problem: str


@dataclass(slots=True)
class Check:
    """One check: how much it examined and what it found (at most the first hundred)."""

    name: str
    examined: int = 0
    found: int = 0
    findings: list[Finding] = field(default_factory=list)

    def report(self, where: str, problem: str) -> None:
        """Note something that is off."""
        self.found += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(self.name, where, problem))


@dataclass(slots=True)
class Supply:
    """The money of one currency: what lies in accounts against what was made and destroyed.

    ``unproven`` lies in wallets that another program wrote and this ledger never touched.
    """

    currency: str
    held: dict[str, int] = field(default_factory=dict)
    minted: int = 0
    burned: int = 0
    unproven: int = 0

    @property
    def total(self) -> int:
        """The sum of all accounts."""
        return sum(self.held.values())

    @property
    def difference(self) -> int:
        """0 when not a coin is missing or too many."""
        return self.total - self.unproven - (self.minted - self.burned)


@dataclass(slots=True)
class AuditReport:
    """What ``audit`` found."""

    checks: list[Check]
    supplies: list[Supply]

    @property
    def clean(self) -> bool:
        """Whether nothing is off."""
        return not any(check.found for check in self.checks)

    @property
    def first(self) -> Finding | None:
        """The first thing that is off."""
        return next((finding for check in self.checks for finding in check.findings), None)


Progress = Callable[[str, int], None]
