"""Dates that Python's calendar does not have, such as JavaScript's last day, which says "never".

What they are in is read, listed and saved like any other; a rule that computes names the row.
"""

import copy
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import bson
import pytest
from bson import DatetimeMS, ObjectId

from desperados.characters.documents import Character
from desperados.engine import clock, driver
from desperados.engine.errors import CorruptValue
from desperados.engine.game import Game
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.far_dates import FarDate
from desperados.engine.storage.paging import read_page
from desperados.engine.storage.reads import Read, together
from desperados.engine.transactions import transaction
from desperados.engine.views import View
from desperados.social.documents import Gossip
from tests.documents.test_documents import jane

ID = ObjectId("65f0c0ffee0123456789abcd")
NEVER, EVER = DatetimeMS(8_640_000_000_000_000), DatetimeMS(-8_640_000_000_000_000)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


class Shown(View):
    """What services show of a date."""

    at: datetime


def loaded(**fields: Any) -> Character:
    raw = bson.encode({"_id": ID, **fields})
    return Character.hydrate(bson.decode(raw, driver.CODEC))


@pytest.fixture
def far() -> datetime:
    return loaded(createdAt=NEVER).created_at


def test_it_compares_as_the_date_that_it_is(far: datetime) -> None:
    past = loaded(createdAt=EVER).created_at
    later = loaded(createdAt=DatetimeMS(int(NEVER) + 1)).created_at
    assert past < NOW < far < later
    assert far > datetime.max.replace(tzinfo=UTC)
    assert not far <= NOW
    assert sorted([later, NOW, far, past]) == [past, NOW, far, later]
    assert far == loaded(createdAt=NEVER).created_at
    assert far != later
    assert len({far, later, loaded(createdAt=NEVER).created_at}) == 2


def test_it_is_kept_by_copies_assignments_and_views(far: datetime) -> None:
    other = jane()
    other.created_at = far
    kept = (
        other.to_mongo()["createdAt"],
        jane(created_at=far).to_mongo()["createdAt"],
        copy.deepcopy(loaded(createdAt=NEVER)).created_at,
        pickle.loads(pickle.dumps(far)),
        Shown(at=far).at,
        Shown(at=far).model_dump()["at"],
        far.astimezone(UTC),
    )
    for value in kept:
        assert bson.encode({"": value}) == bson.encode({"": NEVER})


def test_it_shows_as_the_edge_of_the_calendar(far: datetime) -> None:
    assert Shown(at=far).model_dump_json() == '{"at":"9999-12-31T23:59:59.999000Z"}'
    past = loaded(createdAt=EVER).created_at
    assert Shown(at=past).model_dump_json() == '{"at":"0001-01-01T00:00:00Z"}'
    assert repr(far) == "FarDate(8640000000000000)"


@pytest.mark.parametrize(
    "rule",
    [
        lambda date: date + DAY,
        lambda date: DAY + date,
        lambda date: date - DAY,
        lambda date: date - NOW,
        lambda date: NOW - date,
        lambda date: date.timestamp(),
        lambda date: date.replace(hour=0),
        clock.to_milliseconds,
    ],
)
def test_a_rule_that_computes_with_it_names_the_row(
    far: datetime, rule: Callable[[datetime], Any]
) -> None:
    with pytest.raises(CorruptValue) as refused:
        rule(far)
    assert refused.value.facts == {
        "document": "Character", "field": "createdAt", "id": str(ID), "value": int(NEVER)
    }  # fmt: skip


def test_the_row_is_named_wherever_in_it_the_date_is() -> None:
    document = loaded(hat={"worn": [{"at": NEVER}]})
    with pytest.raises(CorruptValue, match=rf"Character.hat.worn.0.at of {ID}"):
        document.hat["worn"][0]["at"] - NOW  # type: ignore[attr-defined]


async def test_the_row_is_named_by_those_who_read_no_documents(game: Game) -> None:
    await game.database["gossips"].insert_one({"_id": ID, "at": NEVER})
    await game.database["characters"].insert_one({"_id": ID})
    gossips = Gossip.collection()
    rumour = Read(Gossip, {"_id": ID}, lambda rows: rows[0])
    await together(Read(Character, {"_id": ID}, lambda rows: rows[0]), rumour)
    rows = [rumour.result, await gossips.find_one({"_id": ID})]
    rows += await find_all(gossips, {}, limit=5)
    async with transaction():
        rows += await find_all(gossips, {}, limit=5)
    for row in rows:
        with pytest.raises(CorruptValue, match=rf"gossips.at of {ID}"):
            row["at"] - NOW


async def test_what_is_beside_it_is_changed_and_it_stays(game: Game) -> None:
    raw = {"_id": ID, "content": "x", "createdAt": NEVER, "hat": [{"at": EVER}]}
    await game.database["gossips"].insert_one(raw)
    for load in (Gossip.get(ID), Gossip.find_one({"_id": ID})):
        gossip = await load
        assert gossip is not None
        gossip.content += "y"
        gossip.hat[0]["worn"] = True  # type: ignore[attr-defined]
        await gossip.save()
        await gossip.sync()
        assert await game.database["gossips"].find_one_and_update(
            {"createdAt": gossip.created_at, "hat.at": gossip.hat[0]["at"]},  # type: ignore[attr-defined]
            {"$unset": {"hat.0.worn": 1}},
        )
    raw = await game.database["gossips"].find_one(projection={"createdAt": 1, "hat": 1, "_id": 0})
    assert bson.encode(raw) == bson.encode({"createdAt": NEVER, "hat": [{"at": EVER}]})


@pytest.mark.parametrize("sort", ["createdAt", "-createdAt"])
async def test_lists_go_on_behind_it(game: Game, sort: str) -> None:
    dates = [EVER, EVER, NOW, NEVER, NEVER, DatetimeMS(2**62)]
    await game.database["gossips"].insert_many(
        [{"_id": n, "content": "x", "createdAt": at} for n, at in enumerate(dates)]
    )
    seen: list[int] = []
    after = None
    while True:
        page = await read_page(
            Gossip.collection(), {}, sort=sort, limit=1, after=after, view=lambda row: row["_id"]
        )
        seen += page.items
        after = page.next
        if after is None:
            break
    assert seen == sorted(range(6), reverse=sort.startswith("-"))
    assert await Gossip.find(Gossip.created_at > NOW).count() == 3
    far = FarDate(int(NEVER))
    assert [g.id for g in await Gossip.find(Gossip.created_at > far).to_list()] == [5]
