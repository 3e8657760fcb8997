"""Texts from the world on the terminal are shown as what they are, whatever they look like."""

import ast
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.table import Table

import desperados
from desperados.characters.documents import Character
from desperados.cli.console import Terminal, styled, visible
from desperados.engine import clock
from desperados.engine.work.documents import JobClaim
from tests.cli.test_commands import run
from tests.worlds import add_character

PACKAGE = Path(desperados.__file__).parent
PRINTING = (*sorted((PACKAGE / "cli").glob("*.py")), PACKAGE / "seeding" / "report.py")

HOSTILE = {
    "[/bold]": "[/bold]",
    "[red]Jane[/]": "[red]Jane[/]",
    "[link=https://example.org]x": "[link=https://example.org]x",
    ":skull:": ":skull:",
    "a\x1b[2Jb": r"a\x1b[2Jb",
    "a\rb\bc\x07": r"a\rb\x08c\x07",
    "two\nlines": r"two\nlines",
    "\u202eenaJ": r"\u202eenaJ",
    "\x9b31m": r"\x9b31m",
    "Zoë 🤠 西部": "Zoë 🤠 西部",
}


@pytest.mark.parametrize(("text", "shown"), HOSTILE.items())
def test_a_text_shows_itself_by_itself_in_a_table_and_in_colour(text: str, shown: str) -> None:
    written = io.StringIO()
    terminal = Terminal(file=written, width=120, force_terminal=True, color_system=None)
    terminal.print(text)
    table = Table(text, title=text, caption=text, show_footer=True)
    table.add_row(text)
    table.add_row(styled(text, "red"))
    table.columns[0].footer = text
    terminal.print(table)
    terminal.print(styled(text, "red"), text)
    assert written.getvalue().count(shown) == 9
    assert not set(written.getvalue()) & set("\x1b\r\b\a\x9b\u202e")


def test_what_is_made_visible_is_one_line() -> None:
    assert all(visible(text) == shown for text, shown in HOSTILE.items())
    assert visible("".join(map(chr, range(0x300)))).isprintable()


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


@pytest.mark.parametrize("path", PRINTING, ids=lambda path: path.name)
def test_no_command_prints_past_the_terminal(path: Path) -> None:
    """No `print`, no console, no `echo` of its own, and no markup, in which colours would be."""
    for name, call in calls(path):
        assert name not in ("print", "Console", "typer.echo", "Text.from_markup"), path
        options = {option.arg: ast.unparse(option.value) for option in call.keywords}
        assert options.get("markup", "False") == "False", (path, call.lineno)
        if name == "TextColumn":
            assert options["markup"] == "False", (path, call.lineno)
    texts = [
        node.value
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert not [text for text in texts if "[/" in text and path.name != "console.py"]


async def test_commands_show_what_players_and_other_programs_wrote(tmp_path: Path) -> None:
    url = f"embedded://{tmp_path}/world.db"
    names = list(HOSTILE)
    async with desperados.connect(url, sending_age_hours=0) as game:
        for name in names:
            person = await add_character(game, dollars=1000)
            await Character.collection().update_one({"_id": person}, {"$set": {"name": name}})
        claims = [
            {
                "_id": f"work:{name}",
                "job": "work",
                "worker": "w",
                "until": clock.now(),
                "createdAt": clock.now(),
                "attempts": 8,
                "error": name,
                "dead": True,
            }
            for name in names
        ]
        await JobClaim.collection().insert_many(claims)
    for command in (["economy", "report"], ["jobs", "dead"]):
        _, out, err = await run(*command, "--url", url)
        assert "Traceback" not in err, command
        for shown in HOSTILE.values():
            assert shown in out, (command, shown, out)
    code, _, err = await run("jobs", "revive", "[/bold]:skull:\x1b[2J", "--url", url)
    assert code == 2
    assert r"'[/bold]:skull:\\x1b[2J'" in err or r"'[/bold]:skull:\x1b[2J'" in err
    folder = tmp_path / "[red]seeds:skull:"
    folder.mkdir()
    (folder / "items.yaml").write_text('items: [{itemId: "[/bold]", nonsense: 1}]')
    code, _, err = await run("seed", "--check", "--dir", str(folder))
    assert code == 1
    assert "items.yaml:1: [/bold]: nonsense: there is no such field" in err
