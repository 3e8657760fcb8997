"""Recipes, and what characters know of them."""

from pydantic import Field

from desperados.engine.storage.documents import (
    CodedDocument,
    Document,
    Embedded,
    unique,
)
from desperados.engine.storage.fields import Id, Integer, Number


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
