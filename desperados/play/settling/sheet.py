"""The sheet of one who takes part: where everything stands while a deed is settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bson import ObjectId

from desperados.characters import energy
from desperados.characters.documents import Character
from desperados.characters.effects import Effect, Stat, points
from desperados.characters.errors import CharacterNotFound
from desperados.characters.participant import Participant
from desperados.characters.rules import ALIVE
from desperados.engine.allowances import Usage
from desperados.engine.dice import Luck
from desperados.engine.meters import Meter
from desperados.engine.staging import StagedUpdate, StagedWrite
from desperados.law.rows import Held
from desperados.ledger.items.contents import Stack
from desperados.ledger.items.definitions import Definition
from desperados.ledger.items.holders import Holder
from desperados.ledger.items.movement import Transfer
from desperados.ledger.money.accounts import wallet
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.movement import Movement, burn, mint
from desperados.ledger.money.sources import Source
from desperados.play.multipliers import Multiplier
from desperados.play.outcome import Deed, Share
from desperados.renown.conduct import ConductRows
from desperados.renown.standing import StandingRows


@dataclass(slots=True)
class Known:
    """What was read for one share beyond the participant: what multiplies, what was ``earned``
    today where a day's income tires, what the pack holds
    (``definitions`` of its items), where who is felled comes to, what the law has on somebody and
    where it takes its prisoners, and what moves standing and conduct."""

    dollars: Multiplier = field(default_factory=Multiplier)
    xp: Multiplier = field(default_factory=Multiplier)
    earned: Usage | None = None
    stacks: Sequence[Stack] = ()
    definitions: Mapping[str, Definition] = field(default_factory=dict)
    refuge: ObjectId | None = None
    held: Held = field(default_factory=Held)
    jail: ObjectId | None = None
    standing: StandingRows | None = None
    conduct: ConductRows | None = None


class Sheet:
    """One share while it is worked out. ``fields`` of the character are set in one update;
    ``given`` is what the answer says of it."""

    def __init__(
        self,
        deed: Deed,
        share: Share,
        known: Known,
        luck: Luck,
        reference: ObjectId | None,
    ) -> None:
        self.deed, self.share, self.known, self.luck = deed, share, known, luck
        self.who: Participant = share.who
        self.now = share.who.at
        self.energy: Meter = share.who.energy
        self.health: Meter = share.who.health
        self.effects: tuple[Effect, ...] = share.who.effects
        self.purse: int = share.who.dollars  # the dollars in it so far
        self.fields: dict[str, Any] = {}
        self.movements: list[Movement] = []
        self.transfers: list[Transfer] = []
        self.opened: dict[Holder, dict[str, Any]] = {}
        self.writes: list[StagedWrite] = []
        self.given: dict[str, Any] = {}
        self._reference = reference

    @property
    def place(self) -> ObjectId:
        """Where the character is when the deed is done."""
        place: ObjectId = self.fields.get("currentLocationId", self.who.location_id)
        return place

    def mint(self, dollars: int, source: Source, metadata: Mapping[str, Any] | None = None) -> None:
        """Dollars that come into the world with this."""
        self.purse += dollars
        self.given["dollars"] = self.given.get("dollars", 0) + dollars
        account, about = wallet(self.who.id), self._reference
        self.movements.append(
            mint(account, Currency.DOLLARS, dollars, source, reference=about, metadata=metadata)
        )

    def burn(self, dollars: int, source: Source) -> None:
        """Dollars that leave it."""
        self.purse -= dollars
        account, about = wallet(self.who.id), self._reference
        self.movements.append(burn(account, Currency.DOLLARS, dollars, source, reference=about))

    def update(self) -> StagedUpdate | None:
        """The one update of the character; None if nothing of it changes.

        It finds the character as it was read: whoever changed it since has met this transaction.
        """
        fields = self.fields | self._feelings()
        if not fields:
            return None
        # Both are counted up to now whatever changed: whose energy we never counted is counted
        # from its last activity, which moves here.
        fields |= {
            "energy": self.energy.value,
            "energyAt": self.energy.at,
            "health": self.health.value,
            "healthAt": self.health.at,
            "lastActive": self.now,
            "updatedAt": self.now,
        }
        return StagedUpdate(
            Character.collection_name(),
            {"_id": self.who.id, **ALIVE},
            {"$set": fields},
            otherwise=CharacterNotFound(),
        )

    def _feelings(self) -> dict[str, Any]:
        """Energy, health and effects, where they changed; rates change with effects."""
        if self.effects == self.who.effects:
            changed = (self.energy, self.health) != (self.who.energy, self.who.health)
            return {"energy": self.energy.value} if changed else {}
        self.energy = self._rerated(self.energy, Stat.ENERGY_REGEN, Stat.MAX_ENERGY)
        self.health = self._rerated(self.health, Stat.HEALTH_REGEN, Stat.MAX_HEALTH)
        return {"effects": [effect.stored() for effect in self.effects]}

    def _rerated(self, meter: Meter, speed: Stat, most: Stat) -> Meter:
        """A meter whose effects have changed: the point under way is complete when it would have
        been."""
        before, after = self.who.effects, self.effects
        high = meter.high + points(after, most, self.now) - points(before, most, self.now)
        old = energy.rate(before, speed, meter.high, self.now)
        new = energy.rate(after, speed, high, self.now)
        return Meter(meter.value, meter.at, meter.low, high).rerated(self.now, old, new)
