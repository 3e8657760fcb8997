"""Keys outlive deployments: what one version of a command answered, the next one gives again."""

import hashlib
import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import pytest
from bson import Int64, ObjectId
from pydantic import Field

import desperados
from desperados.embedded import EmbeddedServer
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.errors import InvalidInput, KeyReused
from desperados.engine.game import Game, current_game
from desperados.engine.idempotency import ClientKey, lasting
from desperados.engine.storage.answers import rebuilt
from desperados.engine.views import Id, View

ACTOR = ObjectId("65f0c0ffee0123456789abcd")
AT = datetime(2031, 5, 5, 12, tzinfo=UTC)


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Paint(StrEnum):
    """What Colour is called in the next version; red is not sold any more."""

    BLUE = "blue"


class Size(View):
    width: int
    height: int = 1
    labels: list[str] = Field(default_factory=list)


class Extent(View):
    """What Size is called in the next version, which knows a depth."""

    width: int
    height: int = 1
    depth: int | None = None
    labels: list[str] = Field(default_factory=list)
    marks: dict[str, int] = Field(default_factory=dict)


class Board(View):
    id: Id
    colour: Colour
    size: Size
    made_at: datetime


class Plank(View):
    """What Board is called in the next version."""

    id: Id
    colour: Paint
    size: Extent
    made_at: datetime
    weight: int
    grain: str = "plain"
    parts: list[Extent] = Field(default_factory=list)


async def _paint(board: Board | Plank) -> Any:
    await current_game().collection("boards").insert_one({"_id": board.id})
    return board


async def first_version(
    actor: ObjectId, size: Size, *, colour: Colour = Colour.RED, key: str | None = None
) -> Board:
    """Make a board."""
    made: Board = await _paint(Board(id=ObjectId(), colour=colour, size=size, made_at=AT))
    return made


async def next_version(
    maker: ObjectId,
    size: Extent,
    *,
    finish: str | None = None,
    colour: Paint | str = "red",
    coats: int = 1,
    key: str | None = None,
) -> Plank:
    """Make a board."""
    colour = Paint.BLUE
    made: Plank = await _paint(
        Plank(id=ObjectId(), colour=colour, size=size, made_at=AT, weight=coats)
    )
    return made


def deployed(function: Callable[..., Any], module: str = "desperados.wood.service") -> Any:
    """The function as the command ``make`` of a domain."""
    function.__name__, function.__module__ = "make", module
    return command(function)


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both versions are put back as they were."""
    for version in (first_version, next_version):
        monkeypatch.setattr(version, "__name__", version.__name__)
        monkeypatch.setattr(version, "__module__", version.__module__)


@pytest.mark.usefixtures("modules")
async def test_a_key_survives_new_parameters_fields_and_names_of_classes(game: Game) -> None:
    first = await deployed(first_version)(ACTOR, Size(width=2), key="k")
    again = await deployed(next_version, "desperados.yard.boards")(ACTOR, Extent(width=2), key="k")
    assert (again.id, again.size, again.made_at) == (first.id, Extent(width=2), AT)
    assert (again.weight, again.grain, again.parts) == (None, "plain", [])
    assert again.colour == "red"  # which is not sold any more
    assert await game.database["boards"].count_documents({}) == 1


@pytest.mark.usefixtures("modules")
@pytest.mark.parametrize(
    "other",
    [
        {"size": Extent(width=3)},
        {"size": Extent(width=2, depth=5)},
        {"size": Extent(width=2, labels=["a"])},
        {"colour": Paint.BLUE},
        {"coats": 2},
        {"finish": ""},
    ],
    ids=str,
)
async def test_another_request_still_is_another_after_a_deployment(
    game: Game, other: dict[str, Any]
) -> None:
    await deployed(first_version)(ACTOR, Size(width=2), key="k")
    with pytest.raises(KeyReused):
        await deployed(next_version)(ACTOR, **{"size": Extent(width=2), **other}, key="k")


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (Colour.RED, "red"),
        (ACTOR, str(ACTOR)),
        (Int64(7), 7),
        (AT, "2031-05-05T12:00:00.000+00:00"),
        (AT.replace(tzinfo=None), "2031-05-05T12:00:00.000+00:00"),
        (timedelta(hours=1), "1:00:00"),
        ({Colour.RED: {1, 2}}, {"red": [1, 2]}),
        ((None, True, 1.5), [None, True, 1.5]),
        (Size(width=2, height=1), {"width": 2}),
        (Size(width=2, labels=["a"]), {"width": 2, "labels": ["a"]}),
    ],
    ids=str,
)
def test_the_form_of_a_value_names_no_class_and_no_default(value: Any, form: Any) -> None:
    assert lasting(value) == form


def test_what_has_no_lasting_form_is_refused() -> None:
    with pytest.raises(InvalidInput, match="object"):
        lasting([object()])


def test_an_answer_that_is_still_valid_in_part_is_rebuilt_in_depth() -> None:
    one = {"width": 1, "labels": ["a"], "gone": 5}
    built = rebuilt(dict[str, list[Plank | None]], {"a": [None, {"parts": [one]}]})["a"][1]
    assert (built.weight, built.parts[0].width, built.parts[0].depth) == (None, 1, None)
    assert rebuilt(int, "no number") == "no number"


def record_of_before(identity: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """What the version before lasting forms stored: defaults and all, under one kind of key."""
    text = json.dumps(["tests.take", arguments], sort_keys=True)
    return {
        "_id": identity,
        "command": "tests.take",
        "fingerprint": hashlib.sha256(text.encode()).hexdigest(),
        "result": {"id": ACTOR, "colour": "red", "size": {"width": 1}, "madeAt": AT},
        "createdAt": clock.now() - timedelta(days=1),
        "expiresAt": clock.now() + timedelta(days=29),
    }


@command
async def take(
    actor: ObjectId, number: int, *, colour: Colour = Colour.RED, key: str | None = None
) -> Board:
    """Take a board."""
    board: Board = await _paint(
        Board(id=ObjectId(), colour=colour, size=Size(width=number), made_at=AT)
    )
    return board


@pytest.mark.parametrize("kind", [str, ClientKey])
async def test_records_of_before_are_still_found(kind: type[str]) -> None:
    arguments = {"actor": str(ACTOR), "number": 5, "colour": "red"}
    async with EmbeddedServer() as server:
        async with desperados.connect(server.url) as game:
            await game.database["commandrecords"].insert_one(
                record_of_before(f"{ACTOR}:k", arguments)
            )
        async with desperados.connect(server.url) as game:  # the next version starts
            assert (await take(ACTOR, 5, key=kind("k"))).id == ACTOR
            with pytest.raises(KeyReused):
                await take(ACTOR, 6, key=kind("k"))
            assert await game.database["boards"].count_documents({}) == 0


async def test_who_has_no_records_of_before_pays_nothing_for_them(game: Game) -> None:
    await take(ACTOR, 5, key=ClientKey("k"))
    assert not game.former_records


def test_commands_of_one_name_are_told_apart_by_what_they_need() -> None:
    """A fingerprint names the function, not where it is: so it may move."""
    needs: dict[str, dict[frozenset[str], str]] = {}
    for found in pkgutil.walk_packages(desperados.__path__, "desperados."):
        module = importlib.import_module(found.name)
        for name, function in vars(module).items():
            inner = inspect.unwrap(function) if inspect.isfunction(function) else None
            if inner is None or inner is function or inner.__module__ != found.name:
                continue
            parameters = inspect.signature(inner).parameters
            if "key" not in parameters:
                continue
            _, *others = (p for p in parameters.values() if p.name != "key")
            needed = frozenset(p.name for p in others if p.default is p.empty)
            where = f"{found.name}.{name}"
            assert needs.setdefault(name, {}).setdefault(needed, where) == where
    assert len(needs) > 20
