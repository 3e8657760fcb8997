"""The content of characters: what its files under ``seeds/`` hold beyond the document classes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator

from desperados.characters import documents
from desperados.characters.tallies.counters import COUNTERS, STATES
from desperados.engine.manifest.content import Content, Kind, To
from desperados.vocabulary import (
    Positive,
)


def _known_counter(counter: str) -> str:
    if counter not in COUNTERS and counter not in STATES:
        raise ValueError("nothing counts this")
    return counter


class Achievement(Content):
    """More of an achievement."""

    counter: Annotated[str, AfterValidator(_known_counter)]
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
