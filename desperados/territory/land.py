"""The land, for everybody above, read only: what a gang has of a zone of control."""

from __future__ import annotations

from dataclasses import dataclass

from bson import ObjectId

from desperados.territory.documents import Territory, TerritoryZone


@dataclass(frozen=True, slots=True)
class Land:
    """A zone as one gang has it, as it is stored: of another form than expected, it counts for
    nothing. ``hold`` is the influence of the gang, 0 to 100; ``bonuses`` are texts (``buy:5``)."""

    hold: object
    bonuses: object
    specialization: object
    contested: bool


async def read_land(zone_id: str, gang_id: ObjectId) -> Land | None:
    """What ``gang_id`` has of a zone; None if there is no such zone."""
    influence = f"influence.{gang_id}"
    land = await Territory.collection().find_one(
        {"zoneId": zone_id}, {"bonuses": 1, "contestedBy": 1, influence: 1}
    )
    if land is None:
        return None
    zone = await TerritoryZone.collection().find_one({"zoneId": zone_id}, {"specialization": 1})
    return Land(
        (land.get("influence") or {}).get(str(gang_id)),
        land.get("bonuses"),
        (zone or {}).get("specialization"),
        bool(land.get("contestedBy")),
    )
