"""The audit of money that is held, and of those who left the world.

- an investment that was not redeemed holds its principal, one that was holds nothing;
- a bid holds dollars; of which listing is the market's to check (``ops.market``);
- what is held for an offer or a contest is theirs to check (``play.shapes.audit``);
- what is held for anything else has nobody who would ever settle it: trades hold nothing;
- who was deleted was wound up, and nothing is theirs any more.
"""

from __future__ import annotations

from desperados.characters.documents import Character
from desperados.economy.bank.documents import BankAccount, Investment, InvestmentStatus
from desperados.economy.market.documents import MarketListing, MarketListingStatus
from desperados.engine.manifest.auditing import Check, Progress
from desperados.engine.manifest.reading import Row, batches, by_id, rows_by
from desperados.ledger.items.documents import Inventory
from desperados.ledger.items.holders import bank_box, pack
from desperados.ledger.money.documents import Currency, Hold, HoldPurpose
from desperados.ledger.money.holds import held_in
from desperados.play.shapes.audit import staked

_ESTATE = dict.fromkeys(("deletedAt", "formerName", "nameFolded", *(c.value for c in Currency)), 1)
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
    in_play = await staked(full)
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
        elif hold["_id"] not in in_play and not _is_for(hold, HoldPurpose.BID):
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


def _is_for(hold: Row, purpose: HoldPurpose) -> bool:
    return str(hold["purpose"]) == purpose.value


async def check_estates(check: Check, tell: Progress) -> None:
    """A deleted character was deleted by the command, and holds neither money nor goods."""
    async for everybody in batches(Character.collection_name(), {}, _ESTATE):
        # No index tells the dead in the order of ids; whoever reads all of them need not ask.
        batch = [character for character in everybody if character.get("deletedAt") is not None]
        check.examined += len(batch)
        tell(check.name, check.examined)
        ids = [character["_id"] for character in batch]
        vaults = await rows_by([BankAccount.collection_name()], "characterId", ids)
        places = [str(holder) for who in ids for holder in (pack(who), bank_box(who))]
        containers = await by_id(Inventory.collection_name(), places)
        offered = await rows_by(
            [MarketListing.collection_name()],
            "sellerId",
            ids,
            {"status": MarketListingStatus.ACTIVE.value},
        )
        for character in batch:
            who = character["_id"]
            where = f"characters/{who}"
            if not character.get("formerName") or character.get("nameFolded"):
                check.report(where, "was marked as deleted by hand")
            held = {c.value: int(character[c.value]) for c in Currency if character.get(c.value)}
            if coins := sum(int(vault.get("balance") or 0) for vault in vaults[who]):
                held["vault"] = coins
            for holder in (pack(who), bank_box(who)):
                if pieces := _pieces(containers.get(str(holder))):
                    held[holder.kind.value] = pieces
            if offered[who]:
                held["listings"] = len(offered[who])
            if held:
                check.report(where, f"was deleted, but holds {held}")


def _pieces(container: Row | None) -> int:
    found = container or {}
    stacked = sum(int(entry["quantity"]) for entry in found.get("items", ()))
    return stacked + int(found.get("uniqueCount") or 0)
