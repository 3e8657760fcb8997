"""The watch over searches without an index sees those of services, and those only."""

import pytest

from desperados.engine.game import Game
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.streams import stream
from desperados.ledger.money import audit
from tests.games import embedded
from tests.scans import watched


@pytest.fixture
def no_service_searches_without_an_index() -> None:
    """Here one does on purpose."""


async def test_a_search_of_a_service_is_seen_with_the_module_that_sent_it(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded(game)
    users = stream(game.collection("users"), {"noSuchField": {"$gt": 1}})
    with watched(monkeypatch) as found:
        async for _ in audit._merged({"users": users}, lambda row: row["_id"]):
            pass
    assert [(who, collection) for who, collection, _ in found] == [
        ("ledger/money/audit.py", "users")
    ]


async def test_a_test_may_look_about(game: Game, monkeypatch: pytest.MonkeyPatch) -> None:
    embedded(game)
    with watched(monkeypatch) as found:
        await game.database["users"].find_one({"lastLogin": None})
        await find_all(game.database["users"], {"lastLogin": None}, limit=1)
    assert embedded(game).stats.scan_count == 2
    assert not found
