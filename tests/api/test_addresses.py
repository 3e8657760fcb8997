"""Whose address counts, and which header says so."""

import pytest
from aiohttp.test_utils import make_mocked_request
from structlog.testing import capture_logs

from desperados.accounts.callers import network_of
from desperados.api.proxies import Proxies


def address(forwarded: list[str], proxies: int) -> str:
    request = make_mocked_request("GET", "/", headers=[("X-Forwarded-For", v) for v in forwarded])
    return Proxies(proxies).client_address(request.clone(remote="10.0.0.9"))


@pytest.mark.parametrize(
    ("forwarded", "proxies", "expected"),
    [
        (["1.2.3.4"], 0, "10.0.0.9"),
        ([], 1, "10.0.0.9"),
        (["1.2.3.4"], 1, "1.2.3.4"),
        (["6.6.6.6, 1.2.3.4"], 1, "1.2.3.4"),
        (["6.6.6.6", "1.2.3.4"], 1, "1.2.3.4"),
        (["6.6.6.6, 1.2.3.4, 10.0.0.1"], 2, "1.2.3.4"),
        (["1.2.3.4"], 2, "10.0.0.9"),
        (["nonsense"], 1, "10.0.0.9"),
        (["2001:db8::1"], 1, "2001:db8::1"),
        (["1.2.3.4:50312"], 1, "1.2.3.4"),
        (["[2001:db8::1]:50312"], 1, "2001:db8::1"),
        (['"[2001:db8::1]"'], 1, "2001:db8::1"),
    ],
)
def test_only_entries_that_our_proxies_wrote_are_believed(
    forwarded: list[str], proxies: int, expected: str
) -> None:
    assert address(forwarded, proxies) == expected


def test_a_whole_ipv6_network_counts_as_one() -> None:
    assert (
        network_of("2001:db8:1:2::7")
        == network_of("2001:db8:1:2:ffff::1")
        != network_of("2001:db8:1:3::")
    )
    assert network_of("::ffff:1.2.3.4") == network_of("1.2.3.4")
    assert network_of("") == ""


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_a_proxy_that_nobody_told_about_is_told_in_the_log_once(name: str) -> None:
    proxies = Proxies(0)
    request = make_mocked_request("GET", "/", headers={name: "1.2.3.4"}).clone(remote="10.0.0.9")
    with capture_logs() as lines:
        assert [proxies.client_address(request) for _ in range(3)] == ["10.0.0.9"] * 3
    assert [line["event"] for line in lines] == ["forwarded_requests_are_not_believed"]
    assert "DESPERADOS_TRUSTED_PROXIES" in lines[0]["remedy"]


def test_fewer_proxies_than_are_trusted_are_told_in_the_log_once() -> None:
    proxies = Proxies(2)
    request = make_mocked_request("GET", "/", headers={"X-Forwarded-For": "1.2.3.4"})
    with capture_logs() as lines:
        for _ in range(3):
            proxies.client_address(request.clone(remote="10.0.0.9"))
    assert [line["event"] for line in lines] == ["forwarded_address_is_missing"]


def test_who_calls_without_a_proxy_is_no_news() -> None:
    with capture_logs() as lines:
        assert Proxies(0).client_address(make_mocked_request("GET", "/").clone(remote="1.2.3.4"))
    assert not lines
