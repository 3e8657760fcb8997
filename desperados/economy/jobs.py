"""The economy's due work. The worker takes every domain's ``JOBS``."""

from __future__ import annotations

from desperados.economy import debts, estates, wealth_tax
from desperados.economy.bank import investments, rate_moves
from desperados.economy.bank.documents import Investment, InvestmentStatus
from desperados.economy.watch import alarms
from desperados.engine.jobs import DueJob, Job, PeriodicJob
from desperados.engine.transactions import SETTLING_IN
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
    PeriodicJob(
        "metal_rate_pull",
        every=rate_moves.WEEK,
        offset=rate_moves.SUNDAY,
        run=rate_moves.pull,
        catch_up=1,
    ),
    PeriodicJob(
        "wealth_tax",
        every=wealth_tax.DAY,
        offset=wealth_tax.AFTER_MIDNIGHT,
        run=wealth_tax.collect_all,
        catch_up=0,
    ),
    PeriodicJob(
        "reward_lapse",
        every=wealth_tax.DAY,
        offset=wealth_tax.AFTER_MIDNIGHT,
        run=estates.lapse_rewards,
        catch_up=0,
    ),
    PeriodicJob("ledger_archive", every=archive.EVERY, run=archive.archive_rows, catch_up=0),
    PeriodicJob("debt_collection", every=debts.EVERY, run=debts.collect_all, catch_up=0),
    # An hour that was missed may hide what the next ones do not show.
    PeriodicJob(
        "economy_alarms", every=alarms.HOUR, offset=SETTLING_IN, run=alarms.look, catch_up=48
    ),
    PeriodicJob(
        "ledger_reconciliation",
        every=wealth_tax.DAY,
        offset=wealth_tax.AFTER_MIDNIGHT,
        run=alarms.reconcile,
        catch_up=1,
    ),
)
