"""The economy's due work. The worker takes every domain's ``JOBS``."""

from __future__ import annotations

from desperados.economy import estates, wealth_tax
from desperados.economy.bank import investments, rate_moves
from desperados.economy.bank.documents import Investment, InvestmentStatus
from desperados.economy.corrections import debts
from desperados.economy.watch import alarms
from desperados.engine.transactions import SETTLING_IN
from desperados.engine.work import DueJob, Job, Lane, PeriodicJob, Sweep
from desperados.ledger.money import archive

JOBS: tuple[Job, ...] = (
    DueJob(
        "investment_maturity",
        collection=Investment.collection_name(),
        due="maturesAt",
        where={"status": InvestmentStatus.ACTIVE.value},
        settle=investments.mature,
    ),
    PeriodicJob("metal_rate_step", every=rate_moves.STEP, run=rate_moves.step, catch_up=6),
    Sweep(
        "wealth_tax",
        every=wealth_tax.DAY,
        offset=wealth_tax.AFTER_MIDNIGHT,
        rows=wealth_tax.wealthy,
        settle=wealth_tax.collect_for_day,
    ),
    Sweep(
        "reward_lapse",
        every=wealth_tax.DAY,
        offset=wealth_tax.AFTER_MIDNIGHT,
        rows=estates.lapsed_rewards,
        settle=estates.lapse_due,
    ),
    Sweep("debt_collection", every=debts.EVERY, rows=debts.open_debts, settle=debts.collect_due),
    PeriodicJob(
        "ledger_archive",
        every=archive.EVERY,
        run=archive.archive_rows,
        catch_up=0,
        lane=Lane.BACKGROUND,
    ),
    # An hour that was missed may hide what the next ones do not show.
    PeriodicJob(
        "economy_alarms",
        every=alarms.HOUR,
        offset=SETTLING_IN,
        run=alarms.look,
        catch_up=48,
        lane=Lane.BACKGROUND,
    ),
    PeriodicJob(
        "ledger_reconciliation",
        every=wealth_tax.DAY,
        offset=wealth_tax.AFTER_MIDNIGHT,
        run=alarms.reconcile,
        catch_up=1,
        lane=Lane.BACKGROUND,
    ),
)
