"""What a character has become is written by ``play.settle`` alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import desperados

PACKAGE = Path(desperados.__file__).parent

GROWTH = {
    "level", "xp", "skills", "combatXp", "energy", "energyAt", "maxEnergy", "health", "healthAt",
    "maxHealth", "wanted", "standings", "effects",
}  # fmt: skip

SETTLES = {"play/settling/sheet.py"}
# A sentence that ends, a bail, a surrender: the law stands below play, and what it does there is
# no outcome of a deed. It writes wanted levels and nothing else of these.
BESIDE = {"law/releasing.py"}
OTHERS = {
    "characters/service.py",  # a character leaves the world
    "economy/watch/locks.py",  # staff bar somebody from trade
    "play/shapes/busy.py",  # who begins a game is busy
    "ledger/money/posting.py",  # balances
    "ledger/items/books.py",  # contents of holders; it looks alike and writes no character
    "testing/worlds.py",  # tests make the people that they need
}


def writers() -> set[str]:
    """The modules that stage or send a change of characters."""
    return {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if any(_names_characters(call) for call in _writing_calls(ast.parse(path.read_text())))
    }


def _writing_calls(tree: ast.AST) -> Iterator[ast.Call]:
    writing = {"update_one", "update_many", "replace_one", "bulk_write"}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else None
        staged = isinstance(node.func, ast.Name) and node.func.id == "StagedUpdate"
        if staged or name in writing or (name or "").startswith("find_one_and_"):
            yield node


def _names_characters(call: ast.Call) -> bool:
    """Whether a call is about characters: by their class, by their name, or by a book of accounts,
    of which the wallet is one."""
    if isinstance(call.func, ast.Attribute):
        about: ast.AST | None = call.func.value
    else:
        about = call.args[0] if call.args else None
    text = ast.unparse(about) if about is not None else ""
    return text in ("Character.collection_name()", "Character.collection()", "book.collection") or (
        "'characters'" in text
    )


def changed_fields(module: str) -> set[str]:
    """The fields of documents that a module writes, by the first part of their stored names."""
    found = set()
    for node in ast.walk(ast.parse((PACKAGE / module).read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value.partition(".")[0])
    return found


def test_the_writers_of_characters_are_these() -> None:
    assert writers() == SETTLES | BESIDE | OTHERS


def test_nobody_but_settle_writes_what_a_character_has_become() -> None:
    assert {module: changed_fields(module) & GROWTH for module in sorted(OTHERS)} == {
        module: set() for module in sorted(OTHERS)
    }
    assert {field for module in BESIDE for field in changed_fields(module) & GROWTH} == {"wanted"}


def test_the_check_sees_a_path_around_settle() -> None:
    """One that writes as anybody might."""
    tree = ast.parse(
        "stage(StagedUpdate(Character.collection_name(), {'_id': who}, {'$inc': {'xp': 5}}, x))"
    )
    assert [_names_characters(call) for call in _writing_calls(tree)] == [True]
    tree = ast.parse("await game.database['characters'].update_one({}, {'$set': {'level': 50}})")
    assert [_names_characters(call) for call in _writing_calls(tree)] == [True]
