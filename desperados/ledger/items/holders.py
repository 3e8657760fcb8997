"""Who and what can hold items, and in which collection the contents of each are kept.

A holder is written "kind:id". That text is the ``_id`` of an ``Inventory``, the ``holder`` of a
unique item and the ``holder`` of the rows of the history.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bson import ObjectId

from desperados.ledger.items.rules import BANK_BOX, PACK, UNLIMITED, Allowance


class HolderKind(StrEnum):
    """The kinds of holder."""

    PACK = "pack"  # what a character carries; id: the character
    BANK = "bank"  # a character's box at the bank; id: the character
    GANG = "gang"  # the store of a gang; id: the gang
    CHEST = "chest"  # a chest, a shed or a wagon bed; id: the building or wagon
    LISTING = "listing"  # goods for sale; id: the market listing
    TRADE = "trade"  # what one side has put into a trade; id: that side's offer
    MAIL = "mail"  # goods sent by mail; id: the letter
    PENDING = "pending"  # what found no room; id: the pending reward
    GROUND = "ground"  # what lies on the ground; id: the ground item


LIMITS: dict[HolderKind, Allowance] = {
    HolderKind.PACK: PACK,
    HolderKind.BANK: BANK_BOX,
}

OWNED_BY_CHARACTER = {HolderKind.PACK, HolderKind.BANK}
# Each has an id of its own: once it is empty it is over.
FILLED_ONCE = {HolderKind.LISTING, HolderKind.TRADE, HolderKind.MAIL}


@dataclass(frozen=True, slots=True)
class Holder:
    """One holder: what kind, and whose it is."""

    kind: HolderKind
    id: ObjectId

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.id}"

    @property
    def limits(self) -> Allowance:
        """The limits that a new container of this kind starts with."""
        return LIMITS.get(self.kind, UNLIMITED)

    @classmethod
    def parse(cls, text: str) -> Holder:
        """The holder that is written as ``text``.

        Raises:
            ValueError: it is none.
        """
        kind, _, identity = text.partition(":")
        if not ObjectId.is_valid(identity):
            raise ValueError(f"{text!r} is not a holder")
        return cls(HolderKind(kind), ObjectId(identity))


def pack(character_id: ObjectId) -> Holder:
    """What a character carries."""
    return Holder(HolderKind.PACK, character_id)


def bank_box(character_id: ObjectId) -> Holder:
    """What a character keeps at the bank."""
    return Holder(HolderKind.BANK, character_id)


def gang_store(gang_id: ObjectId) -> Holder:
    """What a gang keeps in common."""
    return Holder(HolderKind.GANG, gang_id)


def chest(structure_id: ObjectId) -> Holder:
    """What lies in a chest, a shed or a wagon bed."""
    return Holder(HolderKind.CHEST, structure_id)


def listing(listing_id: ObjectId) -> Holder:
    """What a market listing offers."""
    return Holder(HolderKind.LISTING, listing_id)


def trade(offer_id: ObjectId) -> Holder:
    """What one side has put into a trade. Each side has a holder, with an id of its own."""
    return Holder(HolderKind.TRADE, offer_id)


def mail(letter_id: ObjectId) -> Holder:
    """What a letter carries."""
    return Holder(HolderKind.MAIL, letter_id)


def pending(reward_id: ObjectId) -> Holder:
    """What waits as a pending reward, because there was no room."""
    return Holder(HolderKind.PENDING, reward_id)


def ground(ground_item_id: ObjectId) -> Holder:
    """What lies on the ground in one place."""
    return Holder(HolderKind.GROUND, ground_item_id)
