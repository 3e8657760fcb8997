"""What the law and the people make of a deed."""

from __future__ import annotations

from desperados.characters.changes import Change
from desperados.characters.effects import Stat
from desperados.law.consequences import Charges, Sentence, follow
from desperados.law.rules import ARRESTABLE_FROM, MOST_WANTED_LEVEL, Cause
from desperados.law.wanted import wanted_of
from desperados.ledger.money.sources import Source
from desperados.play.outcome import Defeat, DefeatKind, Share
from desperados.play.settling.sheet import Sheet


def charges_of(share: Share, defeat: Defeat | None) -> Charges:
    """What a share brings before the law. Whoever it has felled and wants at 3 and more goes to
    jail; who is executed has paid for everything."""
    outcome = share.outcome
    jail, wanted = outcome.jail, outcome.wanted
    if is_arrest(share, defeat):
        jail = jail or Sentence(Cause.LAWMEN)
    elif defeat is not None and defeat.kind is DefeatKind.EXECUTION:
        wanted = -MOST_WANTED_LEVEL
    return Charges(
        wanted=wanted,
        bounty=outcome.bounty,
        jail=jail,
        fine=outcome.fine,
        faction=outcome.law,
        freed=outcome.freed,
        remission=outcome.remission,
    )


def is_arrest(share: Share, defeat: Defeat | None) -> bool:
    """Whether a defeat ends in jail, and takes nothing else."""
    if defeat is None or not defeat.lawful:
        return False
    return wanted_of(share.who, share.who.at).value >= ARRESTABLE_FROM


def judge(sheet: Sheet, charges: Charges) -> None:
    """Wanted levels, prices on the head, fines and jail."""
    if not charges:
        return
    known = sheet.known
    verdict = follow(sheet.who, known.held, charges, sheet.now, purse=sheet.purse, jail=known.jail)
    if verdict.burn:
        sheet.burn(verdict.burn, Source.JAIL_FINE)
    _apply(sheet, verdict.change)
    if charges.jail is not None:  # whom the law holds it has looked in the face
        sheet.effects = tuple(e for e in sheet.effects if Stat.DISGUISE not in e.stats)
    sheet.given |= {
        "wanted": verdict.wanted,
        "fine": verdict.burn,
        "unpaid_fine": verdict.unpaid,
        "bounty": verdict.bounty,
        "jailed_until": verdict.jailed_until,
        "jail_minutes": verdict.minutes,
    }


def weigh(sheet: Sheet) -> None:
    """Standing with the factions, and conduct."""
    outcome, known = sheet.share.outcome, sheet.known
    if known.standing is not None:
        moved = known.standing.moved(sheet.who, sheet.deed.name)
        _apply(sheet, moved.change)
        sheet.given["standing"] = {move.faction: move.change for move in moved.moves}
        sheet.given["welcome"] = [m.faction for m in moved.moves if m.reached is not None]
    if known.conduct is not None:
        deeds = known.conduct.weighed(sheet.who, outcome.conduct, sheet.now)
        _apply(sheet, deeds.change)
        sheet.given["moral"] = sum(weighed.moral for weighed in deeds.weighed)


def _apply(sheet: Sheet, change: Change) -> None:
    sheet.fields |= change.fields
    sheet.writes += change.writes
