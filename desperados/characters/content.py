"""The content of characters: what its files under ``seeds/`` hold beyond the document classes."""

from __future__ import annotations

from typing import Literal

from desperados.characters import documents
from desperados.engine.manifest.content import Content, Kind, To
from desperados.vocabulary import (
    Positive,
)


class Achievement(Content):
    """More of an achievement."""

    counter: str
    mode: Literal["add", "max", "set_size"] = "add"
    target: Positive
    hidden: bool = False


CONTENT = (
    Kind(
        "achievements",
        ("_id",),
        documents.Achievement,
        Achievement,
        (To("rewards.items[]", "items"),),
    ),
)
