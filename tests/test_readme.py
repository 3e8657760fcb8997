"""What the README shows works as it stands there: the calls over HTTP, then the Python program."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

README = (Path(__file__).parent.parent / "README.md").read_text()
DESPERADOS = (sys.executable, "-u", "-m", "desperados.cli.main")


def block(language: str, beginning: str) -> str:
    """The block of the README in this language that begins like this."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    (found,) = (code for code in blocks if code.startswith(beginning))
    return str(found)


def values(text: str) -> list[Any]:
    """The answers of several calls, one behind the other."""
    found = []
    while text:
        value, end = json.JSONDecoder().raw_decode(text)
        found.append(value)
        text = text[end:].lstrip()
    return found


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_whoever_types_what_the_readme_shows_gets_what_it_promises(tmp_path: Path) -> None:
    world = tmp_path / "data" / "world.db"
    world.parent.mkdir()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("DESPERADOS_")
    }
    with subprocess.Popen(
        [*DESPERADOS, "serve", "--url", f"embedded://{world}", "--seed", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            address = next(
                found.group()
                for line in server.stdout
                if (found := re.search(r"http://127\.0\.0\.1:\d+", line))
            )
            calls = block("sh", "api=") + block("sh", "curl -s $api/characters/$JANE/transfers") * 2
            calls += block("sh", "curl -s $api/characters/$JANE/exits")
            answers = subprocess.run(
                ["sh", "-eu", "-c", calls.replace("http://127.0.0.1:8420", address)],
                capture_output=True,
                env=environment,
                text=True,
                timeout=60,
                check=True,
            )
        finally:
            server.send_signal(signal.SIGTERM)
    assert server.returncode == 0
    *said, deeds, crimes, foes = values(answers.stdout)
    *_, first, _, again, history, exits, went, jobs, done = said
    assert first == again
    assert (first["amount"], first["balance"]) == (25, 75)
    assert [row["amount"] for row in history["items"]] == [-25, 100]
    assert went["place"] in {way["place"] for way in exits["exits"]}
    assert done["job"] in {job["job"] for job in jobs["items"]}
    assert done["energySpent"] == 20
    assert any(deed["here"] for deed in deeds["items"])
    assert "steal_horse" in {crime["crime"] for crime in crimes["items"]}
    assert all(foe["npc"] for foe in foes["items"])

    program = block("python", "import asyncio")
    for _ in range(2):
        run = subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            capture_output=True,
            env=environment,
            text=True,
            timeout=60,
            check=True,
        )
        assert run.stdout.count("amount=-25") == 2, run.stdout
