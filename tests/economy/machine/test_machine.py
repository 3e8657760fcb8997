"""Every command of the economy and the inventory in any order, at once, with faults and retries.

``machine`` says how it works. The same 10,000 steps by default; DESPERADOS_MACHINE_STEPS asks for
so many others. A failure prints the shortest history that Hypothesis finds, and what each command
in it said.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase
from hypothesis.errors import Flaky
from pymongo.errors import DuplicateKeyError

from desperados.economy.bank import investments
from desperados.economy.errors import AlreadyRedeemed
from desperados.economy.market import buying as sales
from desperados.economy.market.listings import Settlement
from desperados.engine import commands
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.ledger.items.posting import Posting
from desperados.ledger.money import posting
from tests.economy.machine.checks import Broken
from tests.economy.machine.machine import LENGTH, Tally, play

ASKED = os.environ.get("DESPERADOS_MACHINE_STEPS")
PART = 5 * LENGTH  # steps
PARTS = -(-int(ASKED or 10_000) // PART)

FAULTS = {"conflict", "disconnect", "lost_answer_before", "lost_answer_after"}
# What each part does and meets, or it proves little.
EVERYDAY = {
    "send", "deposit", "withdraw", "buy_metal", "sell_metal", "invest", "redeem", "create_listing",
    "place_bid", "buy_now", "cancel_listing", "confirm_trade", "buy_from_shop", "sell_to_shop",
    "buy_from_merchant", "drop_item", "pick_up", "claim_reward", "claim_items", "delete",
}  # fmt: skip


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("part", range(1, PARTS + 1))
def test_after_every_step_each_coin_and_each_piece_is_accounted_for(part: int) -> None:
    tally = Tally()
    play(tally, PART, seed=part if ASKED is None else None)
    assert tally.steps >= PART
    assert EVERYDAY - set(tally.done) == set()
    assert set(tally.faults) == FAULTS


# A machine that finds nothing may be blind: each of these faults it must see.


def lose_a_coin(patch: pytest.MonkeyPatch) -> None:
    """Some balances are stored a coin short."""
    update = posting.update_of

    others = ("ledgerSeq", "updatedAt", "status", "closedAt")

    def short(standing: Any, now: Any, ending: Any) -> StagedUpdate:
        staged = update(standing, now, ending)
        (field,) = (name for name in staged.change["$set"] if not name.startswith(others))
        if standing.after % 7 == 0:
            staged.change["$set"][field] -= 1
        return staged

    patch.setattr(posting, "update_of", short)


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
    stage = investments._stage_state

    def forget(investment: Any, was: Any, otherwise: Any) -> None:
        if not isinstance(otherwise, AlreadyRedeemed):
            stage(investment, was, otherwise)

    patch.setattr(investments, "_stage_state", forget)


def forget_keys(patch: pytest.MonkeyPatch) -> None:
    """No command remembers that it was carried out."""
    patch.setattr(commands, "remember", lambda *_args: None)


def forget_the_row_of_the_giver(patch: pytest.MonkeyPatch) -> None:
    """Money arrives that nobody gave."""
    row = posting.row_of

    def once(movement: Any, standing: Any, *more: Any) -> Any:
        if movement.source.value == "treasury_deposit" and movement.amount < 0:
            movement = replace(movement, amount=-1)
        return row(movement, standing, *more)

    patch.setattr(posting, "row_of", once)


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
def test_the_machine_finds_a_fault_that_was_put_in(
    put_in: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """These are the histories of the first part above, which is sound without the fault."""
    put_in(monkeypatch)
    tally = Tally()
    with pytest.raises((Broken, DuplicateKeyError, Flaky)):
        play(tally, PART, seed=1, phases=[Phase.generate])
    found = tally.broken[0]
    # Where a fault shows twice within a step, a unique index of the rows sees it before the look.
    assert isinstance(found, (Broken, DuplicateKeyError))
    assert " -> " in found.__notes__[0]
