"""Whose address counts, and which header says so."""

import pytest
from aiohttp.test_utils import make_mocked_request

from desperados.accounts.callers import network_of
from desperados.api.limits import client_address


def address(forwarded: list[str], proxies: int) -> str:
    request = make_mocked_request("GET", "/", headers=[("X-Forwarded-For", v) for v in forwarded])
    return client_address(request.clone(remote="10.0.0.9"), proxies)


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
