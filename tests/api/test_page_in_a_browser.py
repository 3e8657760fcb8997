"""The API page in a browser as large as a phone: it fits, and to log out ends the session."""

from pathlib import Path

import pytest

from tests.api.browser import CHROMIUM, PHONE, opened
from tests.api.client import PASSWORD, Api

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium"),
]

READY = "document.querySelectorAll('.operation').length && document.querySelector('.errors tr')"
OPEN_ALL = "document.querySelectorAll('details').forEach((one) => (one.open = true))"
# What sticks out of the page, apart from what scrolls by itself.
TOO_WIDE = """
[...document.querySelectorAll('body *')]
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
  .map((one) => `${one.tagName}.${one.className} ${one.textContent.slice(0, 40)}`)
"""
LOG_IN = """
(() => {
  const form = document.getElementById('login');
  form.elements.login.value = 'phoner';
  form.elements.password.value = '%s';
  form.requestSubmit();
})()
"""


async def test_the_page_fits_a_phone_with_everything_open(shared_api: Api, tmp_path: Path) -> None:
    async with opened(str(shared_api.client.make_url("/docs")), tmp_path) as page:
        await page.wait_for(READY)
        assert await page.run("innerWidth") == PHONE["width"]
        assert await page.run("document.documentElement.scrollWidth") <= PHONE["width"]
        assert await page.run(TOO_WIDE) == []
        await page.run(OPEN_ALL)
        await page.wait_for("document.querySelectorAll('.operation .console').length > 90")
        assert await page.run("document.documentElement.scrollWidth") <= PHONE["width"]
        assert await page.run(TOO_WIDE) == []


async def test_logging_out_of_the_page_ends_the_session_on_the_server(
    shared_api: Api, tmp_path: Path
) -> None:
    await shared_api.join("phoner")
    async with opened(str(shared_api.client.make_url("/docs")), tmp_path) as page:
        await page.wait_for(READY)
        await page.run(LOG_IN % PASSWORD)
        await page.wait_for("document.getElementById('who').textContent.includes('phoner')")
        token = await page.run("sessionStorage.getItem('desperados.accessToken')")
        assert (await shared_api.call("GET", "/account", token=token)).status == 200
        await page.run("document.getElementById('forget').click()")
        await page.wait_for("!sessionStorage.getItem('desperados.accessToken')")
    assert (await shared_api.call("GET", "/account", token=token)).status == 401


async def test_the_page_sends_the_example_of_a_request(shared_api: Api, tmp_path: Path) -> None:
    url = shared_api.client.make_url("/docs").with_fragment("accounts_register")
    async with opened(str(url), tmp_path) as page:
        await page.wait_for("document.querySelector('#accounts_register textarea')")
        await page.run("document.querySelector('#accounts_register button.send').click()")
        await page.wait_for("document.querySelector('#accounts_register .outcome .status')")
        status = "document.querySelector('#accounts_register .outcome .status').textContent"
        assert await page.run(status) == "201"
