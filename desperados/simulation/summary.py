"""What a simulation came to: what was done and refused, money and goods in and out, the audit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from desperados.engine.manifest.auditing import AuditReport
from desperados.engine.manifest.reading import batches
from desperados.ledger.items.documents import ItemMovement
from desperados.ledger.items.sources import ItemFlow, ItemSource
from desperados.ledger.money import checkpoints
from desperados.ledger.money.sources import Flow, Source
from desperados.ledger.money.supply import FOR_EVER
from desperados.simulation.digest import Content, whole
from desperados.simulation.setup import Setup


@dataclass(frozen=True, slots=True)
class Broken:
    """What should not happen: a call that fails, or due work that does. ``error`` says how.

    ``step`` counts the moves from 1; ``at`` is the time in the world.
    """

    step: int
    at: datetime
    who: str
    call: str
    error: BaseException


@dataclass(frozen=True, slots=True)
class FlowLine:
    """What one source made (positive), destroyed (negative) or moved, in so many movements."""

    kind: str
    source: str
    flow: str
    amount: int
    movements: int


@dataclass(slots=True)
class Tally:
    """What is counted while the bots play. Refusals are by command and code of the error."""

    steps: int = 0
    idle: int = 0
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    work: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a simulation came to."""

    setup: Setup
    began: datetime
    ended: datetime
    tally: Tally
    flows: list[FlowLine]
    audit: AuditReport
    contents: dict[str, Content]
    broken: Broken | None

    @property
    def clean(self) -> bool:
        """Whether nothing failed, and the audit found nothing."""
        return self.broken is None and self.audit.clean

    def in_and_out(self) -> dict[str, tuple[int, int]]:
        """How much of each currency, and how many items, came into the world and left it."""
        sums: dict[str, tuple[int, int]] = {}
        for line in self.flows:
            made, gone = sums.get(line.kind, (0, 0))
            if line.flow == Flow.FAUCET:
                made += line.amount
            elif line.flow != Flow.TRANSFER:
                gone -= line.amount
            sums[line.kind] = made, gone
        return sums

    @property
    def hash(self) -> str:
        """The hash of the whole database."""
        return whole(self.contents)


async def flows_since(began: datetime) -> list[FlowLine]:
    """The money and the goods that moved since a moment, by source."""
    return [*await _money(began), *await _items(began)]


async def _money(began: datetime) -> list[FlowLine]:
    sums: checkpoints.Sums = {}
    await checkpoints.add_rows(sums, began, FOR_EVER)
    return [
        FlowLine(line.currency, line.source, _flow_of(Source, line.source), *total)
        for line, total in sorted(sums.items())
    ]


async def _items(began: datetime) -> list[FlowLine]:
    amounts: Counter[str] = Counter()
    movements: Counter[str] = Counter()
    fields = {"source": 1, "quantity": 1}
    where = {"createdAt": {"$gte": began}}
    async for batch in batches(ItemMovement.collection_name(), where, fields):
        for row in batch:
            amounts[row["source"]] += int(row["quantity"])
            movements[row["source"]] += 1
    return [
        FlowLine("items", source, _flow_of(ItemSource, source), amounts[source], count)
        for source, count in sorted(movements.items())
    ]


def _flow_of(sources: Any, source: str) -> str:
    """The flow of a source; another program's rows may name one that is not known."""
    known = {member.value: member.flow for member in sources}
    flow: Flow | ItemFlow | None = known.get(source)
    return flow.value if flow is not None else "unknown"
