"""A disk that is full, a file that is gone: told as such, and nothing happens half or twice."""

from pathlib import Path

from aiohttp.test_utils import TestClient

import desperados
from desperados.api.app import create_app
from desperados.ops.audit import audit
from tests.api.client import PASSWORD, Api, add_start_places
from tests.api.conftest import CHEAP, ApiServer
from tests.disks import fill_up, mounted


async def test_a_full_disk_is_told_as_such_and_the_same_request_goes_through_later(
    tmp_path: Path,
) -> None:
    with mounted(tmp_path / "disk", megabytes=16) as disk:
        url = f"embedded://{disk}/world.db"
        async with desperados.connect(url, sending_age_hours=0, **CHEAP) as game:
            await add_start_places(game)
            async with TestClient(ApiServer(create_app(game))) as client:
                await _pays_once(Api(game, client), disk)
            assert (await audit()).clean


async def test_a_file_that_was_moved_away_is_told_without_saying_where_it_was(
    tmp_path: Path,
) -> None:
    path, away = tmp_path / "world.db", tmp_path / "away.db"
    async with (
        desperados.connect(f"embedded://{path}", **CHEAP) as game,
        TestClient(ApiServer(create_app(game))) as client,
    ):
        api = Api(game, client)
        path.rename(away)
        account = {"username": "jane", "email": "jane@example.org", "password": PASSWORD}
        refused = await api.call("POST", "/accounts", account)
        assert (refused.status, refused.code) == (503, "storage_failed")
        assert str(tmp_path) not in refused.text
        away.rename(path)
        assert (await api.call("POST", "/accounts", account)).status == 201


async def _pays_once(api: Api, disk: Path) -> None:
    jane, bill = await api.ride("jane"), await api.ride("bill")
    path = f"/characters/{jane.character}/transfers"
    body = {"recipientId": bill.character, "amount": 25}
    rest = fill_up(disk)
    # What is left of the last page may take one or two more.
    for number in range(20):
        refused = await api.call("POST", path, body, token=jane.token, key=f"rent-{number}")
        if refused.status != 201:
            break
    assert (refused.status, refused.code) == (507, "storage_full")
    assert "disk of the database is full" in refused.data["detail"]
    assert str(disk) not in refused.text  # where it lies is not for players
    assert int(refused.headers["Retry-After"]) >= 1
    sheet = f"/characters/{jane.character}"
    assert (await api.call("GET", sheet, token=jane.token)).status == 200
    rest.unlink()
    for _ in range(2):
        paid = await api.call("POST", path, body, token=jane.token, key=f"rent-{number}")
        assert paid.status == 201
    history = await api.call("GET", f"{sheet}/history", token=jane.token)
    assert sum(row["amount"] == -25 for row in history.data["items"]) == number + 1
