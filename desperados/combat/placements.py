"""Who came to which place of a tournament or a shooting contest: as it is stored, and shown."""

from __future__ import annotations

from collections.abc import Iterable

from desperados.engine.storage.documents import Embedded
from desperados.engine.storage.fields import Integer, Money
from desperados.engine.views import Id, View
from desperados.play.shapes.documents import Contest
from desperados.references import CharacterId


class Placement(Embedded):
    """What somebody has reached and won; those who are equal share a place."""

    character_id: CharacterId
    place: Integer
    prize: Money


class PlacementView(View):
    """What somebody has reached, and won."""

    character_id: Id
    place: int
    prize: int


def stored_placements(contest: Contest) -> list[dict[str, object]]:
    """The placements of a contest that is paid, as they are stored."""
    return [
        Placement(character_id=prize.character_id, place=prize.place, prize=prize.amount).to_mongo()
        for prize in contest.prizes
    ]


def placement_views(placements: Iterable[Placement]) -> list[PlacementView]:
    """Placements as everybody sees them."""
    return [
        PlacementView(character_id=one.character_id, place=one.place, prize=one.prize)
        for one in placements
    ]
