"""Cursors that stay open while others write, and what the server keeps for them."""

from __future__ import annotations

from typing import Any

import pytest

from desperados.embedded import EmbeddedServer

COUNT = 5_000


@pytest.fixture
async def rows(db: Any) -> Any:
    await db.rows.create_index("group")
    await db.rows.create_index("tags")
    await db.rows.insert_many(
        [{"_id": n, "group": n % 7, "tags": [n % 3, n % 5], "n": n} for n in range(COUNT)]
    )
    return db.rows


async def disturb(rows: Any) -> None:
    """Move, change, remove and add rows, before and behind whoever is reading."""
    await rows.update_many({"n": {"$gte": COUNT // 2}}, {"$set": {"group": 0, "tags": [9]}})
    await rows.delete_many({"_id": {"$mod": [3, 0]}})
    await rows.insert_many([{"_id": -n, "group": n % 7, "tags": [1], "n": n} for n in range(1, 50)])
    await rows.insert_many([{"_id": 3 * n, "group": 8, "tags": [2], "n": 0} for n in range(900)])


@pytest.mark.parametrize(
    ("where", "sort"),
    [
        ({}, [("_id", 1)]),
        ({}, [("_id", -1)]),
        ({}, [("group", 1)]),
        ({}, [("group", -1)]),
        ({"group": {"$in": [1, 4, 6]}}, None),
        ({"$or": [{"group": 1}, {"tags": 2}]}, None),
        ({"tags": {"$gte": 2}}, None),
        ({"n": {"$gte": 9}}, None),
        ({}, None),
        ({}, [("n", 1)]),
    ],
    ids=str,
)
async def test_an_answer_is_that_of_the_moment_it_was_asked_for(
    rows: Any, server: EmbeddedServer, where: dict[str, Any], sort: list[tuple[str, int]] | None
) -> None:
    expected = await rows.find(where, sort=sort).to_list()
    cursor = rows.find(where, sort=sort, batch_size=90)
    found = [await cursor.next() for _ in range(200)]
    await disturb(rows)
    found += await cursor.to_list()
    assert found == expected
    assert not server.cursors.open
    assert not server.store.collections["game.rows"].chains


async def test_a_long_answer_in_the_order_of_an_index_is_read_as_it_is_fetched(
    rows: Any, server: EmbeddedServer
) -> None:
    read: list[bytes] = []

    def noted(raw: bytes) -> bytes:
        read.append(raw)
        return raw

    cursors = server.cursors
    cursor = rows.find({}, sort=[("group", 1)], batch_size=10)
    await cursor.next()
    (opened,) = cursors.open.values()
    opened.rest = map(noted, opened.rest)
    for _ in range(29):
        await cursor.next()
    assert len(read) == 20
    await cursor.close()


@pytest.mark.parametrize("ending", ["close", "session", "expire"])
async def test_what_was_kept_for_a_cursor_goes_with_it(
    rows: Any, client: Any, server: EmbeddedServer, ending: str
) -> None:
    session = client.start_session()
    cursor = rows.find({}, sort=[("group", 1)], batch_size=10, session=session)
    await cursor.next()
    await rows.update_many({}, {"$inc": {"n": 1}})
    assert server.store.collections["game.rows"].chains
    if ending == "close":
        await cursor.close()
    elif ending == "session":
        server.cursors.close_session(next(iter(server.cursors.open.values())).session)
    else:
        server.cursors.clock = lambda: 1e12
        server.cursors.expire()
    assert not server.cursors.open
    assert not server.store.collections["game.rows"].chains
    await session.end_session()
