"""Docstrings of services are the documentation of the API."""

from types import FunctionType

import pytest

from desperados.api.operations.docstrings import parse, resolve_errors
from desperados.characters.errors import CharacterNotFound
from desperados.economy import errors as economy_errors
from desperados.economy import service as economy
from desperados.engine.errors import KeyReused
from desperados.ledger.money.errors import InsufficientFunds

EXAMPLE = """Carry coins
    from one pocket to another.

    The first paragraph
    goes on.

    A second one.

    Raises:
        InsufficientFunds: the sender holds less
            than was asked for.
        KeyReused: the key was used before.
    """


def test_the_first_paragraph_is_the_summary() -> None:
    assert parse(EXAMPLE).summary == "Carry coins from one pocket to another."


def test_the_paragraphs_up_to_raises_are_the_description() -> None:
    assert parse(EXAMPLE).description == "The first paragraph\ngoes on.\n\nA second one."


def test_each_entry_of_raises_is_an_error_with_its_whole_sentence() -> None:
    assert parse(EXAMPLE).raises == {
        "InsufficientFunds": "the sender holds less than was asked for.",
        "KeyReused": "the key was used before.",
    }


def test_one_line_is_enough() -> None:
    assert parse("Your account.").summary == "Your account."
    assert not parse("Your account.").raises


def test_a_docstring_may_go_from_the_summary_straight_to_raises() -> None:
    parsed = parse("Do it.\n\n    Raises:\n        KeyReused: no.\n    ")
    assert (parsed.summary, parsed.description, list(parsed.raises)) == (
        "Do it.",
        "",
        ["KeyReused"],
    )


def test_names_mean_what_they_mean_in_the_module_of_the_function() -> None:
    names = ["InsufficientFunds", "CharacterNotFound", "KeyReused"]
    assert resolve_errors(economy.earn, names) == [InsufficientFunds, CharacterNotFound, KeyReused]


def test_a_name_that_the_module_does_not_import_means_the_error_of_its_domain() -> None:
    def code() -> None: ...

    for domain, meant in (("characters", CharacterNotFound), ("economy", economy_errors.NoVault)):
        function = FunctionType(code.__code__, {}, "command")  # of a module that imports nothing
        function.__module__ = f"desperados.{domain}.elsewhere"
        assert resolve_errors(function, [meant.__name__]) == [meant]


@pytest.mark.parametrize("name", ["NoSuchError", "ValueError"])
def test_a_name_that_is_no_game_error_stops_the_start(name: str) -> None:
    with pytest.raises(LookupError, match=name):
        resolve_errors(economy.earn, [name])
