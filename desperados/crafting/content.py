"""The content of crafting: what its files under ``seeds/`` hold beyond the document classes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from desperados.crafting import documents
from desperados.engine.manifest.content import Content, Kind, To
from desperados.vocabulary import (
    Facility,
    Natural,
    Positive,
)


class Recipe(Content):
    """More of a recipe."""

    facility: Facility | None = None
    category: str
    xp: Positive
    difficulty: Annotated[int, Field(ge=1, le=100)]
    learn_source: (
        Literal["trainer", "vendor", "quest", "reputation", "achievement", "drop"] | None
    ) = None
    learn_cost: Natural = 0
    quality_affects: bool = False


CONTENT = (
    Kind(
        "recipes",
        ("_id",),
        documents.Recipe,
        Recipe,
        (
            To("skillRequired", "skills"),
            To("materials[].itemId", "items"),
            To("output.itemId", "items"),
        ),
    ),
)
