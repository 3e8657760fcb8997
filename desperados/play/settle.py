"""Settle: carry out what a deed costs and brings, for all who took part, at once.

    given = await settle(LABOUR, Share(jane, cost=Cost(energy=10), outcome=Outcome(dollars=12)))

The only writer of levels, experience, skills, energy, health, effects and whereabouts, and the only
caller of the law for what a deed does: so every cap, multiplier and explanation is in one place.
The busy slot of a game and a release from jail are no outcomes of a deed and are written by those
who own them (``tests/play/test_one_path.py`` names them all). Costs come first; what cannot be paid
is refused, and nothing has happened.

It reads what it needs beyond the participants in one round trip, and not at all where it needs
nothing. Then it writes: one posting, one movement of goods, one update for each character. Whoever
calls it reads before, and stages its own writes after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bson import ObjectId

from desperados.characters.actor import itself
from desperados.engine import dice
from desperados.engine.storage.reads import together
from desperados.engine.transactions import stage
from desperados.ledger.items import ledger as items
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import Account, wallet
from desperados.ledger.money.documents import Currency, HoldStatus
from desperados.ledger.money.movement import Movement
from desperados.ledger.money.operations import OperationKind
from desperados.play.outcome import Deed, Share
from desperados.play.settling import gains
from desperados.play.settling.costs import take_costs
from desperados.play.settling.falling import defeat_of, fall
from desperados.play.settling.growing import grow
from desperados.play.settling.judging import charges_of, is_arrest, judge, weigh
from desperados.play.settling.needs import needs_of
from desperados.play.settling.noting import note_what_came
from desperados.play.settling.sheet import Known, Sheet
from desperados.play.views import Given


async def settle(
    deed: Deed,
    *shares: Share,
    reference: ObjectId | None = None,
    movements: Sequence[Movement] = (),
    opened: Mapping[Account, dict[str, Any]] | None = None,
    closed: Mapping[Account, HoldStatus] | None = None,
) -> list[Given]:
    """Carry out the shares of a deed inside the open transaction; returns what each really got.

    ``reference`` is the id of what it was for. ``movements`` of money among those who took part
    (a stake, a prize) are posted with it, and holds that they fill or empty are ``opened`` and
    ``closed`` as by ``ledger.post``.

    Raises:
        NotEnoughEnergy: somebody has less energy than it costs.
        TooWeak: it would cost somebody the last of the health.
        InsufficientFunds: somebody has fewer dollars than it costs.
        InsufficientItems: somebody has fewer goods than it costs.
        TooManyEffects: somebody would have more than 24 effects.
        CharacterBusy: something begins for somebody who is busy with something else.
        ValueError: a share names a skill that there is not; a fault of the caller.
    """
    known = await _read(deed, shares)
    luck = dice.source()
    sheets = [
        Sheet(deed, share, found, luck, reference)
        for share, found in zip(shares, known, strict=True)
    ]
    for sheet in sheets:
        _fill(sheet)
    await _post(sheets, movements, reference, opened or {}, closed or {})
    for sheet in sheets:
        update = sheet.update()
        for write in (*([update] if update else []), *sheet.writes):
            stage(write)
        note_what_came(sheet)
    return [Given(**sheet.given) for sheet in sheets]


def _fill(sheet: Sheet) -> None:
    """Work out one share, topic by topic."""
    take_costs(sheet)
    gains.move(sheet)
    grow(sheet)
    gains.earn(sheet)
    gains.find(sheet)
    gains.feel(sheet)
    gains.scar(sheet)
    defeat = defeat_of(sheet.share)
    judge(sheet, charges_of(sheet.share, defeat))
    weigh(sheet)
    if defeat is not None and not is_arrest(sheet.share, defeat):
        fall(sheet, defeat)


async def _post(
    sheets: Sequence[Sheet],
    movements: Sequence[Movement],
    reference: ObjectId | None,
    opened: Mapping[Account, dict[str, Any]],
    closed: Mapping[Account, HoldStatus],
) -> None:
    """Post the money, then move the goods: the wallets were read with the participants."""
    money = [*movements, *(movement for sheet in sheets for movement in sheet.movements)]
    operation: ObjectId | None = None
    if money:
        posted = await ledger.post(money, OperationKind.PLAY, opened=opened, closed=closed)
        operation = posted.operation
        for sheet in sheets:
            account = wallet(sheet.who.id), Currency.DOLLARS
            sheet.given["parked_dollars"] = posted.parked.get(account, 0)
    transfers = [transfer for sheet in sheets for transfer in sheet.transfers]
    if transfers:
        lying = {holder: row for sheet in sheets for holder, row in sheet.opened.items()}
        moved = await items.post(transfers, opened=lying, reference=reference, operation=operation)
        for sheet in sheets:
            gains.tell_goods(sheet, moved)


async def _read(deed: Deed, shares: Sequence[Share]) -> list[Known]:
    """What each share needs beyond its participant, in one round trip if there is anything."""
    needs = [await needs_of(deed, share) for share in shares]
    reads = [read for need in needs for read in need.reads]
    if reads:
        await together(itself(shares[0].who), *reads)
    return [await need.known() for need in needs]
