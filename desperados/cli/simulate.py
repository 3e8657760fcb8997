"""``desperados simulate``: bots play, and what came of it is shown."""

from __future__ import annotations

import json
import traceback
from collections import defaultdict
from datetime import datetime

from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from desperados.api.serving.logging import configure_logging
from desperados.cli.audit import print_report
from desperados.cli.console import errors, output, progress, styled
from desperados.cli.exits import DONE, NOT_IN_ORDER
from desperados.engine.settings import load_settings
from desperados.simulation.runner import simulate
from desperados.simulation.setup import Setup
from desperados.simulation.summary import Summary


async def run_simulation(setup: Setup, url: str | None, *, trace: bool, as_json: bool) -> int:
    """Simulate, print the summary and, as the last line, the hash of the whole database."""
    configure_logging(load_settings(log_level="ERROR"))
    bar = progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with bar:
        task = bar.add_task("the world is prepared", total=1)

        def watch(at: datetime, part: float) -> None:
            bar.update(task, description=f"{at:%A %H:%M}", completed=part)

        summary = await simulate(
            setup, url, watch=watch, trace=_print_line if trace else lambda _line: None
        )
    if as_json:
        output.print(json.dumps(_as_json(summary)), soft_wrap=True)
    else:
        _print(summary)
    if summary.broken is not None:
        _print_broken(summary)
    if not as_json:
        output.print(summary.hash, soft_wrap=True)
    return DONE if summary.clean else NOT_IN_ORDER


def _print_line(line: str) -> None:
    output.print(line, soft_wrap=True)


def _print(summary: Summary) -> None:
    setup, tally = summary.setup, summary.tally
    refused: dict[str, list[str]] = defaultdict(list)
    for (name, code), count in sorted(tally.refused.items()):
        refused[name].append(f"{code} {count:,}")
    done = Table("command", "done", "refused")
    done.columns[1].justify = "right"
    for name in sorted({*tally.done, *refused}):
        done.add_row(name, f"{tally.done[name]:,}", ", ".join(refused[name]))
    output.print(done)
    flows = Table("", "source", "flow", "amount", "movements")
    flows.columns[3].justify = flows.columns[4].justify = "right"
    for line in summary.flows:
        amount = styled(f"{line.amount:+,}", _COLOURS.get(line.flow, "red"))
        flows.add_row(line.kind, line.source, line.flow, amount, f"{line.movements:,}")
    output.print(flows)
    for kind, (made, gone) in summary.in_and_out().items():
        output.print(f"{kind}: {made:,} in, {gone:,} out, {made - gone:+,} since the start")
    print_report(summary.audit)
    played = f"{summary.began:%Y-%m-%d %H:%M} to {summary.ended:%Y-%m-%d %H:%M} UTC"
    output.print(f"Seed {setup.seed}: {setup.characters} characters, {played}.")
    for name, counts in (("Due work", tally.work), ("Faults", tally.faults)):
        said = ", ".join(f"{kind} {count:,}" for kind, count in sorted(counts.items()) if count)
        if said:
            output.print(f"{name}: {said}.", soft_wrap=True)
    output.print(f"{tally.steps:,} moves, {tally.idle:,} of them with nothing to do.")


_COLOURS = {"faucet": "green", "transfer": "white"}


def _print_broken(summary: Summary) -> None:
    """What failed, and how it is seen again."""
    broken, setup = summary.broken, summary.setup
    assert broken is not None
    traceback.print_exception(broken.error)
    again = f"--seed {setup.seed} --days {setup.days:g} --characters {setup.characters}"
    if setup.faults:
        again += f" --faults {setup.faults:g}"
    at = f"step {broken.step}, {broken.at:%Y-%m-%d %H:%M:%S}"
    errors.print(
        styled("failed", "red").append(": ", ""),
        f"seed {setup.seed}, {at}, {broken.who}: {broken.call}: {broken.error!r}",
        sep="",
        soft_wrap=True,
    )
    errors.print(f"Again: desperados simulate {again} --trace", soft_wrap=True)


def _as_json(summary: Summary) -> dict[str, object]:
    setup, tally, broken = summary.setup, summary.tally, summary.broken
    return {
        "seed": setup.seed,
        "days": setup.days,
        "characters": setup.characters,
        "faults": dict(sorted(tally.faults.items())),
        "began": summary.began.isoformat(),
        "ended": summary.ended.isoformat(),
        "steps": tally.steps,
        "done": dict(sorted(tally.done.items())),
        "refused": [
            {"command": name, "code": code, "count": count}
            for (name, code), count in sorted(tally.refused.items())
        ],
        "work": dict(sorted(tally.work.items())),
        "flows": [
            {
                "kind": line.kind,
                "source": line.source,
                "flow": line.flow,
                "amount": line.amount,
                "movements": line.movements,
            }
            for line in summary.flows
        ],
        "inAndOut": {
            kind: {"in": made, "out": gone} for kind, (made, gone) in summary.in_and_out().items()
        },
        "supplies": [
            {"currency": s.currency, "total": s.total, "difference": s.difference}
            for s in summary.audit.supplies
        ],
        "findings": [
            {"check": f.check, "where": f.where, "problem": f.problem}
            for check in summary.audit.checks
            for f in check.findings
        ],
        "broken": None
        if broken is None
        else {
            "step": broken.step,
            "at": broken.at.isoformat(),
            "who": broken.who,
            "call": broken.call,
            "error": repr(broken.error),
        },
        "collections": {
            name: {"documents": content.documents, "sha256": content.sha256}
            for name, content in summary.contents.items()
        },
        "hash": summary.hash,
    }
