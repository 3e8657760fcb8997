"""What the pages of the domains show is executed, in the order of the page, on a seeded world."""

import ast
import inspect
import re
from pathlib import Path

import pytest

from desperados.assembly.domains import domains
from desperados.mystic import service as alms
from desperados.testing import World

DOCS = Path(__file__).parent.parent / "docs"
BUILT = [domain.name for domain in domains() if domain.routes]
PAGES = [
    *BUILT,
    "bosses",
    "cards",
    "duels",
    "fights",
    "happenings",
    "hunting",
    "legends",
    "notices",
    "requirements",
    "shapes",
    "shooting",
    "simulation",
    "tournaments",
    "travel",
    "weather",
    "world-bosses",
]


def examples(page: str) -> list[tuple[int, str]]:
    """The blocks of Python on a page, with the lines at which they begin."""
    text = (DOCS / f"{page}.md").read_text()
    return [
        (text[: block.start()].count("\n") + 1, block.group(1))
        for block in re.finditer(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    ]


@pytest.mark.parametrize("page", PAGES)
async def test_the_examples_of_a_page_work(page: str, world: World) -> None:
    names: dict[str, object] = {"__name__": page}
    for line, code in examples(page):
        # Tracebacks name the line of the page.
        compiled = compile(
            "\n" * line + code,
            str(DOCS / f"{page}.md"),
            "exec",
            flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
            dont_inherit=True,
        )
        result = eval(compiled, names)
        if inspect.isawaitable(result):
            await result


def test_the_command_that_a_page_explains_is_the_one_that_runs() -> None:
    """``py`` is code that is quoted: it stands in the source as it stands on the page."""
    text = (DOCS / "play.md").read_text()
    source = inspect.getsource(alms)
    quoted = re.findall(r"^```py\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert len(quoted) == 7
    for block in quoted:
        assert block in source
    command = source[source.index("@command") :]
    body = command[command.index('"""', command.index('"""') + 3) + 4 :]
    assert "".join(quoted).endswith(body)  # the page leaves nothing out


def test_each_page_shows_something() -> None:
    """In Python, or over HTTP as the page of the economy does."""
    silent = {page for page in BUILT if not examples(page)}
    assert silent <= {"economy"}
    assert "```http" in (DOCS / "economy.md").read_text()
