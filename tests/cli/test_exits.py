"""Exit codes: 1 is said by a command that found something, and by nothing else that may happen."""

import asyncio
import errno
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pymongo.errors import ExecutionTimeout, OperationFailure, ServerSelectionTimeoutError
from redis.exceptions import ConnectionError as RedisConnectionError

from desperados.cli import exits
from desperados.embedded import EmbeddedServer
from desperados.engine.errors import ConfigurationError, Contention, NotFound
from tests.disks import fill_up

DOCS = Path(__file__).parent.parent.parent / "docs"
COMMAND = [sys.executable, "-m", "desperados.cli.main"]


def raising(error: BaseException) -> Callable[[], None]:
    def command() -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (exits.Verdict(exits.NOT_IN_ORDER), 1, None),
        (exits.Verdict(None), 0, None),
        (SystemExit(0), 0, None),
        (SystemExit(2), 2, None),  # the library: called wrongly
        (SystemExit(1), 3, None),  # the library: a pipe that broke
        (NotFound("No such thing."), 2, "not_found: No such thing."),
        (ConfigurationError("Wrong."), 2, "configuration_error: Wrong."),
        (Contention("Busy."), 3, "contention: Busy."),
        (
            ServerSelectionTimeoutError("mongodb://user:password@db: refused"),
            3,
            "unavailable: The database does not answer, or not in time.",
        ),
        (
            OperationFailure("full", 14031, {"code": 14031, "errmsg": "w.db: the disk is full."}),
            3,
            "storage_full: w.db: the disk is full.",
        ),
        (OperationFailure("Authentication failed.", 18), 2, "not_allowed: The database refuses"),
        (RedisConnectionError("refused"), 3, "unavailable: Redis does not answer"),
        (OSError(errno.ENOSPC, "No space left on device", "/a"), 3, "file_error: /a: No space"),
        (PermissionError(errno.EACCES, "Permission denied", "/a"), 2, "file_error: /a: Permis"),
        (ExecutionTimeout("too long", 50), 3, "unavailable: "),
        (TimeoutError(), 3, "unavailable: "),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), 141, None),
        (KeyboardInterrupt(), 130, None),
        (ZeroDivisionError("division by zero"), 70, "fault: This is a fault of Desperados"),
        (OperationFailure("unknown operator", 2), 70, "fault: "),
        (ExceptionGroup("two", [ValueError("a")]), 70, "fault: "),
    ],
)
def test_whatever_ends_a_command_has_its_code_and_its_reason(
    error: BaseException, code: int, said: str | None, capfd: pytest.CaptureFixture[str]
) -> None:
    told: list[str] = []
    found = exits.carried_out(raising(error), lambda kind, text: told.append(f"{kind}: {text}"))
    assert found == code
    assert told[0].startswith(said) if said else not told, told
    # A traceback is for faults of ours alone.
    assert ("Traceback" in capfd.readouterr().err) == (code == exits.BROKEN)


def test_a_command_that_returns_is_done() -> None:
    assert exits.carried_out(lambda: None, lambda *_: None) == exits.DONE


@pytest.mark.parametrize("arguments", [["version"], ["--help"], ["seed", "--check"]])
@pytest.mark.parametrize("where", ["a reader that has gone", "a full disk"])
def test_what_cannot_be_written_never_means_not_in_order(arguments: list[str], where: str) -> None:
    if where == "a full disk":
        with Path("/dev/full").open("w") as full:
            ended = subprocess.run(
                [*COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, check=False
            )
        assert ended.returncode == exits.FAILED
        assert b"No space left on device" in ended.stderr
    else:
        process = subprocess.Popen(
            [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.close()
        _, said = process.communicate()
        assert process.returncode in (exits.READER_GONE, exits.FAILED)
        assert said == b""


def test_a_terminal_without_the_letters_is_no_reason_to_end() -> None:
    ended = subprocess.run(
        [*COMMAND, "admin", "Zoë", "--url", "nonsense://x"],
        capture_output=True,
        check=False,
        env={"PYTHONIOENCODING": "ascii", "PATH": ""},
    )
    assert ended.returncode == exits.CALLED_WRONGLY
    assert b"Traceback" not in ended.stderr


def test_the_page_of_the_operator_lists_every_code() -> None:
    page = (DOCS / "operation.md").read_text()
    codes = {value for value in vars(exits).values() if isinstance(value, int)}
    assert len(codes) == 7
    for code in codes:
        assert f"| {code} |" in page


def test_content_that_a_full_disk_does_not_take_ends_in_one_sentence(small_disk: Path) -> None:
    world = small_disk / "world.db"
    ended = subprocess.run(
        [*COMMAND, "seed", "--url", f"embedded://{world}"], capture_output=True, check=False
    )
    assert ended.returncode == exits.FAILED
    assert ended.stdout == b""
    *before, last = ended.stderr.decode().splitlines()
    assert last == (
        f"storage_full: {world} could not be written: the disk is full. Free some space, and try "
        "again."
    )
    assert "Traceback" not in "".join(before)


@pytest.mark.parametrize("command", ["seed", "audit", "backup"])
def test_a_disk_that_was_full_before_is_a_matter_of_later_for_every_command(
    small_disk: Path, tmp_path: Path, command: str
) -> None:
    world = f"embedded://{small_disk / 'world.db'}"
    if command == "backup":
        world = f"embedded://{tmp_path / 'world.db'}"
        subprocess.run([*COMMAND, "seed", "--url", world], capture_output=True, check=True)
    elif command == "audit":
        asyncio.run(_begun(small_disk / "world.db"))
    fill_up(small_disk)
    more = [str(small_disk / "backup.db")] if command == "backup" else []
    ended = subprocess.run(
        [*COMMAND, command, *more, "--url", world], capture_output=True, check=False
    )
    assert ended.returncode == exits.FAILED, ended.stderr.decode()
    last = ended.stderr.decode().splitlines()[-1]
    assert last.startswith("storage_full: ")
    assert "the disk is full" in last


async def _begun(path: Path) -> None:
    async with EmbeddedServer(path=path):
        pass
