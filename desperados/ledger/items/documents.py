"""Items, who holds them, and what lies on the ground."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import (
    CodedDocument,
    Document,
    Embedded,
    index,
    ttl,
    unique,
)
from desperados.engine.storage.fields import Date, Id, Integer, Mixed, Money, Number
from desperados.engine.storage.indexes import HAS_TEXT
from desperados.references import CharacterId


class BindOn(StrEnum):
    """When an item becomes its owner's for good."""

    NONE = "none"
    PICKUP = "pickup"
    EQUIP = "equip"


class Item(Document):
    """What an item is; content. ``item_id`` is its code. ``weight`` is in pounds."""

    item_id: str
    name: str
    type: str
    subtype: str | None = None
    rarity: str
    stats: Mixed = Field(default_factory=dict)
    effects: Mixed = Field(default_factory=dict)
    stackable: bool = False
    max_stack: Integer = 1
    value: Money = 0
    weight: Number = 1
    bind_on: BindOn = BindOn.NONE
    # A quest item is bound: it leaves only with its quest.
    quest_item: bool = False
    # A character buys it once in its life.
    once_per_character: bool = False

    class Settings:
        name = "items"
        indexes = (index("itemId"),)


class StackEntry(Embedded):
    """The pieces of one item in one container; bound and free ones are separate entries.

    ``quantity`` may fill several slots: one for each ``max_stack``. ``max_stack`` and ``weight``
    (of a piece) are the item's when it came in. ``locked`` pieces are worn or reserved, and stay.
    """

    entry_id: str
    item_id: str
    quantity: Integer = Field(ge=1)
    max_stack: Integer = Field(default=1, ge=1)
    weight: Number = 0
    bound: bool = False
    locked: Integer = Field(default=0, ge=0)
    acquired_at: Date = Field(default_factory=now)


class CapacityBonus(Embedded):
    """What something (the vault, skill levels, a mount) adds to the limits of a container."""

    slots: Integer = 0
    weight: Number = 0


class Inventory(CodedDocument):
    """A container: the pack of a character, a bank box, goods for sale or in a trade.

    ``id`` is the holder, "pack:65f0...". The used counts, the sequence and the contents change in
    one update, guarded by ``item_seq``: the number of the last row of the history. Unique items
    name their holder themselves; here they are only counted. No limit is null.
    """

    owner_type: str
    owner_id: Id
    items: list[StackEntry] = Field(default_factory=list)
    max_slots: Integer | None = None
    max_weight: Number | None = None
    used_slots: Integer = 0
    used_weight: Number = 0
    unique_count: Integer = 0
    unique_weight: Number = 0
    bonuses: dict[str, CapacityBonus] = Field(default_factory=dict)
    # Set when the limits sank below what was in use: then, and only then, there may be too much.
    overfull_since: Date | None = None
    item_seq: Integer = 0
    # Set when its owner left the world: it is empty, and takes nothing any more.
    closed_at: Date | None = None
    # Of one that is filled once, and empty by now: when it vanishes.
    expires_at: Date | None = None
    created_at: Date = Field(default_factory=now)
    updated_at: Date = Field(default_factory=now)

    class Settings:
        name = "inventories"
        indexes = (index("ownerId"), index("items.itemId"), ttl("expiresAt"))


class ItemMovement(Document):
    """Items that came into a holder (positive) or left it (negative). Rows are only ever added.

    ``seq`` numbers the rows of a holder from 1; ``before`` and ``after`` are how many pieces of the
    item it held (of a unique item: 0 or 1). ``operation`` groups the rows of one movement.
    """

    holder: str
    seq: Integer
    item_id: str
    crafted_item_id: Id | None = None
    quantity: Integer
    before: Integer
    after: Integer
    source: str
    # The holder on the other side, or "world".
    counterparty: str
    reference: Id | None = None
    # Who did it: a character, or the user of a member of the staff.
    actor: Id | None = None
    operation: Id
    # Whose a reward is: in the rows that filled it.
    owner: Id | None = None
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "itemmovements"
        indexes = (
            unique("holder", "seq"),
            index("holder", "itemId", "seq"),
            index("operation"),
            index("craftedItemId", "createdAt", where={"craftedItemId": {"$exists": True}}),
            # Who floods shops is looked for by the hour.
            index("createdAt", where={"source": "shop_sale"}, name="sales"),
        )


class CraftedItem(Document):
    """One piece of gear that exists once, crafted or found.

    ``holder`` says where it is, as "kind:id"; null is nowhere: destroyed, or written by another
    program and not placed yet. ``owner_id`` is the character who has it in pack or bank.
    """

    base_item_id: str
    crafter_id: Id
    quality: str
    is_masterwork: bool = False
    bonuses: Mixed = Field(default_factory=dict)
    crafted_at: Date = Field(default_factory=now)
    holder: str | None = None
    owner_id: CharacterId | None = None
    weight: Number = 0
    bound: bool = False
    locked: bool = False
    equipped_slot: str | None = None
    durability: Number = 100
    max_durability: Integer = 100
    custom_name: str | None = None
    version: Integer = 0
    destroyed_at: Date | None = None

    class Settings:
        name = "crafteditems"
        indexes = (
            index("holder", "_id"),
            unique("ownerId", "equippedSlot", where={"equippedSlot": HAS_TEXT}),
        )


class GroundItem(Document):
    """Items lying at a location until someone takes them or they rot.

    They can be taken until ``rots_at``; then a job records the loss. ``expires_at`` is only when
    the emptied row vanishes: as long as anything lies there it is far off.
    """

    location_id: Id
    item_id: Id
    quantity: Integer = 1
    dropped_at: Date = Field(default_factory=now)
    expires_at: Date
    rots_at: Date | None = None
    stack: StackEntry | None = None
    crafted_item_id: Id | None = None
    unique_weight: Number | None = None
    dropped_by: CharacterId | None = None
    reserved_for: CharacterId | None = None
    reserved_until: Date | None = None
    item_seq: Integer | None = None

    class Settings:
        name = "grounditems"
        indexes = (
            index("locationId"),
            ttl("expiresAt"),
            index("rotsAt", "_id"),
            index("locationId", "droppedAt", "_id"),
        )
