"""The seeded content is there to be read, but for what players must find out."""

import pytest
import pytest_asyncio

from desperados.seeding.kinds import KINDS
from desperados.world import service as content
from desperados.world.service import ContentKind
from tests.api.client import Api

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def items(shared_api: Api) -> list[str]:
    keys = sorted(f"item-{number:03}" for number in range(120))
    await shared_api.game.database["items"].insert_many(
        [
            {"itemId": key, "name": key.title(), "value": 5, "cheat": "iddqd"}
            for key in reversed(keys)
        ]
    )
    return keys


async def test_the_kinds_are_listed(shared_api: Api) -> None:
    answer = await shared_api.call("GET", "/content")
    assert answer.data["items"] == [kind.value for kind in ContentKind]


@pytest.mark.parametrize("kind", list(ContentKind))
async def test_every_kind_can_be_read(shared_api: Api, kind: ContentKind) -> None:
    answer = await shared_api.call("GET", f"/content/{kind.value}")
    assert answer.status == 200
    assert (await shared_api.call("GET", f"/content/{kind.value}/no-such-thing")).status == 404


async def test_a_list_is_read_page_by_page_without_gaps(shared_api: Api, items: list[str]) -> None:
    seen: list[str] = []
    after = ""
    while True:
        page = await shared_api.call("GET", f"/content/items?limit=50{after}")
        assert len(page.data["items"]) <= 50
        seen += [item["key"] for item in page.data["items"]]
        if page.data["next"] is None:
            break
        after = f"&after={page.data['next']}"
    assert seen == items


async def test_one_entry_is_read_by_its_key(shared_api: Api, items: list[str]) -> None:
    answer = await shared_api.call("GET", f"/content/items/{items[7]}")
    assert answer.data == {
        "kind": "items",
        "key": "item-007",
        "name": "Item-007",
        "details": {"value": 5},
    }


async def test_hidden_places_are_not_told(shared_api: Api) -> None:
    await shared_api.game.database["locations"].insert_many(
        [
            {"locationId": "cave", "name": "Cave", "isSecret": True},
            {"locationId": "mine", "name": "Mine", "hidden": True},
            {"locationId": "well", "name": "Well", "isSecret": False, "discoverRequirements": 1},
        ]
    )
    listed = await shared_api.call("GET", "/content/locations")
    keys = {item["key"] for item in listed.data["items"]}
    assert "well" in keys
    assert not keys & {"cave", "mine"}
    assert (await shared_api.call("GET", "/content/locations/cave")).status == 404
    well = await shared_api.call("GET", "/content/locations/well")
    assert "discoverRequirements" not in well.data["details"]


@pytest.mark.parametrize("kind", ["secrets", "users", "encounters", "$where", "Items", ""])
async def test_nothing_else_is_content(shared_api: Api, kind: str) -> None:
    assert (await shared_api.call("GET", f"/content/{kind}")).status == 404


async def test_content_is_found_where_the_seeds_put_it(shared_api: Api) -> None:
    kinds = {kind.name: kind for kind in KINDS}
    for kind, source in content._SOURCES.items():
        seeded = kinds[kind.value.replace("-", "_")]
        assert seeded.model is not None
        assert source.collection == seeded.model.collection_name()
        assert seeded.key == (source.key,)
