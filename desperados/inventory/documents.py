"""Items, what lies on the ground, and crafting."""

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.documents import CodedDocument, Document, Embedded, index, ttl, unique
from desperados.engine.fields import Date, Id, Integer, Mixed, Money, Number


class Item(Document):
    """What an item is; content. ``item_id`` is its code."""

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

    class Settings:
        name = "items"
        indexes = (index("itemId"),)


class GroundItem(Document):
    """Items lying at a location until someone takes them or they rot."""

    location_id: Id
    item_id: Id
    quantity: Integer = 1
    dropped_at: Date = Field(default_factory=now)
    expires_at: Date

    class Settings:
        name = "grounditems"
        indexes = (index("locationId"), ttl("expiresAt"))


class CraftedItem(Document):
    """One piece of gear that exists once, crafted or found."""

    base_item_id: str
    crafter_id: Id
    quality: str
    is_masterwork: bool = False
    bonuses: Mixed = Field(default_factory=dict)
    crafted_at: Date = Field(default_factory=now)

    class Settings:
        name = "crafteditems"


class RecipeMaterial(Embedded):
    """What a recipe consumes."""

    item_id: str
    quantity: Integer = 1


class RecipeOutput(Embedded):
    """What a recipe yields."""

    item_id: str
    quantity: Integer = 1


class Recipe(CodedDocument):
    """How to make an item; content, identified by its code. ``time`` is in seconds."""

    name: str
    skill_required: str
    level_required: Integer = 1
    materials: list[RecipeMaterial] = Field(default_factory=list)
    output: RecipeOutput
    time: Number

    class Settings:
        name = "recipes"


class CraftingProfile(Document):
    """The recipes a character knows and the experience in each profession."""

    character_id: Id
    known_recipes: list[str] = Field(default_factory=list)
    crafting_xp: dict[str, Number] = Field(default_factory=dict, alias="craftingXP")
    masterwork_count: Integer = 0

    class Settings:
        name = "craftingprofiles"
        indexes = (unique("characterId"),)
