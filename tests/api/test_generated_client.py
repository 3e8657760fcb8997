"""A client that a public generator makes of the document: it types every answer, and it works."""

from __future__ import annotations

import asyncio
import importlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType

from desperados.api.operations.operation import derive
from desperados.api.routes import ROUTES
from desperados.engine.manifest.routes import Route
from tests.api.client import PASSWORD, Api
from tests.api.contract import document
from tests.api.matrix import ROWS
from tests.api.test_matrix import STAFF, WITH_KEY, Stage, api_over, fill, named, stage

__all__ = ["stage"]  # the fixture

PACKAGE = "generated_client"
# What ends sessions comes last, for the others need them.
ENDING = ("DELETE /sessions", "DELETE /sessions/current", "PUT /account/password")


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The package that was generated."""
    folder = tmp_path_factory.mktemp("generated")
    description = folder / "openapi.json"
    description.write_text(json.dumps(document()))
    warnings = generate(
        config=Config.from_sources(
            ConfigFile(post_hooks=[]),
            MetaType.NONE,
            document_source=description,
            file_encoding="utf-8",
            overwrite=False,
            output_path=folder / PACKAGE,
        )
    )
    assert list(warnings) == []
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module(PACKAGE)
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
            del sys.modules[name]


def module_of(route: Route) -> Any:
    """The module of the client for one operation."""
    tag, _, _ = (name := derive(route).name).partition(".")
    return importlib.import_module(f"{PACKAGE}.api.{tag}.{name.replace('.', '_')}")


def like_ours(value: Any) -> Any:
    """A value that the client writes, with UTC written as the API writes it."""
    return json.loads(json.dumps(value).replace('+00:00"', 'Z"'))


def test_every_answer_with_a_body_has_a_type(generated: ModuleType) -> None:
    for route in ROUTES:
        text = Path(module_of(route).__file__).read_text()
        untyped = re.findall(r"response_(\d+) = cast\(Any, None\)", text)
        assert {*untyped} <= {"204", "304"}, route
        assert not re.search(r"response_\d+ = response\.json\(\)", text), route


async def test_every_answer_is_read_into_its_type(generated: ModuleType, stage: Stage) -> None:
    client = importlib.import_module(f"{PACKAGE}.client").Client(base_url="http://nowhere")
    cast = stage.cast
    read = {}
    async with api_over(await stage.world()) as api:
        for route in sorted(ROUTES, key=lambda r: (r.method != "GET", named(r) in ENDING)):
            row = ROWS[named(route)]
            body = dict(row.sends(cast)) if derive(route).body.model_fields else None
            answer = await api.call(
                route.method,
                fill(route, row, cast),
                body,
                token=cast.tokens["staff" if route.access in STAFF else row.who],
                key="key" if route in WITH_KEY else None,
            )
            raw = httpx.Response(answer.status, text=answer.text)
            parsed = module_of(route)._parse_response(client=client, response=raw)
            read[named(route)] = answer.status
            if answer.text:
                assert type(parsed).__module__.startswith(f"{PACKAGE}.models"), (route, parsed)
                assert like_ours(parsed.to_dict()) == answer.data, route
    succeeded = [name for name, status in read.items() if status < 300]
    assert len(succeeded) > len(read) / 2  # the others were refused, and typed as that


@pytest.mark.asyncio(loop_scope="module")
async def test_a_stranger_plays_with_the_generated_client(
    generated: ModuleType, shared_api: Api
) -> None:
    models = importlib.import_module(f"{PACKAGE}.models")
    clients = importlib.import_module(f"{PACKAGE}.client")
    base = str(shared_api.client.make_url("/")).rstrip("/")

    def operation(name: str) -> Any:
        tag = name.partition("_")[0]
        return importlib.import_module(f"{PACKAGE}.api.{tag}.{name}")

    def play() -> None:
        public = clients.Client(base_url=base)
        account = operation("accounts_register").sync(
            client=public,
            body=models.AccountsRegisterRequest(
                username="generated", email="generated@example.org", password=PASSWORD
            ),
        )
        assert isinstance(account, models.Account)
        pair = operation("accounts_login").sync(
            client=public, body=models.AccountsLoginRequest(login="generated", password=PASSWORD)
        )
        assert isinstance(pair, models.TokenPair)
        client = clients.AuthenticatedClient(base_url=base, token=pair.access_token)
        made = [
            operation("characters_create").sync(
                client=client,
                body=models.CharactersCreateRequest(
                    name=name, background=models.CharacterBackground.DRIFTER
                ),
            )
            for name in ("Gen One", "Gen Two")
        ]
        assert all(isinstance(one, models.Character) for one in made)
        receipt = operation("economy_send").sync(
            made[0].id,
            client=client,
            body=models.EconomySendRequest(recipient_id=made[1].id, amount=25),
            idempotency_key="rent-1",
        )
        assert isinstance(receipt, models.SendReceipt)
        assert receipt.balance == 75
        page = operation("economy_history").sync(made[0].id, client=client, limit=1)
        assert isinstance(page, models.EntryPage)
        assert [(entry.amount, entry.currency) for entry in page.items] == [
            (-25, models.Currency.DOLLARS)
        ]
        refused = operation("economy_send").sync(
            made[0].id,
            client=client,
            body=models.EconomySendRequest(recipient_id=made[1].id, amount=1_000),
        )
        assert isinstance(refused, models.Problem)
        assert refused.code == "insufficient_funds"

    await asyncio.to_thread(play)
