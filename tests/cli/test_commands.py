"""The command line, run as people run it: in a process of its own."""

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pymongo
import pytest
from pymongo.errors import OperationFailure

import desperados
from desperados.api.operations.openapi import describe
from desperados.api.operations.operation import derive
from desperados.api.routes import PREFIX, ROUTES
from desperados.assembly.jobs import JOBS
from desperados.cli import main
from desperados.cli.exits import Verdict
from desperados.engine.work import Jobs
from desperados.version import VERSION

QUICK = {"DESPERADOS_PASSWORD_TIME_COST": "1", "DESPERADOS_PASSWORD_MEMORY_KIB": "64"}


async def run(*arguments: str, stdin: str = "", **environment: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of one command."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "desperados.cli.main",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "COLUMNS": "200", **environment},
    )
    out, err = await process.communicate(stdin.encode())
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


SCRIPT = ("-m", "desperados.cli.main")


@asynccontextmanager
async def running(
    *arguments: str, says: str, python: tuple[str, ...] = SCRIPT
) -> AsyncIterator[str]:
    """A command that stays; gives what the pattern ``says`` found in its output, stops it after."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *python,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, **QUICK},
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            found = None
            while found is None:
                line = (await process.stdout.readline()).decode()
                assert line, "it ended by itself"
                found = re.search(says, line)
        yield found.group(1)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(15):
            assert await process.wait() == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()


@pytest.fixture
async def world(tmp_path: Path) -> str:
    """The URL of an empty world that exists."""
    url = f"embedded://{tmp_path}/world.db"
    async with desperados.connect(url):
        return url


def get(url: str) -> dict[str, object]:
    with urllib.request.urlopen(url, timeout=5) as response:
        found: dict[str, object] = json.load(response)
        return found


async def test_version_says_the_version() -> None:
    assert await run("version") == (0, f"desperados {VERSION}\n", "")


async def test_help_names_every_command_and_what_it_does() -> None:
    code, out, _ = await run("--help")
    assert code == 0
    for name in ("serve", "seed", "audit", "db", "shell", "admin", "migrate", "worker", "backup"):
        assert re.search(rf"\b{name}\b +\w", out), name


@pytest.mark.parametrize(
    "command", [["nonsense"], ["serve", "--port", "70000"], ["migrate", "down"]]
)
async def test_a_wrong_call_exits_with_2(command: list[str]) -> None:
    code, _, err = await run(*command)
    assert code == 2
    assert err


@pytest.mark.parametrize(
    "command",
    [
        ["audit", "--url", "nonsense://x"],
        ["shell", "--url", "nonsense://x"],
        ["serve", "--redis-url", "nonsense"],
        ["serve", "--host", "203.0.113.7", "--port", "0"],
        ["db", "--host", "203.0.113.7", "--port", "0"],
        ["db", "--path", "/dev/null/world.db", "--port", "0"],
    ],
)
async def test_an_address_that_cannot_be_used_is_refused_in_one_line(command: list[str]) -> None:
    code, _, err = await run(*command)
    assert code == 2
    assert "Traceback" not in err
    assert "configuration_error: " in err.splitlines()[-1]


async def test_a_damaged_world_is_reported_in_one_line_by_every_command(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    path.write_bytes(b"no database at all " * 500)
    url = f"embedded://{path}"
    for command in (
        ["db", "--path", str(path), "--port", "0"],
        ["serve", "--url", url, "--port", "0"],
        ["audit", "--url", url],
        ["shell", "--url", url],
    ):
        code, out, err = await run(*command)
        assert (code, out) == (2, ""), command
        assert err == (
            f"configuration_error: {path} is damaged: file is not a database. "
            "Restore it from a backup.\n"
        )


@pytest.mark.parametrize(
    "command",
    [["audit"], ["economy", "report"], ["migrate", "status"], ["jobs", "dead"], ["jobs", "status"]],
)
async def test_who_looks_at_a_world_that_is_not_there_does_not_make_one(
    command: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "mistyped" / "world.db"
    code, _, err = await run(*command, "--url", f"embedded://{path}")
    assert code == 2
    assert "no world" in err
    assert not path.parent.exists()


@pytest.mark.parametrize(
    "command",
    [
        ["seed"],
        ["audit"],
        ["worker"],
        ["economy", "report"],
        ["migrate", "up"],
        ["migrate", "status"],
        ["jobs", "dead"],
        ["jobs", "status"],
        ["admin", "jane"],
    ],
)
async def test_what_only_makes_sense_on_a_world_that_stays_asks_which(command: list[str]) -> None:
    code, _, err = await run(*command)
    assert code == 2
    assert "which world" in err


async def test_seeding_twice_changes_nothing_the_second_time(tmp_path: Path) -> None:
    url = f"embedded://{tmp_path}/world.db"
    code, out, _ = await run("seed", "--url", url)
    assert code == 0
    created = re.search(r"total\D+(\d+)\D+(\d+)\D+(\d+)", out)
    assert created is not None
    code, out, _ = await run("seed", "--url", url)
    again = re.search(r"total\D+(\d+)\D+(\d+)\D+(\d+)", out)
    assert again is not None
    assert (code, again.groups()) == (0, ("0", "0", created[1]))
    code, out, _ = await run("audit", "--url", url)
    assert code == 0
    assert "Every coin is accounted for" in out


async def test_the_shipped_seeds_pass_the_check_and_broken_ones_do_not(tmp_path: Path) -> None:
    assert (await run("seed", "--check"))[0] == 0
    (tmp_path / "items.yaml").write_text("- itemId: [broken\n")
    code, _, err = await run("seed", "--check", "--dir", str(tmp_path))
    assert code == 1
    assert "items.yaml:" in err


async def test_a_world_is_served_until_it_is_told_to_stop(tmp_path: Path) -> None:
    url = f"embedded://{tmp_path}/world.db"
    async with running(
        "serve", "--url", url, "--seed", "--port", "0", says=r"open at (http\S+)"
    ) as address:
        assert (await asyncio.to_thread(get, f"{address}/healthz"))["status"] == "ok"
        assert (await asyncio.to_thread(get, f"{address}/openapi.json"))["openapi"] == "3.1.0"
        code, _, err = await run("audit", "--url", url)
        assert code == 2
        assert "desperados db" in err
        # Its file is copied beside it, and the copy is a world.
        backup = tmp_path / "backups.db"
        code, out, _ = await run("backup", str(backup), "--url", url)
        assert code == 0
        assert re.fullmatch(rf"{backup}: [\d,]+ documents, every checksum compared\.\n", out)
        code, _, err = await run("audit", "--url", f"embedded://{backup}")
        assert code == 0, err
        code, _, err = await run("backup", str(backup), "--url", url)
        assert code == 2
        assert err == f"configuration_error: {backup} exists; a backup never replaces a file\n"


@pytest.mark.parametrize(("installed", "loop"), [(True, "uvloop"), (False, "asyncio")])
def test_the_api_is_served_on_uvloop_where_it_is_installed(
    installed: bool, loop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("uvloop")
    if not installed:
        monkeypatch.setitem(sys.modules, "uvloop", None)
    on = []

    async def serve_world(*_: object, **__: object) -> None:
        on.append(type(asyncio.get_running_loop()).__module__.partition(".")[0])

    monkeypatch.setattr("desperados.cli.serve.serve_world", serve_world)
    with pytest.raises(Verdict):
        main.serve()
    assert on == [loop]


async def test_a_backup_is_of_a_file_and_says_what_to_do_for_a_server(tmp_path: Path) -> None:
    code, _, err = await run("backup", str(tmp_path / "b.db"), "--url", "mongodb://127.0.0.1/")
    assert code == 2
    assert "mongodump" in err


async def test_python_may_leave_out_what_is_only_for_readers() -> None:
    python = ("-OO", "-m", "desperados")
    async with running("serve", "--port", "0", says=r"open at (http\S+)", python=python) as address:
        document: Any = await asyncio.to_thread(get, f"{address}/openapi.json")
    operations = [o for methods in document["paths"].values() for o in methods.values()]
    whole = describe([derive(route) for route in ROUTES], PREFIX)
    wanted = [o for methods in whole["paths"].values() for o in methods.values()]
    assert [o["summary"] for o in operations] == [o["summary"] for o in wanted]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *python, "--help", stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert re.search(rb"\bversion\b +Print the version", out)
    said = "from desperados.engine.errors import Forbidden; print(Forbidden().message)"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-OO", "-c", said, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert out == b"You may not do this.\n"


async def test_the_database_alone_serves_several_processes() -> None:
    async with running("db", "--port", "0", says=r"(mongodb://\S+)") as url:
        assert (await run("seed", "--url", url))[0] == 0
        code, out, _ = await run("seed", "--url", url)
        assert code == 0
        assert "unchanged" in out
        assert (await run("migrate", "up", "--url", url))[0] == 0
        assert (await run("migrate", "status", "--url", url))[0] == 0


async def test_the_database_alone_fails_on_purpose_only_when_told_at_its_start() -> None:
    fault = {"configureFailPoint": "failCommand", "mode": "off"}
    says = r"(mongodb://\S+)"
    async with running("db", "--port", "0", says=says) as url:
        with pymongo.MongoClient(url) as client, pytest.raises(OperationFailure, match="no such"):
            client.admin.command(fault)
    async with running("db", "--port", "0", "--test-commands", says=says) as url:
        with pymongo.MongoClient(url) as client:
            assert client.admin.command(fault)["ok"] == 1.0


async def test_a_prompt_awaits_and_shows_refusals_in_one_line() -> None:
    said = (
        "await game.database['notes'].insert_one({'_id': 1})\n"
        "print('found', await game.database['notes'].count_documents({}))\n"
        "await economy.balance(ObjectId())\n"
        "print((await audit()).clean)\n"
    )
    code, out, err = await run("shell", stdin=said)
    assert code == 0
    assert "found 1" in out
    assert "True" in out
    assert "CharacterNotFound: There is no such character." in err


async def test_a_setting_that_is_wrong_stops_the_start_and_is_named() -> None:
    code, _, err = await run("serve", DESPERADOS_TRANSACTION_DEADLINE="soon")
    assert code == 2
    assert "transaction_deadline" in err
    code, _, err = await run("serve", DESPERADOS_MODE="production")
    assert code == 2
    assert "DESPERADOS_TOKEN_SECRET" in err
    code, _, err = await run(
        "serve", DESPERADOS_MODE="production", DESPERADOS_TOKEN_SECRET="hunter2"
    )
    assert code == 2
    assert "too weak" in err
    assert "hunter2" not in err


async def test_jobs_status_shows_each_job_and_fails_while_nobody_works(world: str) -> None:
    code, out, _ = await run("jobs", "status", "--url", world)
    assert code == 1
    lines = {line.split()[1]: line for line in out.splitlines() if line.startswith("│")}
    assert set(lines) >= {job.name for job in JOBS}
    assert "No worker has looked" in out
    async with desperados.connect(world):
        await Jobs(JOBS).run_until_idle()
    code, out, _ = await run("jobs", "status", "--url", world)
    assert code == 0, out


async def test_work_that_was_set_aside_is_listed_and_revived(world: str) -> None:
    code, out, _ = await run("jobs", "dead", "--url", world)
    assert (code, out) == (0, "No work was set aside.\n")
    code, _, err = await run("jobs", "revive", "nothing:1", "--url", world)
    assert code == 2
    assert "set aside" in err


async def test_an_unknown_user_gets_no_role(world: str) -> None:
    code, _, err = await run("admin", "nobody", "--url", world)
    assert code == 2
    assert "not_found" in err


async def test_the_economy_report_writes_a_page_that_needs_nothing_else(
    world: str, tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    code, out, _ = await run("economy", "report", "--html", str(page), "--url", world)
    assert code == 0
    assert "dollars" in out
    text = page.read_text()
    assert "<script" not in text
    assert "http" not in text
