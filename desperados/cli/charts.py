"""The economy report as one self-contained page: no script, no address outside the file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from html import escape

from desperados.economy.watch.report import EconomyReport, FlowLine
from desperados.ledger.money.sources import Flow

WIDTH, HEIGHT, MARGIN = 720, 220, 28
BAR_HEIGHT = 22

STYLE = """
:root { color-scheme: light dark; --ink: #2b2118; --paper: #faf6ef; --in: #3f7d4e; --out: #a8432f;
  --plain: #7a6a55; --line: #d9cdbb; }
@media (prefers-color-scheme: dark) { :root { --ink: #eee4d4; --paper: #1d1813; --in: #6fbf83;
  --out: #e0735c; --plain: #b09c80; --line: #40362b; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 760px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.1rem; margin-top: 2.2rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--line); }
td.n, th.n { text-align: right; } svg { width: 100%; height: auto; }
svg text { font: 12px system-ui, sans-serif; fill: var(--ink); }
.in { fill: var(--in); } .out { fill: var(--out); } .plain { fill: var(--plain); }
.axis { stroke: var(--line); }
"""


def page(report: EconomyReport) -> str:
    """The whole page as text."""
    title = f"Economy, {report.since:%Y-%m-%d} to {report.until:%Y-%m-%d}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        "<h2>Supply</h2>",
        _table(
            ("currency", "supply", "minted", "burned", "velocity a day", "Gini"),
            [
                (
                    line.currency.value,
                    f"{line.total:,}",
                    f"{line.minted:,}",
                    f"{line.burned:,}",
                    f"{line.velocity:.1%}",
                    f"{line.gini:.3f}",
                )
                for line in report.supply
            ],
        ),
        "<h2>Dollars made and destroyed each day</h2>",
        _days(report.flows),
        "<h2>By source</h2>",
        _sources(report.flows),
        "<h2>Richest characters</h2>",
        _bars({h.name or h.character_id: h.dollars for h in report.top_holders}, "plain"),
    ]
    if report.basket_index is not None:
        parts += [
            "<h2>Prices</h2>",
            f"<p>{report.basket_index:.1f}, the window before being 100.</p>",
        ]
    rows = [(s.pattern, ", ".join(s.who), f"{s.amount:,}", s.detail) for s in report.suspicions]
    parts += [
        "<h2>Worth a look</h2>",
        _table(("pattern", "who", "amount", "why"), rows) if rows else "<p>Nothing looks odd.</p>",
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body>{''.join(parts)}</body></html>\n"
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; a column whose cells are all numbers is set to the right."""
    kinds = [
        ' class="n"' if rows and all(_is_number(row[column]) for row in rows) else ""
        for column in range(len(head))
    ]
    header = "".join(
        f"<th{kind}>{escape(cell)}</th>" for kind, cell in zip(kinds, head, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(f"<td{kind}>{escape(cell)}</td>" for kind, cell in zip(kinds, row, strict=True))
        + "</tr>"
        for row in rows
    )
    return f"<table><tr>{header}</tr>{body}</table>"


def _is_number(cell: str) -> bool:
    return cell.strip("%").replace(",", "").replace(".", "").isdigit()


def _days(flows: Sequence[FlowLine]) -> str:
    """Bars above the line for what was made, below it for what was destroyed."""
    made: dict[str, int] = defaultdict(int)
    gone: dict[str, int] = defaultdict(int)
    for flow in flows:
        if flow.currency.value == "dollars" and flow.flow is not Flow.TRANSFER:
            (made if flow.flow is Flow.FAUCET else gone)[flow.day] += flow.amount
    days = sorted({*made, *gone})
    if not days:
        return "<p>No dollars were made or destroyed.</p>"
    most = max([*made.values(), *gone.values()])
    middle = HEIGHT / 2
    step = (WIDTH - 2 * MARGIN) / len(days)
    scale = (middle - MARGIN) / most
    shapes = [
        f'<line class="axis" x1="{MARGIN}" x2="{WIDTH - MARGIN}" y1="{middle}" y2="{middle}"/>'
    ]
    for number, day in enumerate(days):
        x = MARGIN + number * step + step * 0.15
        up, down = made[day] * scale, gone[day] * scale
        shapes.append(
            f'<rect class="in" x="{x:.1f}" y="{middle - up:.1f}" width="{step * 0.7:.1f}" '
            f'height="{up:.1f}"><title>{day}: {made[day]:,} made</title></rect>'
            f'<rect class="out" x="{x:.1f}" y="{middle:.1f}" width="{step * 0.7:.1f}" '
            f'height="{down:.1f}"><title>{day}: {gone[day]:,} destroyed</title></rect>'
        )
    shapes.append(f'<text x="{MARGIN}" y="{HEIGHT - 6}">{days[0]}</text>')
    if len(days) > 1:
        shapes.append(
            f'<text x="{WIDTH - MARGIN}" y="{HEIGHT - 6}" text-anchor="end">{days[-1]}</text>'
        )
    shapes.append(f'<text x="{MARGIN}" y="16">{most:,}</text>')
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{"".join(shapes)}</svg>'


def _sources(flows: Sequence[FlowLine]) -> str:
    sums: dict[tuple[bool, str], int] = defaultdict(int)
    for flow in flows:
        if flow.currency.value == "dollars" and flow.flow is not Flow.TRANSFER:
            sums[flow.flow is Flow.FAUCET, flow.source] += flow.amount
    made = {name: amount for (faucet, name), amount in sums.items() if faucet}
    gone = {name: amount for (faucet, name), amount in sums.items() if not faucet}
    return _bars(made, "in") + _bars(gone, "out")


def _bars(amounts: Mapping[str, int], kind: str) -> str:
    """One bar a name, the largest first."""
    ordered = sorted(amounts.items(), key=lambda pair: (-pair[1], pair[0]))
    most = max(amounts.values(), default=0)
    if not most:
        return ""
    label = 260
    shapes = []
    for number, (name, amount) in enumerate(ordered):
        y = number * BAR_HEIGHT
        width = (WIDTH - label - 110) * amount / most
        shapes.append(
            f'<text x="0" y="{y + 15}">{escape(name[:40])}</text>'
            f'<rect class="{kind}" x="{label}" y="{y + 3}" width="{width:.1f}" height="14"/>'
            f'<text x="{label + width + 6:.1f}" y="{y + 15}">{amount:,}</text>'
        )
    return (
        f'<svg viewBox="0 0 {WIDTH} {len(ordered) * BAR_HEIGHT + 8}" role="img">'
        f"{''.join(shapes)}</svg>"
    )
