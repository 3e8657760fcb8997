"""What the settlement of a share must know beyond the participant."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from desperados.characters.rules import START_LOCATION, Faction
from desperados.engine.allowances import Usage, usage_of
from desperados.engine.storage.reads import Read
from desperados.law.jails import jail_near
from desperados.law.rows import Held, LawRows
from desperados.ledger.items.books import read_contents
from desperados.ledger.items.contents import Stack
from desperados.ledger.items.definitions import definitions
from desperados.ledger.items.documents import Inventory
from desperados.ledger.items.holders import pack
from desperados.ledger.money.sources import BOOSTABLE
from desperados.play.multipliers import Multiplier, Multipliers
from desperados.play.outcome import Deed, Share
from desperados.play.settling.falling import defeat_of
from desperados.play.settling.gains import DAY_SHARES
from desperados.play.settling.judging import charges_of, is_arrest
from desperados.play.settling.sheet import Known
from desperados.renown.conduct import ConductRows
from desperados.renown.standing import StandingRows
from desperados.world.places import Place, hub_of, read_place, read_place_of


class Needs:
    """What one share needs: ``reads`` that leave with those of others, and then ``known()``."""

    def __init__(self, deed: Deed, share: Share, place: Place | None) -> None:
        self._share = share
        self.reads: list[Read[Any]] = []
        self._multipliers: Multipliers | None = None
        self._pack: Read[list[Stack]] | None = None
        self._hub: Read[ObjectId | None] | None = None
        earns = share.outcome.dollars > 0 and deed.income in BOOSTABLE
        if earns or share.outcome.xp > 0:
            self._multipliers = Multipliers(share.who, place)
            self.reads += self._multipliers.reads
        self._earned: Read[Usage] | None = None
        limit = DAY_SHARES.get(deed.income) if deed.income is not None else None
        if share.outcome.dollars > 0 and limit is not None:
            self._earned = usage_of((limit, share.who.id))
            self.reads.append(self._earned)
        self.defeat = defeat_of(share)
        self.charges = charges_of(share, self.defeat)
        if self.defeat is not None and not is_arrest(share, self.defeat):
            self._pack = _pack_of(share.who.id)
            self._hub = hub_of(place)
            self.reads += [self._pack, self._hub]
        self._law = LawRows([share.who.id]) if self.charges else None
        self._standing = (
            StandingRows(share.who, share.outcome.standing) if share.outcome.standing else None
        )
        self._conduct = ConductRows([share.who.id]) if share.outcome.conduct else None
        for rows in (self._law, self._standing, self._conduct):
            self.reads += () if rows is None else rows.reads

    async def known(self) -> Known:
        """What was found."""
        many, bonuses = self._multipliers, self._share.outcome.bonuses
        stacks = self._pack.result if self._pack is not None else []
        refuge = self._hub.result if self._hub is not None else None
        if self._hub is not None and refuge is None:
            refuge = await _home(self._share.who.faction)
        return Known(
            dollars=many.dollars(bonuses) if many is not None else Multiplier(),
            xp=many.xp(bonuses) if many is not None else Multiplier(),
            earned=self._earned.result if self._earned is not None else None,
            stacks=stacks,
            definitions=await definitions({stack.item_id for stack in stacks}),
            refuge=refuge,
            held=self._law.of(self._share.who.id) if self._law is not None else Held(),
            jail=await self._jail(),
            standing=self._standing,
            conduct=self._conduct,
        )

    async def _jail(self) -> ObjectId | None:
        if self.charges.jail is None:
            return None
        place = await jail_near(self._share.who.location_id)
        return None if place is None else place.id


async def needs_of(deed: Deed, share: Share) -> Needs:
    """What a share needs; the places are kept in memory."""
    return Needs(deed, share, await read_place(share.who.location_id))


def _pack_of(character_id: ObjectId) -> Read[list[Stack]]:
    holder = pack(character_id)

    def stacks(rows: list[dict[str, Any]]) -> list[Stack]:
        return read_contents(holder, rows[0]).stacks if rows else []

    return Read(Inventory, {"_id": str(holder)}, stacks)


async def _home(faction: str) -> ObjectId | None:
    """The town of a faction; None in a world without."""
    if faction not in set(Faction):
        return None
    place = await read_place_of(START_LOCATION[Faction(faction)])
    return None if place is None else place.id
