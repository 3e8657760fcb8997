"""Who belongs to which gang, as everybody may ask."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from bson import ObjectId

from desperados.engine.game import Game
from desperados.engine.storage.reads import alone
from desperados.gangs.documents import GangRole
from desperados.gangs.membership import Membership, membership
from tests.games import embedded

JUNE, JULY = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)


async def test_a_member_is_found_with_role_and_date_in_one_round_trip(game: Game) -> None:
    ann, gang = ObjectId(), ObjectId()
    row = {"characterId": ann, "gangId": gang, "role": "officer", "joinedAt": JUNE}
    await game.database["gangmembers"].insert_one(row)
    stats = embedded(game).stats
    stats.reset()
    assert await alone(membership(ann)) == Membership(gang, GangRole.OFFICER, JUNE)
    assert (stats.asked.total(), stats.full_scans) == (1, {})
    assert await alone(membership(ObjectId())) is None


async def test_of_two_rows_the_younger_one_counts(game: Game) -> None:
    ann, old, new = ObjectId(), ObjectId(), ObjectId()
    await game.database["gangmembers"].insert_many(
        [
            {"characterId": ann, "gangId": new, "role": "prospect", "joinedAt": JULY},
            {"characterId": ann, "gangId": old, "role": "leader", "joinedAt": JUNE},
        ]
    )
    found = await alone(membership(ann))
    assert found is not None
    assert (found.gang_id, found.role) == (new, GangRole.PROSPECT)


async def test_a_row_without_a_date_counts_from_its_making(game: Game) -> None:
    ann, row = ObjectId(), ObjectId()
    await game.database["gangmembers"].insert_one(
        {"_id": row, "characterId": ann, "gangId": ObjectId(), "role": "member"}
    )
    found = await alone(membership(ann))
    assert found is not None
    assert found.since == row.generation_time


@pytest.mark.parametrize("role", list(GangRole))
def test_a_rank_has_those_below_it(role: GangRole) -> None:
    ranks = [other for other in GangRole if Membership(ObjectId(), role, JUNE).ranks(other)]
    assert ranks == list(GangRole)[list(GangRole).index(role) :]
