"""The house rules that a machine can check: who may import whom, and who may touch a balance."""

import ast
import collections
import graphlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

PACKAGE = Path(__file__).parent.parent / "desperados"


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def area(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """The areas of our package that a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
            if node.module == "desperados":
                names = [f"desperados.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "desperados" and len(parts) > 1:
                yield parts[1]


def test_no_module_needs_itself() -> None:
    """Imports for types and inside functions count."""
    graph = grimp.build_graph("desperados")
    order = graphlib.TopologicalSorter(
        {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    )
    order.prepare()  # raises CycleError, which names the circle


def test_no_room_shows_more_than_eighteen_modules() -> None:
    rooms = collections.Counter(path.parent for path in modules() if path.name != "__init__.py")
    assert {str(room): count for room, count in rooms.items() if count > 18} == {}


def test_only_who_opens_worlds_knows_the_embedded_engine() -> None:
    knowing = {
        str(path.relative_to(PACKAGE))
        for path in modules()
        if area(path) != "embedded" and "embedded" in set(imports(path))
    }
    assert knowing == {
        "engine/connecting.py",
        "connecting.py",
        "cli/backup.py",
        "cli/db.py",
        "simulation/faults.py",
        "simulation/worlds.py",
        "testing/worlds.py",
    }


def test_only_the_ledger_writes_a_balance() -> None:
    """Nobody else updates a balance field: a grep for update operators on their names."""
    field = r"(dollars|gold|silver|treasury|vaultBalance|balance)"
    write = re.compile(rf"\$(inc|set|mul|min|max)[\"']\s*:\s*\{{[^}}]*[\"']{field}[\"']\s*:")
    writers = {
        str(path.relative_to(PACKAGE)) for path in modules() if write.search(path.read_text())
    }
    assert writers <= {"ledger/money/ledger.py"}
    attribute = re.compile(r"\.(dollars|silver|treasury)\s*[-+]?=[^=]")
    assert not {str(path) for path in modules() if attribute.search(path.read_text())}


def test_only_the_archive_deletes_rows_of_a_history() -> None:
    """Rows of money and goods are added, and moved to the archive when they are old."""
    history = (
        r"(GoldTransaction|AccountEntry|ItemMovement|ArchivedTransaction|ArchivedEntry)"
        r"\.collection(_name)?\(\)|WALLET_ROWS|OTHER_ROWS|goldtransactions|accountentries"
        r"|itemmovements|archivedtransactions|archivedentries"
    )
    on_it = re.compile(
        rf"({history})\)?\s*\.(delete|update|replace|find_one_and|bulk_write)"
        rf"|StagedUpdate\(\s*[\"']?({history})"
    )
    assert not {str(path) for path in modules() if on_it.search(path.read_text())}
    deleting = {
        str(path.relative_to(PACKAGE))
        for path in modules()
        if re.search(r"\.delete_(one|many)\(", path.read_text())
        and area(path) in {"economy", "ledger"}
    }
    assert deleting == {"ledger/money/archive.py"}


@pytest.mark.parametrize(
    ("forbidden", "homes"),
    [
        (r"\bdatetime\.(now|utcnow|today)\(|\btime\.time\(\)|date\.today\(", {"engine/clock.py"}),
        (
            r"^\s*import (random|secrets)\b|^\s*from (random|secrets) import|uuid4",
            {"engine/dice.py", "testing/luck.py"},
        ),
        (r"\bObjectId\(\)", {"engine/dice.py"}),
    ],
    ids=["time", "chance", "identifiers"],
)
def test_time_and_chance_have_one_source(forbidden: str, homes: set[str]) -> None:
    users = {
        str(path.relative_to(PACKAGE))
        for path in modules()
        if area(path) != "embedded" and re.search(forbidden, path.read_text(), re.MULTILINE)
    }
    assert users <= homes


def functions_that_upsert() -> Iterator[tuple[str, str]]:
    """Where they are, and their source."""
    for path in modules():
        if area(path) == "embedded":
            continue
        text = path.read_text()
        for function in ast.walk(ast.parse(text)):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and any(
                isinstance(node, ast.keyword)
                and node.arg == "upsert"
                and isinstance(node.value, ast.Constant)
                and node.value.value is True
                for node in ast.walk(function)
            ):
                source = ast.get_source_segment(text, function)
                yield f"{path.relative_to(PACKAGE)}:{function.name}", source or ""


def test_what_an_upsert_makes_has_an_id_of_ours() -> None:
    """An id that the server makes is another one in every run of a simulation."""
    found = dict(functions_that_upsert())
    assert "world/calendar.py:keep_calendar" in found
    assert [
        name
        for name, source in found.items()
        if source.count('"_id"') < source.count("upsert=True")
    ] == []


def test_nothing_left_for_later_without_an_owner() -> None:
    marked = [path for path in modules() if re.search(r"\b(TODO|FIXME|XXX)\b", path.read_text())]
    assert not marked


def test_importing_the_package_is_quick_and_starts_nothing() -> None:
    """The package itself loads its parts when they are used."""
    code = "import sys, desperados; sys.exit('beanie' in sys.modules)"
    assert subprocess.run(["python3", "-c", code], cwd=PACKAGE.parent, check=False).returncode == 0
