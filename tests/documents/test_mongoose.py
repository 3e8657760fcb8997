"""Beside a real Mongoose: neither side loses what the other wrote, and each sees stale copies.

Runs where Node and Mongoose 8 are: set DESPERADOS_TEST_MONGOOSE to a folder node_modules/mongoose
(`make test-mongoose` installs it).
"""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bson import Int64, ObjectId
from bson.json_util import CANONICAL_JSON_OPTIONS, dumps, loads

from desperados.assembly.documents import documents
from desperados.engine.game import Game
from desperados.engine.storage.documents import Document, StaleDocument
from tests.documents.specification import PATH, collections

MONGOOSE = os.environ.get("DESPERADOS_TEST_MONGOOSE")
pytestmark = pytest.mark.skipif(MONGOOSE is None, reason="needs Node and Mongoose")

LATER = datetime(2099, 5, 6, 7, 8, 9, 123000, tzinfo=UTC)
SIMPLE = ("string", "number", "date")
BEFORE: dict[str, Any] = {"string": "Añejo 🤠", "number": 3, "boolean": False, "date": LATER}
OURS: dict[str, Any] = {
    "string": "by us",
    "number": 4,
    "date": LATER.replace(year=2100),
}
THEIRS: dict[str, Any] = {
    "string": "by them",
    "number": 5,
    "date": LATER.replace(year=2101),
}


def sample(field: dict[str, Any]) -> Any:
    """A value such as a game would store."""
    match field["type"]:
        case "objectId":
            return ObjectId()
        case "mixed":
            return {"deep": [1, 2.5, {"none": None, "long": Int64(2**40)}], "at": LATER}
        case "array":
            return [sample(field["items"]), sample(field["items"])]
        case "map":
            return {"key": sample(field["values"])}
        case "object":
            return {f["name"]: sample(f) for f in field["fields"] if not f.get("optional")}
    if "enum" in field:
        return field["enum"][0]
    return BEFORE[field["type"]]


def edited(model: str) -> dict[str, Any] | None:
    """A field that both sides may change, if there is one."""
    fields: list[dict[str, Any]] = collections()[model]["fields"]
    free = (f for f in fields if f["type"] in SIMPLE and f["name"] != "_id" and "enum" not in f)
    return next(free, None)


class Peer:
    """The application on Mongoose."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, name: str, **fields: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        line = dumps({"name": name, **fields}, json_options=CANONICAL_JSON_OPTIONS)
        self._process.stdin.write(line.encode() + b"\n")
        async with asyncio.timeout(30):
            answer: dict[str, Any] = loads((await self._process.stdout.readline()).decode())
        return answer


@pytest.fixture
async def peer(game: Game) -> AsyncIterator[Peer]:
    url = game.embedded.url if game.embedded else game.settings.mongodb_url
    process = await asyncio.create_subprocess_exec(
        "node",
        str(Path(__file__).with_name("mongoose_peer.cjs")),
        str(MONGOOSE),
        url,
        game.settings.database,
        str(PATH),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    yield Peer(process)
    assert process.stdin is not None
    process.stdin.close()
    await process.wait()


async def raw(game: Game, model: str, identity: Any) -> dict[str, Any]:
    found = await game.database[collections()[model]["collection"]].find_one({"_id": identity})
    assert found is not None
    document: dict[str, Any] = found
    return document


def written(model: str) -> dict[str, Any]:
    return {f["name"]: sample(f) for f in collections()[model]["fields"] if not f.get("optional")}


async def load(model: str, identity: Any) -> Document:
    loaded = await documents()[model].get(identity)
    assert loaded is not None
    return loaded


def put(document: Document, name: str, value: Any) -> None:
    fields = type(document).model_fields
    setattr(document, next(n for n, f in fields.items() if (f.alias or n) == name), value)


async def test_what_mongoose_wrote_is_edited_by_both_and_nothing_is_lost(
    game: Game, peer: Peer
) -> None:
    for model in collections():
        created = await peer.ask("create", model=model, document=written(model))
        assert "error" not in created, (model, created)
        before = await raw(game, model, created["id"])
        await game.database[collections()[model]["collection"]].update_one(
            {"_id": created["id"]}, {"$set": {"unknown": {"deep": [1.5, None]}}}
        )
        before["unknown"] = {"deep": [1.5, None]}
        field = edited(model)
        if field is None:
            assert (await load(model, created["id"])).to_mongo() == before, model
            continue
        await peer.ask("open", model=model, id=created["id"])
        ours, stale = await load(model, created["id"]), await load(model, created["id"])
        put(ours, field["name"], OURS[field["type"]])
        await ours.save()
        expected = {**before, field["name"]: OURS[field["type"]], "__v": before["__v"] + 1}
        assert await raw(game, model, created["id"]) == expected, model
        # Both have seen an older version: neither may write.
        theirs = {"path": field["name"], "value": THEIRS[field["type"]]}
        refused = await peer.ask("edit", model=model, **theirs)
        assert refused.get("error") == "VersionError", (model, refused)
        put(stale, field["name"], THEIRS[field["type"]])
        with pytest.raises(StaleDocument):
            await stale.save()
        await peer.ask("open", model=model, id=created["id"])
        assert await peer.ask("edit", model=model, **theirs) == {}, model
        expected |= {field["name"]: THEIRS[field["type"]], "__v": before["__v"] + 2}
        assert await raw(game, model, created["id"]) == expected, model
        put(ours, field["name"], THEIRS[field["type"]])
        with pytest.raises(StaleDocument):
            await ours.save()


async def test_what_we_wrote_is_edited_by_mongoose_and_nothing_is_lost(
    game: Game, peer: Peer
) -> None:
    for model, entry in collections().items():
        document = documents()[model].hydrate({"_id": sample(entry["fields"][0]), **written(model)})
        await document.insert()
        before = await raw(game, model, document.id)
        assert await peer.ask("open", model=model, id=document.id) == {"found": True}
        field = edited(model)
        if field is None:
            continue
        change = {"path": field["name"], "value": THEIRS[field["type"]]}
        assert await peer.ask("edit", model=model, **change) == {}, model
        after = await raw(game, model, document.id)
        version = before.get("__v", 0) + 1
        assert after == {**before, field["name"]: THEIRS[field["type"]], "__v": version}, model
