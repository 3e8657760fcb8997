"""A world full of dates that Python's calendar does not have: it is played on."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from bson import DatetimeMS
from pymongo.errors import DuplicateKeyError

from desperados.api.routes import ROUTES
from desperados.assembly.jobs import JOBS
from desperados.economy import transfers
from desperados.engine.errors import CorruptValue
from desperados.engine.work import Jobs
from desperados.ops.audit import audit
from tests.api.client import PASSWORD, Api
from tests.api.test_matrix import OK, Stage, answer_of, api_over, named, stage

__all__ = ["stage"]

NEVER = DatetimeMS(8_640_000_000_000_000)
COMPUTES = {"GET /characters/{characterId}/wealth-tax"}  # with the age of the character


def dates(value: Any, path: str = "") -> Iterator[str]:
    """The paths of all dates in a stored document."""
    if isinstance(value, datetime):
        yield path.removeprefix(".")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from dates(item, f"{path}.{name}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from dates(item, f"{path}.{number}")


async def fill_with_far_dates(api: Api) -> None:
    """Every date there is becomes one, and unknown fields have one."""
    database = api.game.database
    for name in await database.list_collection_names():
        for number, document in enumerate(await database[name].find().to_list(None)):
            try:
                await become(database[name], document, NEVER)
            except DuplicateKeyError:  # of what begins at one moment there is one
                await become(database[name], document, DatetimeMS(int(NEVER) - number))


async def become(collection: Any, document: dict[str, Any], far: DatetimeMS) -> None:
    """Every date in a stored document becomes this one."""
    changed = dict.fromkeys(dates(document), far) | {"retired": [{"at": far}]}
    await collection.update_one({"_id": document["_id"]}, {"$set": changed})


async def test_people_log_in_and_read_work_is_done_and_the_world_is_audited(
    stage: Stage,
) -> None:
    async with api_over(await stage.world()) as api:
        await fill_with_far_dates(api)
        answers = {
            named(route): await answer_of(api, stage.cast, route)
            for route in ROUTES
            if route.method == "GET"
        }
        assert {name for name, answer in answers.items() if answer != OK} == COMPUTES
        answer = await api.call("POST", "/sessions", {"login": "annie", "password": PASSWORD})
        assert answer.status == 201
        jobs = Jobs(JOBS)
        await jobs.poll()
        assert jobs.done["market_day"] == 1
        assert {name for name, failed in jobs.failed.items() if failed} == {"wealth_tax"}
        report = await audit()
        assert report.clean, report.first
        with pytest.raises(CorruptValue) as refused:
            await transfers.send(stage.cast.ann, stage.cast.bob, 5)
        assert refused.value.facts["id"] == str(stage.cast.ann)
