"""The API page works offline: everything it needs is served from here, under a strict policy."""

import re
from importlib.resources import files

import pytest

from tests.api.client import Api

pytestmark = pytest.mark.asyncio(loop_scope="module")

STATIC = files("desperados.api") / "static"


async def test_the_root_leads_to_the_page(shared_api: Api) -> None:
    response = await shared_api.client.get("/", allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (302, "/docs")


async def test_everything_that_the_page_names_is_served(shared_api: Api) -> None:
    page = await shared_api.client.get("/docs")
    assert page.content_type == "text/html"
    text = await page.text()
    for address in re.findall(r'(?:src|href)="(/[^"]*)"', text):
        assert (await shared_api.client.get(address)).status == 200, address


async def test_the_page_may_load_nothing_from_elsewhere(shared_api: Api) -> None:
    policy = (await shared_api.client.get("/docs")).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize("name", sorted(path.name for path in STATIC.iterdir()))
async def test_no_file_names_another_server_or_writes_markup(name: str) -> None:
    text = (STATIC / name).read_text().replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "//" not in re.sub(r"//[ \w].*|/\*\*.*|//$", "", text, flags=re.M)
    assert "innerHTML" not in text
    assert not re.search(r"\son\w+=|style=", text)


async def test_the_description_is_served_and_asked_for_only_once(shared_api: Api) -> None:
    first = await shared_api.client.get("/openapi.json")
    assert (await first.json())["openapi"].startswith("3.1")
    again = await shared_api.client.get(
        "/openapi.json", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert again.status == 304
