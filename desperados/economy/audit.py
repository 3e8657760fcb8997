"""The audit of money that is held: each hold has one open reason, and each reason its hold.

- an investment that was not redeemed holds its principal, one that was holds nothing;
- a bid holds dollars; of which listing is the market's to check (``ops.market``);
- what is held for anything else has nobody who would ever settle it: trades hold nothing, and no
  stake is taken yet.
"""

from __future__ import annotations

from desperados.economy.bank.documents import Investment, InvestmentStatus
from desperados.engine.manifest.auditing import Check, Progress
from desperados.engine.manifest.reading import Row, batches, by_id
from desperados.ledger.money.documents import Currency, Hold, HoldPurpose

_SETTLED = InvestmentStatus.REDEEMED.value


async def check_escrow(check: Check, tell: Progress) -> None:
    """Compare holds and investments with each other, in one snapshot."""
    async for batch in batches(Hold.collection_name(), {}):
        check.examined += len(batch)
        tell(check.name, check.examined)
        await _check_holds(check, batch)
    async for batch in batches(Investment.collection_name(), {}):
        check.examined += len(batch)
        tell(check.name, check.examined)
        await _check_investments(check, batch)


async def _check_holds(check: Check, holds: list[Row]) -> None:
    full = [hold for hold in holds if any(held_in(hold).values())]
    investments = await by_id(
        Investment.collection_name(),
        list({hold["reference"] for hold in full if _is_for(hold, HoldPurpose.INVESTMENT)}),
    )
    for hold in full:
        where, held = f"holds/{hold['_id']}", held_in(hold)
        metal = {name: amount for name, amount in held.items() if name != Currency.DOLLARS.value}
        if any(metal.values()):
            check.report(where, f"holds {metal}, but only dollars are held for a {hold['purpose']}")
        if _is_for(hold, HoldPurpose.INVESTMENT):
            investment = investments.get(hold["reference"])
            if (
                investment is None
                or investment["status"] == _SETTLED
                or investment.get("holdId") != hold["_id"]
            ):
                check.report(where, f"holds {held} for no investment that stands")
        elif not _is_for(hold, HoldPurpose.BID):
            check.report(where, f"holds {held} for a {hold['purpose']}, which nobody settles")


async def _check_investments(check: Check, investments: list[Row]) -> None:
    ours = [investment for investment in investments if investment.get("holdId") is not None]
    holds = await by_id(Hold.collection_name(), [investment["holdId"] for investment in ours])
    for investment in ours:
        where = f"investments/{investment['_id']}"
        hold = holds.get(investment["holdId"])
        held = held_in(hold).get(Currency.DOLLARS.value, 0)
        wanted = 0 if investment["status"] == _SETTLED else int(investment["principal"])
        if held != wanted:
            check.report(where, f"is {investment['status']}, but holds {held} and not {wanted}")
        if hold is not None and hold["ownerId"] != investment["characterId"]:
            check.report(where, "is held in somebody else's name")
        if hold is not None and hold["reference"] != investment["_id"]:
            check.report(where, "is held by a hold of something else")
        if (
            investment["status"] != InvestmentStatus.ACTIVE.value
            and investment.get("payout") is None
        ):
            check.report(where, f"is {investment['status']}, but nobody knows what it pays")


def held_in(hold: Row | None) -> dict[str, int]:
    """What lies in a hold, by currency."""
    return {name: int(amount or 0) for name, amount in ((hold or {}).get("held") or {}).items()}


def _is_for(hold: Row, purpose: HoldPurpose) -> bool:
    return str(hold["purpose"]) == purpose.value
