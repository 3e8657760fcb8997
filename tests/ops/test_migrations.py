"""Migrations: forward, back, dry, resumed, one runner at a time, every run recorded."""

import asyncio
import dataclasses
import sys
from datetime import timedelta
from typing import Any

import pytest

import desperados
from desperados.engine import clock
from desperados.engine.errors import ConfigurationError, InvalidInput
from desperados.engine.game import Game
from desperados.migrations import MIGRATIONS
from desperados.ops import index_changes, migrations
from desperados.ops.migrations import Irreversible, Migration, MigrationLocked
from tests.games import embedded

DOUBLE = Migration(
    version=7,
    name="double",
    collection="numbers",
    up=lambda d: {"$set": {"n": d["n"] * 2, "doubled": True}} if "doubled" not in d else None,
    down=lambda d: {"$set": {"n": d["n"] // 2}, "$unset": {"doubled": ""}},
)


async def numbers(game: Game) -> list[int]:
    found = await game.database["numbers"].find({}).sort("_id", 1).to_list(None)
    return [document["n"] for document in found]


async def fill(game: Game, count: int) -> None:
    await game.database["numbers"].insert_many({"_id": n, "n": n} for n in range(count))


async def test_up_changes_every_document_once_and_is_recorded(game: Game) -> None:
    await fill(game, 1200)
    (outcome,) = await migrations.up([DOUBLE])
    assert (outcome.examined, outcome.changed, outcome.refused) == (1200, 1200, 0)
    assert await numbers(game) == [n * 2 for n in range(1200)]
    assert await migrations.up([DOUBLE]) == []
    assert [s.state for s in await migrations.status([DOUBLE])] == ["applied"]
    (run,) = await game.database["migrationruns"].find({}).to_list(None)
    assert (run["version"], run["direction"], run["changed"]) == (7, "up", 1200)


async def test_down_brings_back_what_was(game: Game) -> None:
    await fill(game, 10)
    await migrations.up([DOUBLE])
    (outcome,) = await migrations.down([DOUBLE], 0)
    assert outcome.changed == 10
    assert await numbers(game) == list(range(10))
    assert [s.state for s in await migrations.status([DOUBLE])] == ["pending"]


async def test_a_dry_run_says_what_it_would_do_and_does_nothing(game: Game) -> None:
    await fill(game, 10)
    (outcome,) = await migrations.up([DOUBLE], dry_run=True)
    assert outcome.changed == 10
    assert await numbers(game) == list(range(10))
    assert await game.database["migrations"].count_documents({}) == 0


async def test_a_run_that_was_cut_off_goes_on_from_its_last_batch(game: Game) -> None:
    await fill(game, 1200)
    seen: list[int] = []

    def failing(document: dict[str, Any]) -> dict[str, Any] | None:
        if document["_id"] == 700 and not seen:
            seen.append(700)
            raise RuntimeError("power cut")
        return DOUBLE.up(document)

    flaky = dataclasses.replace(DOUBLE, up=failing)
    with pytest.raises(RuntimeError):
        await migrations.up([flaky])
    assert [s.state for s in await migrations.status([flaky])] == ["up, cut off"]
    (outcome,) = await migrations.up([flaky])
    assert outcome.examined == 700
    assert await numbers(game) == [n * 2 for n in range(1200)]


async def test_a_second_runner_is_refused_until_the_lock_of_a_dead_one_expires(game: Game) -> None:
    await fill(game, 1)
    with clock.frozen() as now:
        async with migrations.locked():
            with pytest.raises(MigrationLocked):
                await migrations.up([DOUBLE])
            now.advance(migrations.LOCK_SECONDS + 1)
            assert await migrations.up([DOUBLE])


RUNNER = """
import asyncio, sys, time
import desperados
from desperados.ops import migrations
from tests.ops.test_migrations import DOUBLE

def tell(name, examined):
    print(examined, flush=True)
    time.sleep(float(sys.argv[3]))

async def main():
    async with desperados.connect(sys.argv[1], database=sys.argv[2], create_indexes=False):
        try:
            await migrations.up([DOUBLE], tell=tell)
        except migrations.MigrationLocked as error:
            print(error.code, flush=True)

asyncio.run(main())
"""


async def runner(game: Game, *, pause: float = 0) -> asyncio.subprocess.Process:
    """A process that migrates, and rests after each batch."""
    url = game.embedded.url if game.embedded else game.settings.mongodb_url
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        RUNNER,
        url,
        game.settings.database,
        str(pause),
        stdout=asyncio.subprocess.PIPE,
    )


async def said(process: asyncio.subprocess.Process) -> list[str]:
    out, _ = await process.communicate()
    return out.decode().split()


async def test_a_killed_process_keeps_others_out_until_its_lock_expires_and_is_gone_on_from(
    game: Game,
) -> None:
    await fill(game, 1_200)
    first = await runner(game, pause=60)
    assert first.stdout is not None
    assert await first.stdout.readline() == b"500\n"
    assert await said(await runner(game)) == ["migration_locked"]
    first.kill()
    await first.wait()
    done = await game.database["numbers"].count_documents({"doubled": True})
    assert done == 500
    assert [s.state for s in await migrations.status([DOUBLE])] == ["up, cut off"]
    await game.database["migrations"].update_one(
        {"_id": "lock"}, {"$set": {"until": clock.now() - timedelta(seconds=1)}}
    )
    assert (await said(await runner(game)))[-1] == "700"
    assert await numbers(game) == [n * 2 for n in range(1_200)]
    assert [s.state for s in await migrations.status([DOUBLE])] == ["applied"]


async def test_a_lock_is_renewed_while_something_long_is_done(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "LOCK_SECONDS", 0.3)
    async with migrations.locked():
        await asyncio.sleep(0.5)
        with pytest.raises(MigrationLocked):
            await migrations.up([DOUBLE])
    assert await migrations.up([DOUBLE])


async def test_what_cannot_be_undone_is_refused_before_anything_is(game: Game) -> None:
    await fill(game, 1)
    final = dataclasses.replace(DOUBLE, down=None)
    await migrations.up([final])
    with pytest.raises(Irreversible):
        await migrations.down([final], 0)
    with pytest.raises(InvalidInput):
        await migrations.down([final], 99)
    assert await numbers(game) == [0]


async def test_names_that_differ_in_case_only_do_not_stop_the_migration(game: Game) -> None:
    await game.database["users"].drop_index("usernameFolded_1")  # as Mongoose left the database
    await game.database["users"].insert_many(
        [
            {"_id": n, "username": name, "email": f"{n}@x.org"}
            for n, name in enumerate(["Bob", "bob"])
        ]
    )
    first, _ = await migrations.up(MIGRATIONS)
    assert (first.changed, first.refused) == (1, 1)
    await index_changes.apply_index_changes()
    assert (await game.database["users"].find_one({"_id": 0}))["usernameFolded"] == "bob"
    await migrations.down(MIGRATIONS, 0)
    assert "usernameFolded" not in await game.database["users"].find_one({"_id": 0})


async def test_an_index_that_the_data_breaks_is_named_in_one_sentence(game: Game) -> None:
    users = game.database["users"]
    await users.drop_index("usernameFolded_1")
    await users.insert_many(
        {"_id": n, "username": f"Bob{n}", "email": f"{n}", "usernameFolded": "bob"}
        for n in range(2)
    )
    with pytest.raises(ConfigurationError, match="usernameFolded_1 of users") as caught:
        await index_changes.apply_index_changes()
    assert 'more than one document has {"usernameFolded": "bob"}' in caught.value.message
    assert "migrate up" in caught.value.message
    assert "clusterTime" not in caught.value.message


async def test_a_database_of_an_older_version_with_other_indexes_can_be_migrated(
    game: Game,
) -> None:
    """What an older version wrote: names are folded, and the index over them has another filter."""
    users = game.database["users"]
    await users.drop_index("usernameFolded_1")
    older = {"usernameFolded": {"$type": "string"}}
    await users.create_index("usernameFolded", unique=True, partialFilterExpression=older)
    await users.insert_one({"username": "Jane", "email": "j@example.org"})
    await migrations.up(MIGRATIONS)
    index = (await users.index_information())["usernameFolded_1"]
    assert index["partialFilterExpression"] == {"usernameFolded": {"$gt": ""}}
    assert index["unique"]
    user = await users.find_one({})
    assert user is not None
    assert user["usernameFolded"] == "jane"
    assert await index_changes.planned_index_changes() == []


async def test_an_index_whose_rebuilding_the_data_refuses_comes_back_as_it_was(game: Game) -> None:
    users = game.database["users"]
    await users.drop_index("email_1")
    await users.create_index("email", sparse=True)
    await users.insert_many({"_id": n, "username": f"B{n}", "email": "b@x.org"} for n in range(2))
    with pytest.raises(ConfigurationError, match="email_1 of users"):
        await index_changes.apply_index_changes()
    assert (await users.index_information())["email_1"]["sparse"]
    await users.delete_one({"_id": 1})
    await index_changes.apply_index_changes()
    assert (await users.index_information())["email_1"]["unique"]


async def test_an_index_that_expires_otherwise_under_another_name_is_replaced(game: Game) -> None:
    tokens = game.database["refreshtokens"]
    await tokens.drop_index("expiresAt_1")
    await tokens.create_index("expiresAt", name="old_expiry", expireAfterSeconds=60)
    (change,) = await index_changes.planned_index_changes()
    assert (change.action, change.index) == ("rebuild", "expiresAt_1")
    assert str(change) == "on expiresAt, expiring after 0 s; now on expiresAt, expiring after 60 s"
    await index_changes.apply_index_changes()
    assert await index_changes.planned_index_changes() == []
    assert "old_expiry" not in await tokens.index_information()


async def test_index_changes_are_found_shown_and_applied(game: Game) -> None:
    assert await index_changes.planned_index_changes() == []
    users = game.database["users"]
    await users.drop_index("email_1")
    await users.create_index("lastLogin")
    await game.database["locations"].drop_index("type_1")
    await game.database["locations"].create_index("type", name="type_1", sparse=True)
    planned = {
        (c.action, c.collection, c.index) for c in await index_changes.planned_index_changes()
    }
    assert planned == {
        ("create", "users", "email_1"),
        ("drop", "users", "lastLogin_1"),
        ("rebuild", "locations", "type_1"),
    }
    await index_changes.apply_index_changes()
    left = [(c.action, c.index) for c in await index_changes.planned_index_changes()]
    assert left == [("drop", "lastLogin_1")]
    await index_changes.apply_index_changes(drop=True)
    assert await index_changes.planned_index_changes() == []
    runs = await game.database["migrationruns"].find({"name": "indexes"}).to_list(None)
    assert [sorted(run["changes"]) for run in runs] == [
        ["create users.email_1", "rebuild locations.type_1"],
        ["drop users.lastLogin_1"],
    ]


async def test_index_changes_wait_for_no_other_runner(game: Game) -> None:
    await game.database["users"].drop_index("email_1")
    async with migrations.locked():
        with pytest.raises(MigrationLocked):
            await index_changes.apply_index_changes()
    assert "email_1" not in await game.database["users"].index_information()


async def test_production_does_not_create_indexes_at_the_start(game: Game) -> None:
    production = {
        "mode": "production",
        "mongodb_url": embedded(game).url,
        "redis_url": "redis://127.0.0.1:1",
        "token_secret": "kP9-vQ2_xLr7TzWm4YbN8sHc1DfGj5Ae",
        "database": "elsewhere",
    }
    with pytest.raises(ConfigurationError, match="migrate up"):
        async with desperados.connect(**production):
            pass
    async with desperados.connect(**production, create_indexes=True):
        pass
    async with desperados.connect(**production) as there:
        assert await there.database["users"].index_information() != {}
