"""The land, for everybody above, read only: what a gang has of a zone of control."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from desperados.engine.storage.reads import Read
from desperados.territory.documents import Territory, TerritoryZone

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Land:
    """A zone as one gang has it, as it is stored: of another form than expected, it counts for
    nothing. ``hold`` is the influence of the gang, 0 to 100; ``bonuses`` are texts (``buy:5``)."""

    hold: object
    bonuses: object
    specialization: object
    contested: bool


class LandOf:
    """What a gang has of a zone: two ``reads`` that may leave with others, and then ``land()``."""

    def __init__(self, zone_id: str, gang_id: ObjectId) -> None:
        self._gang = str(gang_id)
        self._held: Read[Row | None] = Read(
            Territory,
            {"zoneId": zone_id},
            _first,
            {"bonuses": 1, "contestedBy": 1, f"influence.{gang_id}": 1},
        )
        self._zone: Read[Row | None] = Read(
            TerritoryZone, {"zoneId": zone_id}, _first, {"specialization": 1}
        )
        self.reads = (self._held, self._zone)

    def land(self) -> Land | None:
        """The land; None if there is no such zone."""
        held = self._held.result
        if held is None:
            return None
        return Land(
            (held.get("influence") or {}).get(self._gang),
            held.get("bonuses"),
            (self._zone.result or {}).get("specialization"),
            bool(held.get("contestedBy")),
        )


def _first(rows: list[Row]) -> Row | None:
    return rows[0] if rows else None


def holders_of(zones: Collection[str]) -> Read[Mapping[str, ObjectId | None]]:
    """The gang that holds each of ``zones``; None where none does."""
    return Read(
        Territory,
        {"zoneId": {"$in": list(zones)}},
        lambda rows: {row["zoneId"]: row.get("controllingGangId") for row in rows},
        {"zoneId": 1, "controllingGangId": 1},
        limit=max(1, len(zones)),
    )
