"""Every command of the economy and the inventory in any order, at once, with faults and retries.

``machine`` says how it works. 10,000 steps by default; DESPERADOS_MACHINE_STEPS asks for more. A
failure prints its seed, a plan as short as a minute of trying finds, and how to run it again.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from desperados.economy import investments, ledger, sales
from desperados.economy.listings import Settlement
from desperados.engine import commands
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.inventory.posting import Posting
from tests.economy.machine import Failed, Machine, draw_plan, run, shrink
from tests.economy.machine_checks import Broken

STEPS = int(os.environ.get("DESPERADOS_MACHINE_STEPS", "10000"))
SEEDS = range(1, 11)
LOSSES = 150  # steps within which the machine must notice a fault that was put in

FAULTS = {"conflict", "disconnect", "lost_answer_before", "lost_answer_after"}
# What a run of a thousand steps does and meets, or it proves little. Which of two calls comes
# first is not drawn from the seed, so one or two rare ones may be missing in a run.
EVERYDAY = (
    "send", "deposit", "withdraw", "buy_metal", "sell_metal", "invest", "redeem", "create_listing",
    "place_bid", "buy_now", "cancel_listing", "confirm_trade", "buy_from_shop", "sell_to_shop",
    "buy_from_merchant", "drop_item", "pick_up", "claim_reward", "claim_items", "delete",
)  # fmt: skip


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("seed", SEEDS)
async def test_after_every_step_each_coin_and_each_piece_is_accounted_for(seed: int) -> None:
    length = STEPS // len(SEEDS)
    try:
        machine = await run(seed, draw_plan(seed, length))
    except Failed as failure:
        shorter = await shrink(failure)
        pytest.fail(f"{failure}\n\n{len(shorter.plan)} steps are enough: {shorter}\n{shorter.plan}")
    if length >= 1_000:
        assert len({name for name in EVERYDAY if not machine.done[name]}) <= 2
        assert set(machine.faults) == FAULTS


# A machine that finds nothing may be blind: each of these faults it must see.


def lose_a_coin(patch: pytest.MonkeyPatch) -> None:
    """Some balances are stored a coin short."""
    update = ledger._update

    def short(standing: Any, now: Any) -> StagedUpdate:
        staged = update(standing, now)
        (field,) = (name for name in staged.change["$set"] if not name.startswith(("led", "upd")))
        if standing.after % 7 == 3:
            staged.change["$set"][field] -= 1
        return staged

    patch.setattr(ledger, "_update", short)


def keep_the_money_of_the_outbid(patch: pytest.MonkeyPatch) -> None:
    """Whoever is outbid does not have his money back."""
    patch.setattr(Settlement, "release_bid", lambda self: None)


def sell_without_handing_over(patch: pytest.MonkeyPatch) -> None:
    """The goods of a sale stay in escrow."""

    async def nothing(*_args: Any) -> int:
        return 0

    patch.setattr(sales, "hand_over", nothing)


def pay_investments_again_and_again(patch: pytest.MonkeyPatch) -> None:
    """A redeemed investment stays as it was."""
    patch.setattr(investments, "_stage_state", lambda *_args: None)


def forget_keys(patch: pytest.MonkeyPatch) -> None:
    """No command remembers that it was carried out."""
    patch.setattr(commands, "remember", lambda *_args: None)


def forget_the_row_of_the_giver(patch: pytest.MonkeyPatch) -> None:
    """Money arrives that nobody gave."""
    row = ledger._row

    def once(movement: Any, standing: Any, *more: Any) -> Any:
        if movement.source.value == "treasury_deposit" and movement.amount < 0:
            movement = replace(movement, amount=-1)
        return row(movement, standing, *more)

    patch.setattr(ledger, "_row", once)


def drop_and_keep(patch: pytest.MonkeyPatch) -> None:
    """What is dropped stays in the pack as well."""
    writes = Posting.writes

    def generous(posting: Posting) -> list[Any]:
        found = list(writes(posting))
        rows = [write.document for write in found if isinstance(write, StagedInsert)]
        if any(row.get("source") == "dropped" for row in rows):
            found = [write for write in found if isinstance(write, StagedInsert)]
        return found

    patch.setattr(Posting, "writes", generous)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "put_in",
    [
        lose_a_coin,
        keep_the_money_of_the_outbid,
        sell_without_handing_over,
        pay_investments_again_and_again,
        forget_keys,
        forget_the_row_of_the_giver,
        drop_and_keep,
    ],
)
async def test_the_machine_finds_a_fault_that_was_put_in(
    put_in: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in(monkeypatch)
    with pytest.raises(Failed) as failure:
        await run(1, draw_plan(1, LOSSES))
    assert isinstance(failure.value.cause, Broken)  # seen by what is stored, not by a crash


@pytest.mark.timeout(600)
async def test_a_failing_plan_is_made_shorter_and_still_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keep_the_money_of_the_outbid(monkeypatch)
    with pytest.raises(Failed) as failure:
        await run(1, draw_plan(1, LOSSES), faults=False)
    shorter = await shrink(failure.value, seconds=30, faults=False)
    assert len(shorter.plan) < len(failure.value.plan) / 2
    with pytest.raises(Failed):
        await run(1, shorter.plan, faults=False)


async def test_the_same_seed_tells_the_same_story() -> None:
    """One deed at a time: at once, the order is that of the sockets."""
    plan = [replace(step, deeds=step.deeds[:1], workers=0) for step in draw_plan(3, 40)]

    async def story() -> Machine:
        return await run(3, plan, faults=False)

    one, other = await story(), await story()
    assert (one.done, one.refused) == (other.done, other.refused)
    assert one.mirror.balances == other.mirror.balances
    assert one.mirror.pieces == other.mirror.pieces
